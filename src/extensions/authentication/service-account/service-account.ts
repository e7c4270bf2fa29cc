import type { Authenticator, UserInfo } from '../../../extension-points/authentication/contract.ts';
import {
  type ServiceAccountIdentity,
  type ServiceAccountIssuer,
  serviceAccountGroups,
  serviceAccountUserName,
} from '../../../extension-points/authentication/service-account-issuer.ts';

/** Recognises the tokens that the cluster's own issuer signed. */
export function createServiceAccountAuthenticator({ issuer }: { readonly issuer: ServiceAccountIssuer }): Authenticator {
  return {
    async authenticate({ token, audiences }) {
      if (token === undefined) return { kind: 'no-opinion' };
      const verification = await issuer.verify(token, audiences);
      switch (verification.kind) {
        case 'foreign':
          return { kind: 'no-opinion' };
        case 'invalid':
          return { kind: 'refused', reason: verification.reason };
        case 'valid':
          return { kind: 'authenticated', user: userOf(verification.identity), audiences: verification.audiences };
      }
    },
  };
}

function userOf({ namespace, name, uid, tokenId, pod, node }: ServiceAccountIdentity): UserInfo {
  const extra: Record<string, readonly string[]> = {};
  const add = (key: string, value: string | undefined): void => {
    if (value) extra[`authentication.kubernetes.io/${key}`] = [value];
  };
  add('credential-id', tokenId && `JTI=${tokenId}`);
  add('node-name', node?.name);
  add('node-uid', node?.uid);
  add('pod-name', pod?.name);
  add('pod-uid', pod?.uid);
  return { name: serviceAccountUserName(namespace, name), uid, groups: serviceAccountGroups(namespace), extra };
}
