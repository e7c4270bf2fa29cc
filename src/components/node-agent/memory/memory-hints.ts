import type { TopologyHint } from '../topology/contract.ts';
import { countOf, isNarrower, masksOver, type NumaMask, nodesIn } from '../topology/numa-mask.ts';
import { isSameGroup } from './machine-memory.ts';
import type { MachineMemory } from './memory-state.ts';

/** Bytes by resource. */
export type MemoryRequest = ReadonlyMap<string, number>;

type KnownHint = TopologyHint & { readonly affinity: NumaMask };

/**
 * The sets of NUMA nodes that have what is asked for, the same for every resource. Nodes that containers use together are not used otherwise, and a node that is
 * used alone is not used together with others; those sets are preferred that are no larger than the request needs on an empty machine.
 * @param reusable what of a resource the pod itself can use again on just these nodes.
 */
export function memoryHints(machine: MachineMemory, request: MemoryRequest, reusable: (mask: NumaMask, type: string) => number): KnownHint[] {
  const nodes = [...machine.keys()].sort((left, right) => left - right);
  const sum = (ids: readonly number[], type: string, field: 'allocatable' | 'free'): number =>
    ids.reduce((total, id) => total + (machine.get(id)!.memoryMap.get(type)?.[field] ?? 0), 0);
  const large = masksOver(nodes).filter((mask) => [...request].every(([type, bytes]) => sum(nodesIn(mask), type, 'allocatable') >= bytes));
  const fewest = Math.min(nodes.length, ...large.map(countOf));
  return large.flatMap((affinity) => {
    const ids = nodesIn(affinity);
    if (!isOpen(machine, ids)) return [];
    if ([...request].some(([type, bytes]) => sum(ids, type, 'free') + reusable(affinity, type) < bytes)) return [];
    return [{ affinity, isPreferred: ids.length === fewest }];
  });
}

function isOpen(machine: MachineMemory, ids: readonly number[]): boolean {
  if (ids.length === 1) return machine.get(ids[0]!)!.cells.length <= 1;
  return ids.every((id) => {
    const { numberOfAssignments, cells } = machine.get(id)!;
    return numberOfAssignments === 0 || (cells.length > 1 && isSameGroup(cells, ids));
  });
}

/** Whether taking from these nodes would mix them with others that are used differently. */
export function wouldMixGroups(machine: MachineMemory, ids: readonly number[]): boolean {
  if (ids.length === 1) return false;
  return ids.some((id) => {
    const { numberOfAssignments, cells } = machine.get(id)!;
    return numberOfAssignments > 0 && (cells.length === 1 || !isSameGroup(cells, ids));
  });
}

export function hasFree(machine: MachineMemory, ids: readonly number[], request: MemoryRequest): boolean {
  return [...request].every(([type, bytes]) => ids.reduce((total, id) => total + (machine.get(id)?.memoryMap.get(type)?.free ?? 0), 0) >= bytes);
}

/** A preferred one, and of those the narrowest; undefined when there is none. */
export function bestHint(hints: readonly KnownHint[]): KnownHint | undefined {
  return hints.reduce<KnownHint | undefined>((best, hint) => {
    if (!best || (hint.isPreferred && !best.isPreferred)) return hint;
    return hint.isPreferred === best.isPreferred && isNarrower(hint.affinity, best.affinity) ? hint : best;
  }, undefined);
}
