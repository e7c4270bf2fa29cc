import type { BoundIdentity } from '../../../extension-points/authentication/service-account-issuer.ts';

/** The claims of a service account token. Times are seconds since the epoch. */
export interface ServiceAccountClaims {
  readonly audiences: readonly string[];
  readonly expiresAt: number;
  readonly notBefore: number;
  readonly tokenId: string;
  readonly namespace: string;
  readonly serviceAccount: BoundIdentity;
  readonly pod?: BoundIdentity;
  readonly node?: BoundIdentity;
  readonly secret?: BoundIdentity;
}

/** Who a token says it is from, before anything is checked. `undefined` for what is no JWT. */
export function unverifiedIssuer(token: string): string | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString());
    return isRecord(claims) && typeof claims['iss'] === 'string' ? claims['iss'] : undefined;
  } catch {
    return undefined; // not JSON, so not a token of ours
  }
}

/** Reads a verified payload. Throws when a claim is missing or the subject does not match the account. */
export function readClaims(payload: Uint8Array): ServiceAccountClaims {
  const claims: unknown = JSON.parse(Buffer.from(payload).toString());
  if (!isRecord(claims) || !isRecord(claims['kubernetes.io'])) throw new Error('the kubernetes.io claim is missing');
  const own = claims['kubernetes.io'];
  const namespace = text(own['namespace'], 'namespace');
  const serviceAccount = identity(own['serviceaccount']);
  if (!serviceAccount) throw new Error('the service account claim is missing');
  if (claims['sub'] !== `system:serviceaccount:${namespace}:${serviceAccount.name}`) throw new Error('the subject is not the service account');
  const [pod, node, secret] = [identity(own['pod']), identity(own['node']), identity(own['secret'])];
  return {
    audiences: audiencesOf(claims['aud']),
    expiresAt: seconds(claims['exp'], 'exp'),
    notBefore: seconds(claims['nbf'], 'nbf'),
    tokenId: typeof claims['jti'] === 'string' ? claims['jti'] : '',
    namespace,
    serviceAccount,
    ...(pod ? { pod } : {}),
    ...(node ? { node } : {}),
    ...(secret ? { secret } : {}),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`the ${name} claim is missing`);
  return value;
}

function seconds(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`the ${name} claim is missing`);
  return value;
}

function audiencesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((audience): audience is string => typeof audience === 'string') : [];
}

function identity(value: unknown): BoundIdentity | undefined {
  if (!isRecord(value)) return undefined;
  return { name: text(value['name'], 'name'), ...(typeof value['uid'] === 'string' ? { uid: value['uid'] } : {}) };
}
