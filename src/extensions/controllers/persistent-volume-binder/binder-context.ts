import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, persistentvolumes, pods, storageclasses } from '../../../api/generated/resource-types.ts';
import type { StorageClass } from '../../../api/generated/storage-v1.ts';
import type { Client } from '../../../client/client.ts';
import type { EventRecorder } from '../../../client/events.ts';
import type { Informer } from '../../../client/informer.ts';
import type { ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { claimKeysOfPod, podsByClaim } from '../../../extension-points/scheduling/volumes/claims-of-pod.ts';
import { classOfClaim, classOfVolume } from '../../../extension-points/scheduling/volumes/storage-class.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { WrittenObjects } from './written-objects.ts';

/** What the parts of the controller work with. */
export interface BinderContext {
  readonly client: Client;
  readonly events: EventRecorder;
  readonly claims: WrittenObjects<PersistentVolumeClaim>;
  readonly volumes: WrittenObjects<PersistentVolume>;
  readonly classes: Informer<StorageClass>;
  readonly pods: Informer<Pod>;
  /** Volumes that somebody is at work on, by name: none is given away twice, and nobody acts on what is about to change. */
  readonly atWork: Map<string, VolumeWork>;
  /** Has a claim looked at, by `namespace/name`. */
  enqueueClaim(claim: { readonly namespace?: string; readonly name?: string }): void;
}

/** Work on a volume. */
interface VolumeWork {
  readonly isBinding: boolean;
  /** Resolves when it is over, however it ended. */
  readonly done: Promise<void>;
}

/** Works on a volume. While somebody else is at it, waits, and then has the key looked at anew: things have changed. */
export async function alone(name: string, isBinding: boolean, { atWork }: BinderContext, work: () => Promise<WorkOutcome | void>): Promise<WorkOutcome | void> {
  const other = atWork.get(name);
  if (other) {
    await other.done;
    return { requeueAfterMs: 0 };
  }
  const { promise: done, resolve } = Promise.withResolvers<void>();
  atWork.set(name, { isBinding, done });
  try {
    return await work();
  } finally {
    atWork.delete(name);
    resolve();
  }
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
    atWork: new Map(),
    enqueueClaim: ({ namespace, name }) => enqueue({ namespace: namespace ?? '', name: name ?? '' }),
  };
}
