import { nodes, pods, secrets, serviceaccounts } from '../../../api/generated/resource-types.ts';
import type { KubernetesObject, ObjectKey } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';
import type { BoundIdentity } from '../../../extension-points/authentication/service-account-issuer.ts';
import type { ServiceAccountClaims } from './token-claims.ts';

/** A token outlives the deletion of what it is bound to by this long, so that a terminating pod can still clean up (upstream's leeway). */
const deletionLeewayMs = 60_000;

/**
 * Why a token no longer stands for its account: the account, or the pod, secret or node it is bound to, is gone, was replaced, or has been deleted
 * for longer than the leeway. `undefined` when all is well. A pod's node is not checked: the pod ends with it.
 */
export function whyUnbound(claims: ServiceAccountClaims, lookup: ObjectLookup, nowMs: number): string | undefined {
  const { namespace, serviceAccount, pod, node, secret } = claims;
  const check = <T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey, identity: BoundIdentity): string | undefined =>
    whyGone(lookup.get(type, key), identity, { kind: type.kind, nowMs });
  return (
    check(serviceaccounts, { namespace, name: serviceAccount.name }, serviceAccount) ??
    (secret && check(secrets, { namespace, name: secret.name }, secret)) ??
    (pod && check(pods, { namespace, name: pod.name }, pod)) ??
    (node && !pod ? check(nodes, { name: node.name }, node) : undefined)
  );
}

function whyGone(object: KubernetesObject | undefined, identity: BoundIdentity, { kind, nowMs }: { kind: string; nowMs: number }): string | undefined {
  if (!object) return `${kind} ${identity.name} of the token does not exist`;
  if (object.metadata.uid !== identity.uid) return `${kind} UID (${object.metadata.uid}) does not match claim (${identity.uid})`;
  const { deletionTimestamp } = object.metadata;
  if (deletionTimestamp !== undefined && Date.parse(deletionTimestamp) < nowMs - deletionLeewayMs)
    return `${kind} ${identity.name} of the token has been deleted`;
  return undefined;
}
