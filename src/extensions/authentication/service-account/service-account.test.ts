import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import { nodes, pods, serviceaccounts } from '../../../api/generated/resource-types.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import type { ServiceAccountIssuer, TokenToIssue } from '../../../extension-points/authentication/service-account-issuer.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { createServiceAccountAuthenticator } from './service-account.ts';
import { createServiceAccountIssuer, defaultIssuer } from './service-account-issuer.ts';

const signal = new AbortController().signal;
const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const wanted: TokenToIssue = { namespace: 'default', serviceAccount: { name: 'web', uid: 'sa-1' }, audiences: [defaultIssuer], expirationSeconds: 3_600 };
const bound: TokenToIssue = { ...wanted, pod: { name: 'web-0', uid: 'pod-1' }, node: { name: 'one', uid: 'node-1' } };

function world(key: KeyObject = newKey()) {
  const lookups = new MemoryLookup()
    .put(serviceaccounts, { metadata: { namespace: 'default', name: 'web', uid: 'sa-1' } })
    .put(pods, { metadata: { namespace: 'default', name: 'web-0', uid: 'pod-1' }, spec: { containers: [] } })
    .put(nodes, { metadata: { name: 'one', uid: 'node-1' }, spec: {} });
  const clock = new ManualClock();
  const issuer = createServiceAccountIssuer({ key, lookups, clock });
  const authenticator = createServiceAccountAuthenticator({ issuer });
  return {
    lookups,
    clock,
    issuer,
    key,
    authenticate: (token: string, audiences: readonly string[] = [defaultIssuer]) => authenticator.authenticate({ token, audiences }, signal),
  };
}

const tokenOf = async (issuer: ServiceAccountIssuer, request: TokenToIssue = bound): Promise<string> => (await issuer.issue(request)).token;

describe('a service account token', () => {
  it('carries what it is bound to and verifies with the published keys', async () => {
    const { issuer, clock } = world();
    const token = await tokenOf(issuer, { ...bound, warnAfterSeconds: 60 });
    const keys = createLocalJWKSet((await issuer.jwks()) as unknown as JSONWebKeySet);
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: defaultIssuer, audience: defaultIssuer, currentDate: new Date(clock.now()) });
    const now = clock.now() / 1_000;
    assert.deepEqual(
      { ...payload, jti: typeof payload.jti },
      {
        aud: [defaultIssuer],
        exp: now + 3_600,
        iat: now,
        nbf: now,
        iss: defaultIssuer,
        jti: 'string',
        sub: 'system:serviceaccount:default:web',
        'kubernetes.io': {
          namespace: 'default',
          node: { name: 'one', uid: 'node-1' },
          pod: { name: 'web-0', uid: 'pod-1' },
          serviceaccount: { name: 'web', uid: 'sa-1' },
          warnafter: now + 60,
        },
      },
    );
    assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'kid']);
    assert.equal(issuer.openidConfiguration()['jwks_uri'], `${defaultIssuer}/openid/v1/jwks`);
  });

  it('is signed with RS256 by an RSA key', async () => {
    const { issuer, authenticate } = world(generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey);
    assert.deepEqual(issuer.openidConfiguration()['id_token_signing_alg_values_supported'], ['RS256']);
    assert.equal((await authenticate(await tokenOf(issuer))).kind, 'authenticated');
  });

  it('makes its bearer the service account', async () => {
    const { issuer, authenticate } = world();
    const token = await tokenOf(issuer);
    assert.deepEqual(await authenticate(token), {
      kind: 'authenticated',
      audiences: [defaultIssuer],
      user: {
        name: 'system:serviceaccount:default:web',
        uid: 'sa-1',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:default'],
        extra: {
          'authentication.kubernetes.io/credential-id': [`JTI=${decodeJwt(token).jti}`],
          'authentication.kubernetes.io/node-name': ['one'],
          'authentication.kubernetes.io/node-uid': ['node-1'],
          'authentication.kubernetes.io/pod-name': ['web-0'],
          'authentication.kubernetes.io/pod-uid': ['pod-1'],
        },
      },
    });
  });

  const gone = '2025-12-31T00:00:00Z';
  type World = ReturnType<typeof world>;
  const refusals: { name: string; change: (world: World) => void | Promise<void>; reason: RegExp }[] = [
    { name: 'after it expired', change: ({ clock }) => clock.advance(3_661_000), reason: /has expired/ },
    {
      name: 'when its account is gone',
      change: ({ lookups }) => lookups.remove(serviceaccounts, { namespace: 'default', name: 'web' }),
      reason: /ServiceAccount web of the token does not exist/,
    },
    {
      name: 'when its account was made anew',
      change: ({ lookups }) => void lookups.put(serviceaccounts, { metadata: { namespace: 'default', name: 'web', uid: 'sa-2' } }),
      reason: /UID \(sa-2\) does not match claim \(sa-1\)/,
    },
    {
      name: 'when its pod is gone',
      change: ({ lookups }) => lookups.remove(pods, { namespace: 'default', name: 'web-0' }),
      reason: /Pod web-0 of the token does not exist/,
    },
    {
      name: 'when its pod has been deleted for long',
      change: ({ lookups }) =>
        void lookups.put(pods, { metadata: { namespace: 'default', name: 'web-0', uid: 'pod-1', deletionTimestamp: gone }, spec: { containers: [] } }),
      reason: /Pod web-0 of the token has been deleted/,
    },
  ];
  for (const { name, change, reason } of refusals) {
    it(`is refused ${name}, though it was good before`, async () => {
      const made = world();
      const token = await tokenOf(made.issuer);
      assert.equal((await made.authenticate(token)).kind, 'authenticated');
      await change(made);
      const outcome = await made.authenticate(token);
      assert.match(outcome.kind === 'refused' ? outcome.reason : outcome.kind, reason);
    });
  }

  it('is refused for an audience it is not meant for', async () => {
    const { issuer, authenticate } = world();
    const outcome = await authenticate(await tokenOf(issuer), ['vault']);
    assert.deepEqual(outcome, { kind: 'refused', reason: `token audiences ["${defaultIssuer}"] is invalid for the target audiences ["vault"]` });
  });

  it('is refused when somebody else signed it, or it was changed', async () => {
    const { issuer, authenticate } = world();
    const [header, payload, signature] = (await tokenOf(issuer)).split('.');
    const changed = Buffer.from(JSON.stringify({ ...decodeJwt(`${header}.${payload}.${signature}`), sub: 'system:serviceaccount:default:other' })).toString(
      'base64url',
    );
    for (const token of [await tokenOf(world().issuer), `${header}.${changed}.${signature}`]) assert.equal((await authenticate(token)).kind, 'refused');
    const unsigned = `${Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')}.${payload}.`;
    assert.equal((await authenticate(unsigned)).kind, 'refused');
  });

  it("is nobody's business when it is from another issuer or no token at all", async () => {
    const { authenticate, key } = world();
    const foreign = await new SignJWT({ iss: 'https://elsewhere' }).setProtectedHeader({ alg: 'ES256' }).sign(key);
    for (const token of [foreign, 'opaque', 'a.b.c', 'x'.repeat(20_000)]) assert.deepEqual(await authenticate(token), { kind: 'no-opinion' });
  });

  it('of a retired key is still good', async () => {
    const old = world();
    const token = await tokenOf(old.issuer);
    const issuer = createServiceAccountIssuer({
      key: newKey(),
      retiredKeys: [old.key.export({ type: 'pkcs8', format: 'pem' }).toString()],
      lookups: old.lookups,
      clock: old.clock,
    });
    assert.equal((await issuer.verify(token, [defaultIssuer])).kind, 'valid');
    assert.equal((await issuer.jwks()).keys.length, 2);
  });

  it('cannot be signed by a key of another kind', () => {
    const key = generateKeyPairSync('ed25519').privateKey;
    assert.throws(
      () => createServiceAccountIssuer({ key, lookups: new MemoryLookup(), clock: new ManualClock() }),
      /use an RSA key or an EC key on curve P-256/,
    );
  });
});
