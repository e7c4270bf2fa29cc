import { isDeepStrictEqual } from 'node:util';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, persistentvolumes, storageclasses } from '../../../api/generated/resource-types.ts';
import type { StorageClass } from '../../../api/generated/storage-v1.ts';
import type { SchedulingHandle, SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { skip, success, unresolvable } from '../../../extension-points/scheduling/contract.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import { classOfClaim, waitsForConsumer } from '../../../extension-points/scheduling/volumes/storage-class.ts';
import { topologyKeys, type VolumeTopology, zonesOf } from './zones-of-volume.ts';

const stateKey = 'PreFilterVolumeZone';

/** Keeps pods to nodes in the zones and regions that the labels of their volumes name. Volumes that are not bound yet have no say. */
export default function volumeZone(_args: unknown, { informers }: Pick<SchedulingHandle, 'informers'>): SchedulingPlugin {
  const claims = informers.informer(persistentvolumeclaims);
  const volumes = informers.informer(persistentvolumes);
  const classes = informers.informer(storageclasses);

  /** The volume of a claim; undefined while it may be anywhere, or why the pod has to wait. */
  const volumeOf = (claim: PersistentVolumeClaim): PersistentVolume | undefined | string => {
    const name = claim.spec.volumeName;
    if (name) return volumes.get({ name }) ?? `persistentvolume ${JSON.stringify(name)} not found`;
    const className = classOfClaim(claim);
    if (className === '') return 'PersistentVolumeClaim had no pv name and storageClass name';
    const storageClass = classes.get({ name: className });
    if (!storageClass) return `storageclass.storage.k8s.io ${JSON.stringify(className)} not found`;
    return waitsForConsumer(storageClass) ? undefined : 'PersistentVolume had no name';
  };

  return {
    preFilter(state, pod) {
      const zones: VolumeTopology[] = [];
      for (const name of claimNames(pod)) {
        if (name === '') return { status: unresolvable('PersistentVolumeClaim had no name') };
        const claim = claims.get({ namespace: pod.metadata.namespace ?? '', name });
        const volume = claim ? volumeOf(claim) : `persistentvolumeclaim ${JSON.stringify(name)} not found`;
        if (typeof volume === 'string') return { status: unresolvable(volume) };
        if (volume) zones.push(...zonesOf(volume));
      }
      if (zones.length === 0) return { status: skip };
      state.write(stateKey, zones);
      return { status: success };
    },
    filter(state, _pod, { node }) {
      // In a cluster of one zone the nodes need not say which.
      if (topologyKeys.every(({ key }) => labelOf(node, key) === undefined)) return success;
      const zones = state.read<readonly VolumeTopology[]>(stateKey) ?? [];
      const isIn = ({ key, currentKey, values }: VolumeTopology): boolean => values.has((labelOf(node, key) ?? labelOf(node, currentKey)) as string);
      return zones.every(isIn) ? success : unresolvable('node(s) had no available volume zone');
    },
    eventsToRegister: () => [
      {
        event: { resource: 'storage.k8s.io/StorageClass', actions: ['Add'] },
        hint: (_pod, _old, current) => (waitsForConsumer(current as StorageClass) ? 'queue' : 'skip'),
      },
      { event: { resource: 'Node', actions: ['Add', 'UpdateNodeLabel'] } },
      {
        event: { resource: 'PersistentVolumeClaim', actions: ['Add', 'Update'] },
        hint: (pod, _old, current) => (isClaimOf(current as PersistentVolumeClaim, pod) ? 'queue' : 'skip'),
      },
      {
        event: { resource: 'PersistentVolume', actions: ['Add', 'Update'] },
        hint: (_pod, old, current) => (old && isDeepStrictEqual(zonesOf(old as PersistentVolume), zonesOf(current as PersistentVolume)) ? 'skip' : 'queue'),
      },
    ],
    sign: (pod) => (claimNames(pod).length === 0 ? '' : undefined),
  };
}

const claimNames = ({ spec }: Pod): string[] => spec?.volumes?.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []) ?? [];

const isClaimOf = ({ metadata }: PersistentVolumeClaim, pod: Pod): boolean =>
  metadata.namespace === pod.metadata.namespace && claimNames(pod).includes(metadata.name!);
