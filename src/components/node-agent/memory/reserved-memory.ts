import type { ResourceList } from '../../../api/generated/core-v1.ts';
import { formatQuantity, quantityOf } from '../../../api/quantity.ts';
import { quantityValue } from '../quantities.ts';
import { isHugePageResource } from '../resources.ts';
import type { NumaNode } from '../topology/machine-topology.ts';

const text = (bytes: number): string => formatQuantity(quantityOf(bytes, 'BinarySI'));

/** What of a NUMA node's memory pods never get. */
export interface MemoryReservation {
  readonly numaNode: number;
  readonly limits: ResourceList;
}

/** Bytes by NUMA node and resource. */
export type ReservedMemory = ReadonlyMap<number, ReadonlyMap<string, number>>;

/**
 * `reservedMemory` by NUMA node. Throws, as upstream words it, when it names a node that is not there or does not add up to what the node as a whole reserves
 * (`reservedTotals`: system, kubelet and eviction together).
 */
export function reservedMemory(nodes: readonly NumaNode[], reservations: readonly MemoryReservation[], reservedTotals: ResourceList): ReservedMemory {
  const reserved = new Map(nodes.map(({ id }) => [id, new Map<string, number>()]));
  const sums = new Map<string, number>();
  for (const { numaNode, limits } of reservations) {
    const node = reserved.get(numaNode);
    if (!node) throw new Error(`the reserved memory configuration references a NUMA node ${numaNode} that does not exist on this machine`);
    for (const [resource, quantity] of Object.entries(limits)) {
      const bytes = quantityValue(quantity);
      node.set(resource, bytes);
      sums.set(resource, (sums.get(resource) ?? 0) + bytes);
    }
  }
  const names = new Set([...sums.keys(), ...Object.keys(reservedTotals).filter((name) => name === 'memory' || isHugePageResource(name))]);
  for (const name of names) {
    const [has, wants] = [sums.get(name) ?? 0, quantityValue(reservedTotals[name])];
    if (has !== wants)
      throw new Error(`the total amount "${text(has)}" of type "${name}" is not equal to the value "${text(wants)}" determined by Node Allocatable feature`);
  }
  if ((sums.get('memory') ?? 0) <= 0) throw new Error('[memorymanager] you should specify the system reserved memory');
  return reserved;
}
