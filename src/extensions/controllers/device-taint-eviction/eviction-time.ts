import type { DeviceRequestAllocationResult, DeviceTaint, ResourceClaim, ResourceSlice } from '../../../api/generated/resource-v1.ts';
import type { Informer } from '../../../client/informer.ts';
import { toleratesDeviceTaint } from '../../../extension-points/scheduling/devices/device-taints.ts';

export const claimsByPool = 'device-pool';
export const slicesByPool = 'device-pool';

/** Index of claims: the pools that their devices are from. */
export const poolsOfClaim = ({ status }: ResourceClaim): string[] => [
  ...new Set((status?.allocation?.devices?.results ?? []).map(({ driver, pool }) => `${driver}/${pool}`)),
];
/** Index of slices. */
export const poolsOfSlice = ({ spec }: ResourceSlice): string[] => [`${spec.driver}/${spec.pool.name}`];

/** When the pods of a claim have to go because of taints of its devices: `Infinity` when they need not. */
export function evictionMs({ status }: ResourceClaim, slices: Pick<Informer<ResourceSlice>, 'byIndex'>): number {
  const times = (status?.allocation?.devices?.results ?? []).flatMap((result) => taintsOf(result, slices).map((taint) => endOfTolerationMs(taint, result)));
  return Math.min(Infinity, ...times);
}

/** As the newest generation of its pool has them. */
function taintsOf({ driver, pool, device }: DeviceRequestAllocationResult, slices: Pick<Informer<ResourceSlice>, 'byIndex'>): readonly DeviceTaint[] {
  const all = slices.byIndex(slicesByPool, `${driver}/${pool}`);
  const newest = Math.max(...all.map(({ spec }) => spec.pool.generation));
  for (const { spec } of all) {
    const found = spec.pool.generation === newest ? spec.devices?.find(({ name }) => name === device) : undefined;
    if (found) return found.taints?.filter(({ effect }) => effect === 'NoExecute') ?? [];
  }
  return [];
}

/** Tolerations that name no effect do not hold up evictions; of several the shortest counts, but one without end is all that it takes. */
function endOfTolerationMs(taint: DeviceTaint, { tolerations = [] }: DeviceRequestAllocationResult): number {
  const sinceMs = Date.parse(taint.timeAdded ?? '') || 0;
  const fitting = tolerations.filter((toleration) => toleration.effect === 'NoExecute' && toleratesDeviceTaint(toleration, taint));
  if (fitting.some(({ tolerationSeconds }) => tolerationSeconds === undefined)) return Infinity;
  const limits = fitting.map(({ tolerationSeconds = 0 }) => Math.max(0, tolerationSeconds) * 1_000);
  return sinceMs + (limits.length === 0 ? 0 : Math.min(...limits));
}
