import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../api/object.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { silentLog } from '../../kernel/log.ts';
import type { Authenticator } from './contract.ts';
import { createTokenReview } from './reviews.ts';

describe('a token review', () => {
  const point = new ExtensionPoint<Authenticator>('authentication');
  const knowsOne: Authenticator = {
    authenticate: ({ token }) => (token === 'good' ? { kind: 'authenticated', user: { name: 'ann', groups: [] } } : { kind: 'no-opinion' }),
  };
  point.add({ name: 'one', origin: 'test', implementation: knowsOne });
  const review = createTokenReview({ point, apiAudiences: ['https://here', 'api'], log: silentLog });
  const user = { username: 'ann', groups: ['system:authenticated'] };

  const cases = [
    { name: 'is for the audiences of the API server', spec: { token: 'good' }, want: { authenticated: true, user, audiences: ['https://here', 'api'] } },
    {
      name: 'is for those of them that were asked for',
      spec: { token: 'good', audiences: ['vault', 'api'] },
      want: { authenticated: true, user, audiences: ['api'] },
    },
    {
      name: 'vouches for nobody else’s audience with a token that names none',
      spec: { token: 'good', audiences: ['vault'] },
      want: { user: {}, error: 'invalid bearer token' },
    },
    { name: 'says that a token is nobody’s', spec: { token: 'bad' }, want: { user: {}, error: 'invalid bearer token' } },
  ];
  for (const { name, spec, want } of cases)
    it(name, async () => assert.deepEqual((await review({ metadata: {}, spec } as UntypedObject, undefined as never, undefined as never))['status'], want));
});
