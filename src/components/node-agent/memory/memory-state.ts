import { goChecksum, goMapText } from '../topology/go-checksum.ts';
import type { StateFormat } from '../topology/state-file.ts';

/** Of one resource on one NUMA node, in bytes. */
export interface MemoryTable {
  readonly total: number;
  readonly systemReserved: number;
  readonly allocatable: number;
  readonly reserved: number;
  readonly free: number;
}

export interface NumaNodeMemory {
  /** How many blocks lie on the node; memory and huge pages of a container count each. */
  readonly numberOfAssignments: number;
  /** By resource: `memory`, `hugepages-2Mi`. */
  readonly memoryMap: ReadonlyMap<string, MemoryTable>;
  /** The nodes that containers use together with this one, itself included. */
  readonly cells: readonly number[];
}

/** What one container has of one resource. */
export interface MemoryBlock {
  readonly numaAffinity: readonly number[];
  readonly type: string;
  readonly size: number;
}

export type MachineMemory = ReadonlyMap<number, NumaNodeMemory>;
/** By pod uid and container name. */
export type MemoryAssignments = ReadonlyMap<string, ReadonlyMap<string, readonly MemoryBlock[]>>;

export interface MemoryState {
  readonly policyName: string;
  readonly machine: MachineMemory;
  readonly assignments: MemoryAssignments;
}

type Table<T> = Readonly<Record<string, T>>;

interface Checkpoint {
  readonly policyName: string;
  readonly machineState: Table<Omit<NumaNodeMemory, 'memoryMap'> & { readonly memoryMap: Table<MemoryTable> }>;
  readonly entries?: Table<Table<readonly MemoryBlock[]>>;
  readonly checksum: number;
}

const tableOf = <Key extends string | number, Value, Written>(map: ReadonlyMap<Key, Value>, write: (value: Value) => Written): Table<Written> =>
  Object.fromEntries(Array.from(map, ([key, value]) => [key, write(value)]));
const mapOf = <Written, Value>(table: Table<Written>, read: (written: Written) => Value): Map<string, Value> =>
  new Map(Object.entries(table).map(([key, written]) => [key, read(written)]));

/** `memory_manager_state` as the kubelet writes it, checksum included. */
export const memoryStateFormat: StateFormat<MemoryState> = {
  toText({ policyName, machine, assignments }) {
    const content = {
      policyName,
      machineState: tableOf(machine, ({ memoryMap, ...node }) => ({ ...node, memoryMap: tableOf(memoryMap, (table) => table) })),
      ...(assignments.size > 0 ? { entries: tableOf(assignments, (containers) => tableOf(containers, (blocks) => blocks)) } : {}),
    };
    return JSON.stringify({ ...content, checksum: checksumOf(content) });
  },
  fromText(text) {
    const { checksum, ...content } = JSON.parse(text) as Checkpoint;
    if (checksumOf(content) !== checksum) throw new Error('checkpoint is corrupted');
    const nodes = mapOf(content.machineState, ({ memoryMap, ...node }) => ({ ...node, memoryMap: mapOf(memoryMap, (table) => table) }));
    return {
      policyName: content.policyName,
      machine: new Map(Array.from(nodes, ([id, node]) => [Number(id), node])),
      assignments: mapOf(content.entries ?? {}, (containers) => mapOf(containers, (blocks) => blocks)),
    };
  },
};

function checksumOf({ policyName, machineState, entries = {} }: Omit<Checkpoint, 'checksum'>): number {
  const nodes = Object.entries(machineState).sort(([left], [right]) => Number(left) - Number(right));
  const machineText = `map[${nodes.map(([id, node]) => `${id}:${nodeText(node)}`).join(' ')}]`;
  const entriesText = goMapText(Object.entries(entries), (containers) =>
    goMapText(Object.entries(containers), (blocks) => `[${blocks.map(blockText).join(' ')}]`),
  );
  const fields = `PolicyName:(string)${policyName} MachineState:(state.NUMANodeMap)${machineText} Entries:(state.ContainerMemoryAssignments)${entriesText}`;
  return goChecksum(`(*state.MemoryManagerCheckpoint){${fields} Checksum:(checksum.Checksum)0}`);
}

function nodeText({ numberOfAssignments, memoryMap, cells }: Checkpoint['machineState'][string]): string {
  const tables = `(map[v1.ResourceName]*state.MemoryTable)${goMapText(Object.entries(memoryMap), tableText)}`;
  return `<*>{NumberOfAssignments:(int)${numberOfAssignments} MemoryMap:${tables} Cells:([]int)[${cells.join(' ')}]}`;
}

const tableText = ({ total, systemReserved, allocatable, reserved, free }: MemoryTable): string =>
  `<*>{TotalMemSize:(uint64)${total} SystemReserved:(uint64)${systemReserved} Allocatable:(uint64)${allocatable} Reserved:(uint64)${reserved} Free:(uint64)${free}}`;

const blockText = ({ numaAffinity, type, size }: MemoryBlock): string =>
  `{NUMAAffinity:([]int)[${numaAffinity.join(' ')}] Type:(v1.ResourceName)${type} Size:(uint64)${size}}`;
