import type { Pod } from '../../../api/generated/core-v1.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import type { Informer } from '../../../client/informer.ts';

/** As many pods may use a claim at a time. */
const mostConsumers = 256;

/** The claims that a pod refers to by name or that were made for it, or why it has to wait for one of them. Claims that were found not to be needed are left out. */
export function claimsOf({ metadata, spec, status }: Pod, claims: Pick<Informer<ResourceClaim>, 'get'>): readonly ResourceClaim[] | string {
  const found: ResourceClaim[] = [];
  const namespace = metadata.namespace ?? '';
  for (const { name: reference, resourceClaimName } of spec?.resourceClaims ?? []) {
    const made = status?.resourceClaimStatuses?.find(({ name }) => name === reference);
    if (resourceClaimName === undefined && !made) return `pod ${JSON.stringify(`${namespace}/${metadata.name}`)}: ResourceClaim not created yet`;
    const name = resourceClaimName ?? made?.resourceClaimName;
    if (name === undefined) continue;
    const claim = claims.get({ namespace, name });
    if (!claim) return `resourceclaim.resource.k8s.io ${JSON.stringify(name)} not found`;
    if (claim.metadata.deletionTimestamp) return `resourceclaim ${JSON.stringify(name)} is being deleted`;
    const owner = claim.metadata.ownerReferences?.find(({ controller }) => controller);
    if (resourceClaimName === undefined && owner?.uid !== metadata.uid)
      return `ResourceClaim ${namespace}/${name} was not created for pod ${namespace}/${metadata.name} (pod is not owner)`;
    found.push(claim);
  }
  return found;
}

/** Whether the devices of an allocated claim are taken by as many pods as may have them, and none of them is this one. */
export function isInUse(claim: ResourceClaim, pod: Pod): boolean {
  return (claim.status?.reservedFor?.length ?? 0) >= mostConsumers && !isReservedFor(claim, pod);
}

export function isReservedFor({ status }: ResourceClaim, { metadata }: Pod): boolean {
  return status?.reservedFor?.some(({ uid }) => uid === metadata.uid) ?? false;
}

/** Every request of a claim with the classes that would do for it. */
export function* classesOf({ spec }: ResourceClaim): Iterable<{ readonly request: string; readonly deviceClass: string }> {
  for (const { name, exactly, firstAvailable = [] } of spec.devices?.requests ?? []) {
    if (exactly) yield { request: name, deviceClass: exactly.deviceClassName };
    for (const part of firstAvailable) yield { request: `${name}/${part.name}`, deviceClass: part.deviceClassName };
  }
}
