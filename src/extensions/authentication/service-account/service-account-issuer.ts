import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';
import type {
  ServiceAccountIdentity,
  ServiceAccountIssuer,
  TokenToIssue,
  TokenVerification,
} from '../../../extension-points/authentication/service-account-issuer.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { whyUnbound } from './bound-objects.ts';
import { readClaims, type ServiceAccountClaims, unverifiedIssuer } from './token-claims.ts';

export interface ServiceAccountIssuerDependencies {
  /** The private signing key: PEM or a key object; EC P-256 signs ES256, RSA signs RS256. */
  readonly key: string | KeyObject;
  /** Retired keys (PEM, public or private) whose tokens are still good. */
  readonly retiredKeys?: readonly string[];
  /** Default: upstream's name of the API server inside the cluster. */
  readonly issuer?: string;
  /** Default: the issuer. */
  readonly apiAudiences?: readonly string[];
  readonly lookups: ObjectLookup;
  readonly clock: Pick<Clock, 'now'>;
}

export const defaultIssuer = 'https://kubernetes.default.svc.cluster.local';
/** A longer token is nobody's; an issued one is about 1 KiB. */
const maximumTokenLength = 16_384;
/** go-jose, which upstream verifies with, allows a minute of clock difference. */
const leewaySeconds = 60;
const maximumCachedTokens = 4_096;

interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly algorithm: 'ES256' | 'RS256';
  readonly id: string;
}

/** Issues and verifies service account tokens. The JWT library is loaded with the first token. */
export function createServiceAccountIssuer(dependencies: ServiceAccountIssuerDependencies): ServiceAccountIssuer {
  const { issuer = defaultIssuer, lookups, clock } = dependencies;
  const apiAudiences = dependencies.apiAudiences ?? [issuer];
  const signing = signingKey(dependencies.key);
  const publicKeys = new Map([[signing.id, signing.publicKey], ...(dependencies.retiredKeys ?? []).map(publicKey)]);
  const cache = new Map<string, ServiceAccountClaims>();

  const verifiedClaims = async (token: string): Promise<ServiceAccountClaims> => {
    const cached = cache.get(token);
    if (cached) return cached;
    const claims = await verifySignature(token, publicKeys);
    if (cache.size >= maximumCachedTokens) cache.delete(cache.keys().next().value!);
    cache.set(token, claims);
    return claims;
  };

  return {
    issuer,
    apiAudiences,
    issue: (request) => sign(request, { issuer, signing, nowMs: clock.now() }),
    async verify(token, audiences) {
      if (token.length > maximumTokenLength || unverifiedIssuer(token) !== issuer) return { kind: 'foreign' };
      try {
        return judge(await verifiedClaims(token), { audiences, lookups, nowMs: clock.now() });
      } catch (error) {
        return { kind: 'invalid', reason: `service account token is invalid: ${error instanceof Error ? error.message : String(error)}` };
      }
    },
    jwks: async () => ({ keys: await Promise.all([...publicKeys].map(([id, key]) => jsonWebKey(id, key))) }),
    openidConfiguration: () => ({
      issuer,
      jwks_uri: `${issuer}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...new Set([...publicKeys.values()].map(algorithmOf))].sort(),
    }),
  };
}

function signingKey(key: string | KeyObject): SigningKey {
  const privateKey = typeof key === 'string' ? createPrivateKey(key) : key;
  const shared = createPublicKey(privateKey);
  return { privateKey, publicKey: shared, algorithm: algorithmOf(shared), id: keyId(shared) };
}

function publicKey(pem: string): [string, KeyObject] {
  const key = createPublicKey(pem);
  return [keyId(key), key];
}

function algorithmOf(key: KeyObject): 'ES256' | 'RS256' {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256';
  throw new Error('service account key: use an RSA key or an EC key on curve P-256');
}

/** Upstream names a key by the digest of its public part in DER. */
const keyId = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url');

async function jsonWebKey(id: string, key: KeyObject): Promise<Record<string, unknown>> {
  const { exportJWK } = await import('jose');
  return { use: 'sig', kid: id, alg: algorithmOf(key), ...(await exportJWK(key)) };
}

async function sign(
  request: TokenToIssue,
  { issuer, signing, nowMs }: { issuer: string; signing: SigningKey; nowMs: number },
): Promise<{ token: string; expiresAtMs: number }> {
  const { SignJWT } = await import('jose');
  const nowSeconds = Math.floor(nowMs / 1_000);
  const expiresAtSeconds = nowSeconds + request.expirationSeconds;
  const { namespace, serviceAccount, pod, node, secret, warnAfterSeconds } = request;
  const token = await new SignJWT({
    aud: [...request.audiences],
    exp: expiresAtSeconds,
    iat: nowSeconds,
    iss: issuer,
    jti: randomUUID(),
    'kubernetes.io': {
      namespace,
      ...(node ? { node } : {}),
      ...(pod ? { pod } : {}),
      ...(secret ? { secret } : {}),
      serviceaccount: { name: serviceAccount.name, uid: serviceAccount.uid },
      ...(warnAfterSeconds === undefined ? {} : { warnafter: nowSeconds + warnAfterSeconds }),
    },
    nbf: nowSeconds,
    sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
  })
    .setProtectedHeader({ alg: signing.algorithm, kid: signing.id })
    .sign(signing.privateKey);
  return { token, expiresAtMs: expiresAtSeconds * 1_000 };
}

/** The claims of a token that one of our keys signed; times are judged later, because they are judged on every use. */
async function verifySignature(token: string, publicKeys: ReadonlyMap<string, KeyObject>): Promise<ServiceAccountClaims> {
  const { compactVerify } = await import('jose');
  const { payload } = await compactVerify(
    token,
    ({ kid }) => {
      const key = kid === undefined ? undefined : publicKeys.get(kid);
      if (!key) throw new Error('no key of this issuer has the key id');
      return key;
    },
    { algorithms: ['ES256', 'RS256'] },
  );
  return readClaims(payload);
}

function judge(
  claims: ServiceAccountClaims,
  { audiences, lookups, nowMs }: { audiences: readonly string[]; lookups: ObjectLookup; nowMs: number },
): TokenVerification {
  const nowSeconds = nowMs / 1_000;
  if (nowSeconds > claims.expiresAt + leewaySeconds) return { kind: 'invalid', reason: 'service account token has expired' };
  if (nowSeconds < claims.notBefore - leewaySeconds) return { kind: 'invalid', reason: 'service account token is not valid yet' };
  const shared = audiences.filter((audience) => claims.audiences.includes(audience));
  if (shared.length === 0) {
    return { kind: 'invalid', reason: `token audiences ${JSON.stringify(claims.audiences)} is invalid for the target audiences ${JSON.stringify(audiences)}` };
  }
  const reason = whyUnbound(claims, lookups, nowMs);
  if (reason !== undefined) return { kind: 'invalid', reason };
  return { kind: 'valid', identity: identityOf(claims), audiences: shared };
}

const identityOf = ({ namespace, serviceAccount, tokenId, pod, node }: ServiceAccountClaims): ServiceAccountIdentity => ({
  namespace,
  name: serviceAccount.name,
  uid: serviceAccount.uid ?? '',
  tokenId,
  ...(pod ? { pod } : {}),
  ...(node ? { node } : {}),
});
