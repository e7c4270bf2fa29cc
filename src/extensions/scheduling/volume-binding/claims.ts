import type { PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import type { StorageClass } from '../../../api/generated/storage-v1.ts';
import { claimsOfPod, ownershipProblem } from '../../../extension-points/scheduling/volumes/claims-of-pod.ts';
import { classOfClaim, waitsForConsumer } from '../../../extension-points/scheduling/volumes/storage-class.ts';
import { bindCompleted } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';

/** The claims of a pod by what is left to do for them. */
export interface PodClaims {
  readonly bound: readonly PersistentVolumeClaim[];
  /** To be bound by the scheduler, together with the choice of the node. */
  readonly delayed: readonly PersistentVolumeClaim[];
  /** Bound by somebody else, who has not done so yet. */
  readonly immediate: readonly PersistentVolumeClaim[];
}

export interface ClaimLookup {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  storageClass(name: string): StorageClass | undefined;
}

/** Bound on both sides. */
export const isFullyBound = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  Boolean(spec.volumeName) && metadata.annotations?.[bindCompleted] !== undefined;

/** Sorts the claims of a pod; or says, in upstream's words, why the pod cannot run anywhere as things are. */
export function claimsOf(pod: Pod, lookup: ClaimLookup): PodClaims | string {
  const bound: PersistentVolumeClaim[] = [];
  const delayed: PersistentVolumeClaim[] = [];
  const immediate: PersistentVolumeClaim[] = [];
  for (const { name, isEphemeral } of claimsOfPod(pod)) {
    const claim = lookup.claim(pod.metadata.namespace ?? '', name);
    if (!claim)
      return isEphemeral
        ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
        : `persistentvolumeclaim "${name}" not found`;
    const problem = problemOf(claim) ?? (isEphemeral ? ownershipProblem(pod, claim) : undefined);
    if (problem !== undefined) return problem;
    if (isFullyBound(claim)) bound.push(claim);
    // A claim that names its volume is the volume controller's to bind.
    else if (!claim.spec.volumeName && waitsForConsumer(lookup.storageClass(classOfClaim(claim)))) delayed.push(claim);
    else immediate.push(claim);
  }
  return { bound, delayed, immediate };
}

function problemOf({ metadata, spec, status }: PersistentVolumeClaim): string | undefined {
  if (status?.phase === 'Lost') return `persistentvolumeclaim "${metadata.name}" bound to non-existent persistentvolume "${spec.volumeName ?? ''}"`;
  return metadata.deletionTimestamp ? `persistentvolumeclaim "${metadata.name}" is being deleted` : undefined;
}
