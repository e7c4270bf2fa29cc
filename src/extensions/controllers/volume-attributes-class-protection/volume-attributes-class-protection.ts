import type { PersistentVolume, PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, persistentvolumes, volumeattributesclasses } from '../../../api/generated/resource-types.ts';
import type { VolumeAttributesClass } from '../../../api/generated/storage-v1.ts';
import { isUnsettled, settled } from '../../../extension-points/controllers/in-use-finalizer.ts';
import { defineReconciler, type NamedController, watching } from '../../../extension-points/controllers/reconcile.ts';

const finalizer = 'kubernetes.io/vac-protection';

/** Keeps a volume attributes class that is deleted until no claim and no volume names it any more. */
export function volumeAttributesClassProtectionController(): NamedController {
  return defineReconciler({
    name: 'volumeattributesclass-protection-controller',
    primary: volumeattributesclasses,
    predicate: { added: needsWork, updated: needsWork, deleted: () => false },
    watches: [
      watching(persistentvolumeclaims, (claim) => namesOfClaim(claim).map((name) => ({ name }))),
      watching(persistentvolumes, (volume) => namesOfVolume(volume).map((name) => ({ name }))),
    ],
    async reconcile({ name }, { client, informers }) {
      const found = informers.informer(volumeattributesclasses).get({ name });
      if (!found || !needsWork(found)) return;
      const isNamed =
        informers
          .informer(persistentvolumes)
          .list()
          .some((volume) => namesOfVolume(volume).includes(name)) ||
        informers
          .informer(persistentvolumeclaims)
          .list()
          .some((claim) => namesOfClaim(claim).includes(name));
      if (found.metadata.deletionTimestamp && isNamed) return;
      await client.replace(volumeattributesclasses, settled(found, finalizer));
    },
  });
}

const needsWork = (found: VolumeAttributesClass): boolean => isUnsettled(found, finalizer);

const namesOfVolume = ({ spec }: PersistentVolume): string[] => (spec.volumeAttributesClassName ? [spec.volumeAttributesClassName] : []);

/** The class it wants, the one it has, and the one it is being changed to. */
const namesOfClaim = ({ spec, status }: PersistentVolumeClaim): string[] =>
  [spec.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName].flatMap(
    (name) => name || [],
  );
