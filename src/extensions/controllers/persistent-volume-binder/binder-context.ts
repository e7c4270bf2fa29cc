import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, persistentvolumes, pods, storageclasses } from '../../../api/generated/resource-types.ts';
import type { StorageClass } from '../../../api/generated/storage-v1.ts';
import type { Client } from '../../../client/client.ts';
import type { EventRecorder } from '../../../client/events.ts';
import type { Informer } from '../../../client/informer.ts';
import type { ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { claimKeysOfPod, podsByClaim } from '../../../extension-points/scheduling/volumes/claims-of-pod.ts';
import { classOfClaim, classOfVolume } from '../../../extension-points/scheduling/volumes/storage-class.ts';
import { WrittenObjects } from './written-objects.ts';

/** What the parts of the controller work with. */
export interface BinderContext {
  readonly client: Client;
  readonly events: EventRecorder;
  readonly claims: WrittenObjects<PersistentVolumeClaim>;
  readonly volumes: WrittenObjects<PersistentVolume>;
  readonly classes: Informer<StorageClass>;
  readonly pods: Informer<Pod>;
  /** Has a claim looked at, by `namespace/name`. */
  enqueueClaim(claim: { readonly namespace?: string; readonly name?: string }): void;
}

export const index = {
  /** Volumes by class. */
  storageClass: 'storage-class',
  /** Volumes by the `namespace/name` of the claim they are set aside for. */
  claim: 'claim',
  /** Claims by the volume they name. */
  volume: 'volume',
  /** Claims that name no volume, by class. */
  unbound: 'unbound-class',
};

const volumesByClass = (volume: PersistentVolume): string[] => [classOfVolume(volume)];
const volumesByClaim = ({ spec: { claimRef } }: PersistentVolume): string[] => (claimRef ? [`${claimRef.namespace}/${claimRef.name}`] : []);
const claimsByVolume = ({ spec }: PersistentVolumeClaim): string[] => (spec.volumeName ? [spec.volumeName] : []);
const claimsWithoutVolume = (claim: PersistentVolumeClaim): string[] => (claim.spec.volumeName ? [] : [classOfClaim(claim)]);

/** Opens the informers, with the indexes that the controller needs. */
export function createBinderContext({ client, events, informers, enqueue }: ReconcilerHost): BinderContext {
  const [volumes, claims] = [informers.informer(persistentvolumes), informers.informer(persistentvolumeclaims)];
  volumes.addIndex(index.storageClass, volumesByClass);
  volumes.addIndex(index.claim, volumesByClaim);
  claims.addIndex(index.volume, claimsByVolume);
  claims.addIndex(index.unbound, claimsWithoutVolume);
  informers.informer(pods).addIndex(podsByClaim, claimKeysOfPod);
  return {
    client,
    events: events.as('persistentvolume-controller'),
    claims: new WrittenObjects(claims),
    volumes: new WrittenObjects(volumes),
    classes: informers.informer(storageclasses),
    pods: informers.informer(pods),
    enqueueClaim: ({ namespace, name }) => enqueue({ namespace: namespace ?? '', name: name ?? '' }),
  };
}
