import type { PersistentVolume, PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { boundByController } from './volume-annotations.ts';
import { isBoundTo } from './volume-matching.ts';

/** The volume with the claim as the one it is bound to: the same object when it was already. A binding that a person began is not marked as a controller's. */
export function boundToClaim(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const { name, namespace, uid, resourceVersion } = claim.metadata;
  const { claimRef } = volume.spec;
  const isReferred = claimRef?.name === name && claimRef?.namespace === namespace && claimRef?.uid === uid;
  const isMarked = isBoundTo(volume, claim) || volume.metadata.annotations?.[boundByController] !== undefined;
  if (isReferred && isMarked) return volume;
  const reference = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid, resourceVersion };
  return {
    ...volume,
    metadata: isMarked ? volume.metadata : { ...volume.metadata, annotations: { ...volume.metadata.annotations, [boundByController]: 'yes' } },
    spec: {
      ...volume.spec,
      claimRef: isReferred ? claimRef : (Object.fromEntries(Object.entries(reference).filter(([, value]) => value)) as typeof reference),
    },
  };
}
