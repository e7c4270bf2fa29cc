import type { PersistentVolumeClaim, Pod, Volume } from '../../../api/generated/core-v1.ts';

/** A claim that a volume of a pod stands for. */
export interface ClaimUse {
  readonly name: string;
  /** Made for the pod from a template, and named after pod and volume. */
  readonly isEphemeral: boolean;
}

/** The claim that a volume of a pod stands for; undefined for volumes of other kinds. */
export function claimOfVolume(pod: Pod, { name, persistentVolumeClaim, ephemeral }: Volume): ClaimUse | undefined {
  if (persistentVolumeClaim) return { name: persistentVolumeClaim.claimName, isEphemeral: false };
  return ephemeral ? { name: `${pod.metadata.name}-${name}`, isEphemeral: true } : undefined;
}

/** The claims of a pod's volumes, in the order of the volumes. */
export const claimsOfPod = (pod: Pod): ClaimUse[] => pod.spec?.volumes?.flatMap((volume) => claimOfVolume(pod, volume) ?? []) ?? [];

/** Whether a pod uses a claim by name; whether an ephemeral claim is the pod's own is another question. */
export const usesClaim = (pod: Pod, { metadata }: PersistentVolumeClaim): boolean =>
  pod.metadata.namespace === metadata.namespace && claimsOfPod(pod).some(({ name }) => name === metadata.name);

/** Why a claim of that name is not the one made for a pod's ephemeral volume, in upstream's words; undefined when it is. */
export function ownershipProblem({ metadata: pod }: Pod, { metadata: claim }: PersistentVolumeClaim): string | undefined {
  const isOwned = claim.namespace === pod.namespace && claim.ownerReferences?.some(({ controller, uid }) => controller === true && uid === pod.uid);
  return isOwned ? undefined : `PVC ${claim.namespace}/${claim.name} was not created for pod ${pod.namespace}/${pod.name} (pod is not owner)`;
}

/** The name of the index of pods by `namespace/claim`; every informer of pods that has it has it with `claimKeysOfPod`. */
export const podsByClaim = 'claim';
export const claimKeysOfPod = (pod: Pod): string[] => claimsOfPod(pod).map(({ name }) => `${pod.metadata.namespace}/${name}`);
