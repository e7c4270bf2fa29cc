import type { AuthorizationAttributes, AuthorizationDecision } from '../authorization/contract.ts';
import type { UserInfo } from './contract.ts';

/** Asks the whole chain of authorizers. */
export type Ask = (attributes: AuthorizationAttributes, signal: AbortSignal) => Promise<AuthorizationDecision>;

/** Whether a user may `approve` or `sign` for a signer: by its name, or for all signers of its domain (`example.com/*`). */
export async function mayActForSigner(
  authorize: Ask,
  user: UserInfo,
  { verb, signerName, signal }: { verb: 'approve' | 'sign'; signerName: string; signal: AbortSignal },
): Promise<boolean> {
  for (const name of [signerName, `${signerName.split('/')[0]}/*`]) {
    const resource = { group: 'certificates.k8s.io', version: '*', resource: 'signers', subresource: '', namespace: '', name };
    const { kind } = await authorize({ user, verb, path: '', resource }, signal);
    if (kind === 'allow') return true;
  }
  return false;
}
