import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseCpuList } from '../cpus/cpu-list.ts';
import { type HugePages, readHugePages, readNumaHugePages } from '../node/huge-pages.ts';
import { readOr } from '../node/machine.ts';

/** A logical CPU (a thread of a core) and what it is part of. */
export interface Cpu {
  readonly id: number;
  /** The lowest CPU id of the core: unique on the machine. */
  readonly coreId: number;
  readonly socketId: number;
  readonly numaNodeId: number;
  /** The last-level cache it shares with fewer CPUs than its NUMA node has; the socket where there is none such. */
  readonly uncoreCacheId: number;
}

export interface NumaNode {
  readonly id: number;
  readonly memoryBytes: number;
  /** By resource name, in bytes: `hugepages-2Mi`. */
  readonly hugePages: ReadonlyMap<string, number>;
  /** How far other nodes are, in the order of the kernel's list of them. */
  readonly distances: readonly number[];
}

/** How a machine's CPUs and memory lie to each other. */
export interface MachineTopology {
  readonly cpus: readonly Cpu[];
  readonly numaNodes: readonly NumaNode[];
}

/** Reads the topology from `/sys` (and `/proc/meminfo`) below a root. A machine that shows no NUMA nodes has one, 0, with everything. */
export function readMachineTopology(root = '/'): MachineTopology {
  const system = join(root, 'sys/devices/system');
  const ids = numbersIn(join(system, 'node'), /^node(\d+)$/);
  const online = parseCpuList(readOr(join(system, 'cpu/online'), '').trim());
  const all = numbersIn(join(system, 'cpu'), /^cpu(\d+)$/).filter((id) => online.size === 0 || online.has(id));
  if (ids.length === 0) {
    const memoryBytes = kibibytes(/^MemTotal:\s+(\d+) kB/m, readOr(join(root, 'proc/meminfo'), ''));
    return { cpus: cpusOf(system, all, 0), numaNodes: [{ id: 0, memoryBytes, hugePages: bytesBySize(readHugePages(root)), distances: [10] }] };
  }
  const known = new Set(all);
  const hugePages = readNumaHugePages(root);
  const numaNodes = ids.map((id) => readNode(join(system, 'node', `node${id}`), id, hugePages.get(id) ?? []));
  const cpus = ids.flatMap((id) => {
    const own = numbersIn(join(system, 'node', `node${id}`), /^cpu(\d+)$/).filter((cpu) => known.has(cpu));
    return cpusOf(system, own, id);
  });
  return { cpus, numaNodes };
}

function readNode(directory: string, id: number, hugePages: readonly HugePages[]): NumaNode {
  return {
    id,
    memoryBytes: kibibytes(/MemTotal:\s+(\d+) kB/, readOr(join(directory, 'meminfo'), '')),
    hugePages: bytesBySize(hugePages),
    distances: readOr(join(directory, 'distance'), '').trim().split(/\s+/).filter(Boolean).map(Number),
  };
}

const bytesBySize = (pages: readonly HugePages[]): ReadonlyMap<string, number> =>
  new Map(pages.map(({ resource, pageBytes, count }) => [resource, pageBytes * count]));

interface Place {
  readonly id: number;
  readonly socketId: number;
  readonly core: string;
}

function cpusOf(system: string, ids: readonly number[], numaNodeId: number): Cpu[] {
  const places = ids.map((id): Place => {
    const directory = join(system, 'cpu', `cpu${id}`, 'topology');
    const socketId = Math.max(0, Number(readOr(join(directory, 'physical_package_id'), '0').trim()) || 0);
    return { id, socketId, core: `${socketId}/${readOr(join(directory, 'core_id'), String(id)).trim()}` };
  });
  const cores = Map.groupBy(places, ({ core }) => core);
  return places.map(({ id, socketId, core }) => {
    const coreId = Math.min(...cores.get(core)!.map((thread) => thread.id));
    return { id, coreId, socketId, numaNodeId, uncoreCacheId: uncoreCache(join(system, 'cpu', `cpu${id}`, 'cache'), ids.length) ?? socketId };
  });
}

/** The id of the third-level cache of a CPU, when fewer CPUs share it than are on the node. */
function uncoreCache(directory: string, nodeCpuCount: number): number | undefined {
  for (const index of numbersIn(directory, /^index(\d+)$/)) {
    const read = (name: string): string => readOr(join(directory, `index${index}`, name), '').trim();
    if (Number(read('level')) <= 2) continue;
    const shared = parseCpuList(read('shared_cpu_list')).size;
    if (shared > 0 && shared < nodeCpuCount) return Number(read('id'));
  }
  return undefined;
}

const kibibytes = (pattern: RegExp, text: string): number => Number(pattern.exec(text)?.[1] ?? 0) * 1024;

/** What the names of a folder's entries count, rising; none when there is no such folder. */
function numbersIn(directory: string, pattern: RegExp): number[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return []; // this machine has none
  }
  return names
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((left, right) => left - right);
}
