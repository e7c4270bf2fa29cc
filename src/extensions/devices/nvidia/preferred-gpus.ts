import type { PreferredAllocationRequest } from '../../../extension-points/devices/contract.ts';
import { nearDevices } from '../../../extension-points/devices/hardware/near-devices.ts';
import type { OfferedGpu } from './offered-gpus.ts';

/**
 * Whole GPUs: those of one NUMA node, as their links (NVLink) need the driver's library. Parts and replicas: spread over the GPUs, the least used first, so that
 * containers share as late as possible.
 */
export function preferredGpus(request: PreferredAllocationRequest, offered: ReadonlyMap<string, OfferedGpu>): readonly string[] {
  const known = { ...request, availableIds: request.availableIds.filter((id) => offered.has(id)) };
  const isWhole = [...offered.values()].every(({ id, part }) => id === part.gpu.uuid);
  if (!isWhole) return spread(known, offered);
  const nodeOf = (id: string): number | undefined => offered.get(id)?.part.gpu.numaNode;
  return nearDevices(known, (left, right) => (nodeOf(left) !== undefined && nodeOf(left) === nodeOf(right) ? 1 : 0));
}

function spread({ availableIds, mustIncludeIds, size }: PreferredAllocationRequest, offered: ReadonlyMap<string, OfferedGpu>): readonly string[] {
  const sourceOf = (id: string): string => offered.get(id)?.part.id ?? id;
  const candidates = availableIds.filter((id) => !mustIncludeIds.includes(id));
  const used = new Map<string, number>();
  for (const id of offered.keys()) used.set(sourceOf(id), (used.get(sourceOf(id)) ?? 0) + 1);
  for (const id of candidates) used.set(sourceOf(id), used.get(sourceOf(id))! - 1);
  const chosen = [...mustIncludeIds];
  while (chosen.length < size && candidates.length > 0) {
    const next = candidates.reduce((best, id) => (used.get(sourceOf(id))! < used.get(sourceOf(best))! ? id : best));
    candidates.splice(candidates.indexOf(next), 1);
    used.set(sourceOf(next), used.get(sourceOf(next))! + 1);
    chosen.push(next);
  }
  return chosen;
}
