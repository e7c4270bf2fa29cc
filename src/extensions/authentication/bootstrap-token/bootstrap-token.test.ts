import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { secrets } from '../../../api/generated/resource-types.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import { authenticatorConformance } from '../../../extension-points/authentication/conformance.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { createBootstrapTokenAuthenticator } from './bootstrap-token.ts';

const signal = new AbortController().signal;
const good = { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true' };

function world(data: Record<string, string> = good, more: { type?: string; metadata?: object } = {}) {
  const lookup = new MemoryLookup().put(secrets, {
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')])),
    ...more,
    metadata: { namespace: 'kube-system', name: 'bootstrap-token-abcdef', ...more.metadata },
  });
  const clock = new ManualClock();
  const authenticator = createBootstrapTokenAuthenticator({ lookup, clock });
  return { clock, authenticator, ask: (token: string) => authenticator.authenticate({ token, audiences: [] }, signal) };
}
const time = (ms: number): string => new Date(ms).toISOString();

describe('a bootstrap token', () => {
  it('is its own user', () =>
    assert.deepEqual(world().ask('abcdef.0123456789abcdef'), {
      kind: 'authenticated',
      user: { name: 'system:bootstrap:abcdef', groups: ['system:bootstrappers'] },
    }));

  it('may bring groups', () => {
    const groups = 'system:bootstrappers:workers,system:bootstrappers:a-b:c';
    assert.deepEqual(world({ ...good, 'auth-extra-groups': groups }).ask('abcdef.0123456789abcdef'), {
      kind: 'authenticated',
      user: { name: 'system:bootstrap:abcdef', groups: ['system:bootstrappers', 'system:bootstrappers:a-b:c', 'system:bootstrappers:workers'] },
    });
  });

  const now = (): number => new ManualClock().now();
  const nobody: [string, Record<string, string>, Parameters<typeof world>[1]?, string?][] = [
    ['with another secret', good, {}, 'abcdef.0123456789abcdee'],
    ['that is not written as one', good, {}, 'ABCDEF.0123456789abcdef'],
    ['that is unknown', good, {}, 'zzzzzz.0123456789abcdef'],
    ['of a Secret of another type', good, { type: 'Opaque' }],
    ['of a Secret that is being deleted', good, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }],
    ['that is for something else', { ...good, 'usage-bootstrap-authentication': 'false' }],
    ['whose Secret names another', { ...good, 'token-id': 'fedcba' }],
    ['that has expired', { ...good, expiration: time(now()) }],
    ['whose expiration cannot be read', { ...good, expiration: 'tomorrow' }],
    ['that would give other groups', { ...good, 'auth-extra-groups': 'system:masters' }],
  ];
  for (const [name, data, more, token = 'abcdef.0123456789abcdef'] of nobody)
    it(`${name} is nobody's`, () => assert.deepEqual(world(data, more).ask(token), { kind: 'no-opinion' }));

  it('is good until it expires', () => {
    const { clock, ask } = world({ ...good, expiration: time(now() + 1_000) });
    assert.equal((ask('abcdef.0123456789abcdef') as { kind: string }).kind, 'authenticated');
    clock.advance(1_000);
    assert.equal((ask('abcdef.0123456789abcdef') as { kind: string }).kind, 'no-opinion');
  });
});

authenticatorConformance({
  name: 'bootstrap-token',
  create: () => world().authenticator,
  samples: [{ name: 'its token', request: { token: 'abcdef.0123456789abcdef', audiences: [] }, kind: 'authenticated' }],
});
