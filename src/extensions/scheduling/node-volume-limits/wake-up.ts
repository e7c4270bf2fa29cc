import type { PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import type { CSINode, VolumeAttachment } from '../../../api/generated/storage-v1.ts';
import type { ClusterEventWithHint } from '../../../extension-points/scheduling/contract.ts';
import { usesClaim } from '../../../extension-points/scheduling/volumes/claims-of-pod.ts';
import { inTreeDriverOf } from '../../../extension-points/scheduling/volumes/in-tree-drivers.ts';
import { mayBeAttached } from './driver-volumes.ts';

/** How many volumes each driver can attach to a node; drivers that do not say are left out. */
export const limitsOf = (node: CSINode | undefined): ReadonlyMap<string, number> =>
  new Map(node?.spec.drivers.flatMap(({ name, allocatable }) => (allocatable?.count === undefined ? [] : [[name, allocatable.count] as const])));

/** What may help a pod that a node had no room for its volumes: upstream's events and hints. */
export const volumeLimitEvents: readonly ClusterEventWithHint[] = [
  { event: { resource: 'storage.k8s.io/CSINode', actions: ['Add'] } },
  {
    event: { resource: 'storage.k8s.io/CSINode', actions: ['Update'] },
    hint: (_pod, old, current) => (isRaised(old as CSINode, current as CSINode) ? 'queue' : 'skip'),
  },
  { event: { resource: 'Pod', actions: ['Delete'] }, hint: (_pod, old) => (heldVolumes(old as Pod) ? 'queue' : 'skip') },
  {
    event: { resource: 'PersistentVolumeClaim', actions: ['Add'] },
    hint: (pod, _old, current) => (usesClaim(pod, current as PersistentVolumeClaim) ? 'queue' : 'skip'),
  },
  {
    event: { resource: 'storage.k8s.io/VolumeAttachment', actions: ['Delete'] },
    hint: (pod, old) => (mayUse(pod, old as VolumeAttachment) ? 'queue' : 'skip'),
  },
];

function isRaised(old: CSINode, current: CSINode): boolean {
  const before = limitsOf(old);
  return [...limitsOf(current)].some(([driver, limit]) => limit > (before.get(driver) ?? 0));
}

const heldVolumes = ({ spec, status }: Pod): boolean => Boolean(spec?.nodeName || status?.nominatedNodeName) && (spec?.volumes?.some(mayBeAttached) ?? false);

const mayUse = ({ spec }: Pod, attachment: VolumeAttachment): boolean =>
  spec?.volumes?.some((volume) => volume.persistentVolumeClaim !== undefined || inTreeDriverOf(volume)?.driver === attachment.spec.attacher) ?? false;
