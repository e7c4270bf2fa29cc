import type { NumaNode } from '../topology/machine-topology.ts';
import type { MachineMemory, MemoryAssignments, MemoryBlock, MemoryTable } from './memory-state.ts';
import type { ReservedMemory } from './reserved-memory.ts';

/** The memory of a machine of which nothing is given away. Huge pages are taken out of their node's memory. */
export function emptyMachine(nodes: readonly NumaNode[], reserved: ReservedMemory): MachineMemory {
  return new Map(
    nodes.map(({ id, memoryBytes, hugePages }) => {
      const table = (resource: string, total: number, taken = 0): MemoryTable => {
        const systemReserved = reserved.get(id)?.get(resource) ?? 0;
        const allocatable = Math.max(0, total - systemReserved - taken);
        return { total, systemReserved, allocatable, reserved: 0, free: allocatable };
      };
      const inHugePages = [...hugePages.values()].reduce((sum, bytes) => sum + bytes, 0);
      const memoryMap = new Map(Array.from(hugePages, ([resource, bytes]) => [resource, table(resource, bytes)]));
      memoryMap.set('memory', table('memory', memoryBytes, inHugePages));
      return [id, { numberOfAssignments: 0, memoryMap, cells: [id] }];
    }),
  );
}

/** The machine with a block given away: taken from its nodes one after another. `size` may be less than the block's where part of it was given before. */
export function withBlock(machine: MachineMemory, { numaAffinity, type }: Omit<MemoryBlock, 'size'>, size: number): MachineMemory {
  const next = new Map(machine);
  let rest = size;
  for (const id of numaAffinity) {
    const node = next.get(id)!;
    const memoryMap = new Map(node.memoryMap);
    const table = memoryMap.get(type);
    const taken = Math.min(rest, table?.free ?? 0);
    if (table) memoryMap.set(type, { ...table, reserved: table.reserved + taken, free: table.free - taken });
    rest -= taken;
    next.set(id, { numberOfAssignments: node.numberOfAssignments + 1, memoryMap, cells: numaAffinity });
  }
  return next;
}

/** The machine with a block given back. */
export function withoutBlock(machine: MachineMemory, { numaAffinity, type, size }: MemoryBlock): MachineMemory {
  const next = new Map(machine);
  let rest = size;
  for (const id of numaAffinity) {
    const node = next.get(id)!;
    const memoryMap = new Map(node.memoryMap);
    const table = memoryMap.get(type);
    const returned = Math.min(rest, table?.reserved ?? 0);
    if (table) memoryMap.set(type, { ...table, reserved: table.reserved - returned, free: table.free + returned });
    rest -= returned;
    const numberOfAssignments = node.numberOfAssignments - 1;
    next.set(id, { numberOfAssignments, memoryMap, cells: numberOfAssignments === 0 ? [id] : node.cells });
  }
  return next;
}

/** Throws, as upstream words it, when what is known of a machine is not what it would be with these assignments. */
export function checkMachine(empty: MachineMemory, known: MachineMemory, assignments: MemoryAssignments): void {
  let expected = empty;
  for (const [uid, containers] of assignments)
    for (const [name, blocks] of containers)
      for (const block of blocks) {
        for (const id of block.numaAffinity) {
          const where = `[memorymanager] (pod: ${uid}, container: ${name})`;
          if (!empty.has(id)) throw new Error(`${where} the memory assignment uses the NUMA that does not exist`);
          if (!empty.get(id)!.memoryMap.has(block.type)) throw new Error(`${where} the memory assignment uses memory resource that does not exist`);
        }
        expected = withBlock(expected, block, block.size);
      }
  if (!isSameMachine(known, expected)) throw new Error('[memorymanager] the expected machine state is different from the real one');
}

/** Free and reserved bytes are compared over nodes that are used together: how they lie within such a group depends on what came first. */
function isSameMachine(known: MachineMemory, expected: MachineMemory): boolean {
  if (known.size !== expected.size) return false;
  return [...known].every(([id, node]) => {
    const other = expected.get(id);
    if (!other || node.numberOfAssignments !== other.numberOfAssignments || !isSameGroup(node.cells, other.cells)) return false;
    if (node.memoryMap.size !== other.memoryMap.size) return false;
    return [...node.memoryMap].every(([type, table]) => {
      const its = other.memoryMap.get(type);
      if (!its || table.total !== its.total || table.systemReserved !== its.systemReserved || table.allocatable !== its.allocatable) return false;
      const sum = (machine: MachineMemory, field: 'free' | 'reserved'): number =>
        node.cells.reduce((total, cell) => total + (machine.get(cell)?.memoryMap.get(type)?.[field] ?? 0), 0);
      return sum(known, 'free') === sum(expected, 'free') && sum(known, 'reserved') === sum(expected, 'reserved');
    });
  });
}

/** Whether two lists name the same nodes. */
export const isSameGroup = (left: readonly number[], right: readonly number[]): boolean => {
  const [leftSet, rightSet] = [new Set(left), new Set(right)];
  return leftSet.size === rightSet.size && leftSet.isSubsetOf(rightSet);
};
