import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { deepFreeze } from '../../api/object.ts';
import type { AuthenticationOutcome, AuthenticationRequest, Authenticator } from './contract.ts';

export interface AuthenticatorConformanceOptions {
  readonly name: string;
  /** An authenticator, made once for all tests; disposed of behind them when it can be. */
  readonly create: () => Authenticator | Promise<Authenticator & Partial<AsyncDisposable>>;
  /** Requests with what the answer must be. `user` is compared when it is given. */
  readonly samples: readonly {
    readonly name: string;
    readonly request: AuthenticationRequest;
    readonly kind: AuthenticationOutcome['kind'];
    readonly user?: Extract<AuthenticationOutcome, { kind: 'authenticated' }>['user'];
  }[];
}

/** What the host counts on in every authenticator. Registers tests with node:test. */
export function authenticatorConformance({ name, create, samples }: AuthenticatorConformanceOptions): void {
  describe(`authenticator ${name} keeps the contract`, () => {
    let authenticator: Authenticator & Partial<AsyncDisposable>;
    before(async () => void (authenticator = await create()));
    after(() => authenticator[Symbol.asyncDispose]?.());
    const ask = (request: AuthenticationRequest): AuthenticationOutcome | Promise<AuthenticationOutcome> =>
      authenticator.authenticate(deepFreeze(request), AbortSignal.timeout(10_000));

    it('has no opinion on a request without credentials', async () => assert.equal((await ask({ audiences: ['api'] })).kind, 'no-opinion'));

    it('does not take a token of nonsense for good', async () => {
      for (const token of ['x', 'a.b.c', `${'x'.repeat(20_000)}`, '\u0000'])
        assert.notEqual((await ask({ token, audiences: ['api'] })).kind, 'authenticated', token.slice(0, 10));
    });

    for (const { name: sample, request, kind, user } of samples) {
      it(`answers ${kind} for ${sample}, and the same when asked again`, async () => {
        for (const _attempt of [1, 2]) {
          const outcome = await ask(request);
          assert.equal(outcome.kind, kind, JSON.stringify(outcome));
          if (outcome.kind !== 'authenticated') continue;
          if (user) assert.deepEqual(outcome.user, user);
          assert.notEqual(outcome.user.name, '');
          for (const audience of outcome.audiences ?? []) assert.ok(request.audiences.includes(audience), `${audience} was asked for`);
        }
      });
    }
  });
}
