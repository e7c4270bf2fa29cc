import { isDeepStrictEqual } from 'node:util';
import type { PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass } from '../../../api/generated/storage-v1.ts';
import type { ClusterEventWithHint } from '../../../extension-points/scheduling/contract.ts';
import { usesClaim } from '../../../extension-points/scheduling/volumes/claims-of-pod.ts';
import { migratedPlugins } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import { volumeLimitOf } from './provisioning.ts';

type Hint = NonNullable<ClusterEventWithHint['hint']>;
/** A hint for objects of one kind. `old` is absent for an addition. */
const when =
  <T>(mayHelp: (pod: Pod, current: T, old: T | undefined) => boolean): Hint =>
  (pod, old, current) =>
    mayHelp(pod, current as T, old as T | undefined) ? 'queue' : 'skip';

/** What may help a pod whose volumes stood in its way: upstream's events and hints. */
export const volumeBindingEvents: readonly ClusterEventWithHint[] = [
  {
    event: { resource: 'storage.k8s.io/StorageClass', actions: ['Add', 'Update'] },
    hint: when<StorageClass>((_pod, current, old) => !old || !isDeepStrictEqual(current.allowedTopologies ?? [], old.allowedTopologies ?? [])),
  },
  { event: { resource: 'PersistentVolumeClaim', actions: ['Add', 'Update'] }, hint: when<PersistentVolumeClaim>((pod, current) => usesClaim(pod, current)) },
  { event: { resource: 'PersistentVolume', actions: ['Add', 'Update'] } },
  { event: { resource: 'Node', actions: ['Add', 'UpdateNodeLabel'] } },
  {
    event: { resource: 'storage.k8s.io/CSINode', actions: ['Add', 'Update'] },
    hint: when<CSINode>((_pod, current, old) => !old || migrated(old) !== migrated(current)),
  },
  { event: { resource: 'storage.k8s.io/CSIDriver', actions: ['Update'] }, hint: when(stopsTracking) },
  { event: { resource: 'storage.k8s.io/CSIStorageCapacity', actions: ['Add', 'Update'] }, hint: when(hasGrown) },
];

const migrated = ({ metadata }: CSINode): string => metadata.annotations?.[migratedPlugins] ?? '';

/** A driver that no longer says what is left takes any pod of its volumes. */
function stopsTracking({ spec }: Pod, current: CSIDriver, old: CSIDriver | undefined): boolean {
  if (!old?.spec.storageCapacity || current.spec.storageCapacity) return false;
  return spec?.volumes?.some(({ csi }) => csi?.driver === current.metadata.name) ?? false;
}

function hasGrown(_pod: Pod, current: CSIStorageCapacity, old: CSIStorageCapacity | undefined): boolean {
  const limit = volumeLimitOf(current);
  return !old || (limit !== undefined && limit > (volumeLimitOf(old) ?? -1));
}
