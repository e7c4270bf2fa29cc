import type { Pod } from '../../../api/generated/core-v1.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { isPodFinished } from '../../../extension-points/controllers/pod-state.ts';
import { claimReferenceOf, owningPodOf } from '../../../extension-points/scheduling/devices/claims-of-pod.ts';

export const podsByClaim = 'resource-claim';
export const podsByTemplate = 'resource-claim-template';
export const claimsByOwner = 'owning-pod';

/** Index of pods: `namespace/name` of the claims that exist, or should, for their entries and for extended resources. */
export function claimKeysOfPod(pod: Pod): string[] {
  const extended = pod.status?.extendedResourceClaimStatus?.resourceClaimName;
  const names = (pod.spec?.resourceClaims ?? []).flatMap((entry) => {
    const reference = claimReferenceOf(pod, entry);
    return reference.kind === 'named' ? [reference.name] : [];
  });
  return [...new Set([...names, ...(extended ? [extended] : [])])].map((name) => `${pod.metadata.namespace}/${name}`);
}

/** Index of pods: `namespace/name` of the templates they name. */
export const templateKeysOfPod = ({ metadata, spec }: Pod): string[] => [
  ...new Set((spec?.resourceClaims ?? []).flatMap(({ resourceClaimTemplateName: name }) => (name === undefined ? [] : [`${metadata.namespace}/${name}`]))),
];

/** Index of claims: the UID of the pod that they were made for. */
export const ownerUidOfClaim = (claim: ResourceClaim): string[] => {
  const owner = owningPodOf(claim);
  return owner ? [owner.uid] : [];
};

export const usesClaims = ({ spec, status }: Pod): boolean => (spec?.resourceClaims?.length ?? 0) > 0 || status?.extendedResourceClaimStatus !== undefined;

/** It is certain that none of its containers runs, or ever will. */
export const isPodDone = (pod: Pod): boolean => isPodFinished(pod) || (pod.metadata.deletionTimestamp !== undefined && !pod.spec?.nodeName);
