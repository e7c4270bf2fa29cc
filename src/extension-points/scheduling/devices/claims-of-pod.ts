import type { Pod, PodResourceClaim } from '../../../api/generated/core-v1.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';

/** As many consumers may use a claim at a time: `ResourceClaimReservedForMaxSize`. */
export const mostConsumers = 256;

/** On claims that hold an allocation of the scheduler's: they are not removed while it is in use. */
export const claimFinalizer = 'resource.kubernetes.io/delete-protection';
/** On claims made from a template: which entry of `spec.resourceClaims` of the pod they are for. */
export const podClaimAnnotation = 'resource.kubernetes.io/pod-claim-name';
/** `true` on the claim that the scheduler makes for extended resources of a pod. */
export const extendedResourceClaimAnnotation = 'resource.kubernetes.io/extended-resource-claim';

/** The claim that an entry of `spec.resourceClaims` stands for. */
export type ClaimReference =
  /** `isGenerated`: it was made from a template and must be the pod's own. */
  | { readonly kind: 'named'; readonly name: string; readonly isGenerated: boolean }
  /** It was found not to be needed. */
  | { readonly kind: 'none' }
  /** Nobody made it yet; `problem` says so in upstream's words. */
  | { readonly kind: 'missing'; readonly problem: string };

export function claimReferenceOf(pod: Pod, { name, resourceClaimName, resourceClaimTemplateName }: PodResourceClaim): ClaimReference {
  if (resourceClaimName !== undefined) return { kind: 'named', name: resourceClaimName, isGenerated: false };
  const identity = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (resourceClaimTemplateName === undefined)
    return { kind: 'missing', problem: `pod "${identity}", spec.resourceClaim "${name}": none of the supported fields are set` };
  const made = pod.status?.resourceClaimStatuses?.find((status) => status.name === name);
  if (!made) return { kind: 'missing', problem: `pod "${identity}": ResourceClaim not created yet` };
  return made.resourceClaimName === undefined ? { kind: 'none' } : { kind: 'named', name: made.resourceClaimName, isGenerated: true };
}

/** Why a claim that was made from a template is not the pod's; undefined when it is. */
export function ownershipProblem({ metadata }: Pod, claim: ResourceClaim): string | undefined {
  const owner = claim.metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner?.uid === metadata.uid && claim.metadata.namespace === metadata.namespace) return undefined;
  return `ResourceClaim ${claim.metadata.namespace}/${claim.metadata.name} was not created for Pod ${metadata.namespace}/${metadata.name} (Pod is not owner)`;
}

/** The pod that controls a claim, by name and UID. */
export function owningPodOf({ metadata }: ResourceClaim): { readonly name: string; readonly uid: string } | undefined {
  const owner = metadata.ownerReferences?.find(({ controller, apiVersion, kind }) => controller && apiVersion === 'v1' && kind === 'Pod');
  return owner && { name: owner.name, uid: owner.uid };
}

export const isReservedFor = ({ status }: ResourceClaim, { metadata }: Pod): boolean => status?.reservedFor?.some(({ uid }) => uid === metadata.uid) ?? false;

/** Whether there is room for one more consumer. */
export const canBeReserved = ({ status }: ResourceClaim): boolean => (status?.reservedFor?.length ?? 0) < mostConsumers;

/** A pod among the consumers of a claim. */
export const consumerOf = ({ metadata }: Pod): { resource: string; name: string; uid: string } => ({
  resource: 'pods',
  name: metadata.name ?? '',
  uid: metadata.uid ?? '',
});
