import type { PersistentVolume } from '../../../api/generated/core-v1.ts';
import { persistentvolumes } from '../../../api/generated/resource-types.ts';
import { isUnsettled, settled } from '../../../extension-points/controllers/in-use-finalizer.ts';
import { defineReconciler, type NamedController } from '../../../extension-points/controllers/reconcile.ts';

const finalizer = 'kubernetes.io/pv-protection';

/** Keeps a volume that is deleted until no claim is bound to it any more: by a finalizer that every volume has. */
export function volumeProtectionController(): NamedController {
  return defineReconciler({
    name: 'pv-protection-controller',
    primary: persistentvolumes,
    predicate: { added: needsWork, updated: needsWork, deleted: () => false },
    async reconcile(key, { client, informers }) {
      const volume = informers.informer(persistentvolumes).get(key);
      if (!volume || !needsWork(volume)) return;
      if (volume.metadata.deletionTimestamp && volume.status?.phase === 'Bound') return;
      await client.replace(persistentvolumes, settled(volume, finalizer));
    },
  });
}

const needsWork = (volume: PersistentVolume): boolean => isUnsettled(volume, finalizer);
