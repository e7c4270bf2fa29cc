import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, persistentvolumes, pods, storageclasses } from '../../../api/generated/resource-types.ts';
import type { StorageClass } from '../../../api/generated/storage-v1.ts';
import { keyOf, keyText, nameOf } from '../../../api/object.ts';
import { defineStatefulReconciler, type NamedController, type ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { claimsOfPod } from '../../../extension-points/scheduling/volumes/claims-of-pod.ts';
import { classOfVolume, waitsForConsumer } from '../../../extension-points/scheduling/volumes/storage-class.ts';
import { alone, type BinderContext, createBinderContext, index } from './binder-context.ts';
import { syncClaim } from './claim-sync.ts';
import { findVolume } from './find-volume.ts';
import { syncVolume } from './volume-sync.ts';

/**
 * Binds claims to volumes, one to one: at once, or when a pod that uses the claim is scheduled. Asks provisioners for the volumes that are missing, and reclaims those
 * whose claim is gone. Keys with a namespace are claims, others volumes.
 */
export function persistentVolumeBinderController(): NamedController {
  return defineStatefulReconciler({ name: 'persistent-volume-binder', primary: persistentvolumeclaims, workers: 10 }, (host) => {
    const context = createBinderContext(host);
    host.listen(persistentvolumeclaims, { deleted: (claim) => enqueueVolumesOf(claim, host) });
    host.listen(persistentvolumes, volumeHandler(context, host));
    host.listen(pods, { added: (pod) => enqueueWaiting(pod, context) });
    host.listen(storageclasses, {
      added: (storageClass) => enqueueClaimsOfClass(storageClass, host),
      updated: (storageClass) => enqueueClaimsOfClass(storageClass, host),
    });
    return async (key) => {
      const volume = key.namespace === undefined ? context.volumes.get(key) : undefined;
      if (volume) return alone(key.name, false, context, () => syncVolume(volume, context));
      if (key.namespace === undefined) return;
      const claim = context.claims.get(key);
      return claim && syncClaim(claim, context);
    };
  });
}

/** A claim that goes releases its volume, also when only the volume knew of the binding. */
function enqueueVolumesOf(claim: PersistentVolumeClaim, { enqueue, informers }: ReconcilerHost): void {
  if (claim.spec.volumeName) enqueue({ name: claim.spec.volumeName });
  for (const volume of informers.informer(persistentvolumes).byIndex(index.claim, keyText(keyOf(claim)))) enqueue({ name: nameOf(volume) });
}

function volumeHandler(context: BinderContext, { enqueue, informers }: ReconcilerHost) {
  const claims = informers.informer(persistentvolumeclaims);
  /** The claims that may be bound now: the one it is set aside for, those that ask for it by name, and those that it would do for. */
  const enqueueClaims = (volume: PersistentVolume): void => {
    const { claimRef } = volume.spec;
    if (claimRef) context.enqueueClaim(claimRef);
    for (const claim of claims.byIndex(index.volume, nameOf(volume))) enqueue(keyOf(claim));
    if (claimRef || volume.status?.phase !== 'Available' || waitsForConsumer(context.classes.get({ name: classOfVolume(volume) }))) return;
    for (const claim of claims.byIndex(index.unbound, classOfVolume(volume))) if (findVolume(claim, [volume], false)) enqueue(keyOf(claim));
  };
  const changed = (volume: PersistentVolume): void => {
    enqueue({ name: nameOf(volume) });
    enqueueClaims(volume);
  };
  return { added: changed, updated: changed, deleted: changed };
}

/** Claims that wait for a pod say which. */
function enqueueWaiting(pod: Pod, { claims, enqueueClaim }: BinderContext): void {
  if (pod.spec.nodeName) return;
  for (const { name } of claimsOfPod(pod)) {
    const claim = claims.get({ namespace: pod.metadata.namespace ?? '', name });
    if (claim && !claim.spec.volumeName) enqueueClaim(claim.metadata);
  }
}

/** A new class may be what claims without one have waited for. */
function enqueueClaimsOfClass(storageClass: StorageClass, { enqueue, informers }: ReconcilerHost): void {
  const claims = informers.informer(persistentvolumeclaims);
  for (const name of [nameOf(storageClass), '']) for (const claim of claims.byIndex(index.unbound, name)) enqueue(keyOf(claim));
}
