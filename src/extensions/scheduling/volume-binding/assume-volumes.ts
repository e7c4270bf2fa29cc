import type { PersistentVolume, PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { boundToClaim } from '../../../extension-points/scheduling/volumes/bind-volume.ts';
import { selectedNode } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import type { AssumeCache } from './assume-cache.ts';
import type { Binding, NodeVolumes } from './node-volumes.ts';
import type { Provision } from './provisioning.ts';

export interface AssumedVolumes {
  readonly volumes: AssumeCache<PersistentVolume>;
  readonly claims: AssumeCache<PersistentVolumeClaim>;
}

/**
 * Takes a pod's volumes to be bound, and the node of those to be made to be chosen, so that no other pod counts on them. Answers the objects as they are to be
 * written. Throws, with nothing assumed, when one was changed since it was looked at.
 */
export function assumeVolumes({ bindings, provisions }: NodeVolumes, nodeName: string, caches: AssumedVolumes): NodeVolumes {
  const assumed = { bindings: [] as Binding[], provisions: [] as Provision[] };
  try {
    for (const { claim, volume } of bindings) {
      const bound = boundToClaim(volume, claim);
      if (bound !== volume) caches.volumes.assume(bound);
      assumed.bindings.push({ claim, volume: bound });
    }
    for (const { claim } of provisions) {
      const annotations = { ...claim.metadata.annotations, [selectedNode]: nodeName };
      const selected = { ...claim, metadata: { ...claim.metadata, annotations } };
      caches.claims.assume(selected);
      assumed.provisions.push({ claim: selected });
    }
    return assumed;
  } catch (error) {
    restoreVolumes(assumed, caches);
    throw error;
  }
}

/** Takes that back. Harmless when nothing was assumed. */
export function restoreVolumes({ bindings, provisions }: NodeVolumes, { volumes, claims }: AssumedVolumes): void {
  for (const { volume } of bindings) volumes.restore(volume);
  for (const { claim } of provisions) claims.restore(claim);
}
