import type { Secret } from '../../api/generated/core-v1.ts';

/** Where bootstrap tokens are kept, and how their Secrets are marked. */
export const bootstrapTokenNamespace = 'kube-system';
export const bootstrapTokenType = 'bootstrap.kubernetes.io/token';
export const bootstrapTokenPrefix = 'bootstrap-token-';

/** A field of a bootstrap token's Secret as text. */
export const bootstrapTokenField = ({ data }: Secret, name: string): string => Buffer.from(data?.[name] ?? '', 'base64').toString();

/** When a token expires (milliseconds since the epoch): never when it does not say, and a time that cannot be read is past. */
export function bootstrapTokenEndMs(secret: Secret): number {
  const text = bootstrapTokenField(secret, 'expiration');
  if (text === '') return Infinity;
  const atMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? 0 : atMs;
}
