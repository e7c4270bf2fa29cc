import type { Pod, Volume } from '../../../api/generated/core-v1.ts';

/** Disks that only one pod may use at a time, unless all that use it only read. */
const disks: readonly ((left: Volume, right: Volume) => boolean)[] = [
  ({ gcePersistentDisk: left }, { gcePersistentDisk: right }) => left?.pdName === right?.pdName && !(left?.readOnly && right?.readOnly),
  ({ awsElasticBlockStore: left }, { awsElasticBlockStore: right }) => left?.volumeID === right?.volumeID,
  ({ iscsi: left }, { iscsi: right }) => left?.iqn === right?.iqn && !(left?.readOnly && right?.readOnly),
  ({ rbd: left }, { rbd: right }) =>
    (left?.monitors.some((monitor) => right?.monitors.includes(monitor)) ?? false) &&
    (left?.pool ?? 'rbd') === (right?.pool ?? 'rbd') &&
    left?.image === right?.image &&
    !(left?.readOnly && right?.readOnly),
];
const kinds = ['gcePersistentDisk', 'awsElasticBlockStore', 'iscsi', 'rbd'] as const;

/** The volumes of a pod that are such disks. */
export const disksOf = ({ spec }: Pod): readonly Volume[] => spec?.volumes?.filter((volume) => kinds.some((kind) => volume[kind])) ?? [];

/** Whether one of a pod's disks cannot be used beside another pod. */
export const conflicts = (wanted: readonly Volume[], other: Pod): boolean =>
  wanted.some((left) => disksOf(other).some((right) => kinds.some((kind, index) => left[kind] && right[kind] && disks[index]!(left, right))));
