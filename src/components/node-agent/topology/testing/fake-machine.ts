import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cpuListText } from '../../cpus/cpu-list.ts';
import type { Cpu, MachineTopology } from '../machine-topology.ts';

/** A machine whose sockets, NUMA nodes, cores and threads are all alike. CPU ids go over all cores first, then over their second threads, as Linux counts. */
export interface MachineShape {
  readonly sockets?: number;
  readonly numaNodesPerSocket?: number;
  readonly coresPerNumaNode: number;
  readonly threadsPerCore?: number;
  /** Cores that share a third-level cache. Default: all of a NUMA node. */
  readonly coresPerCache?: number;
  readonly memoryPerNumaNode?: number;
  /** Bytes by resource, on each node. */
  readonly hugePages?: ReadonlyMap<string, number>;
}

const gibibyte = 1024 ** 3;

export function machineOf(shape: MachineShape): MachineTopology {
  const { sockets = 1, numaNodesPerSocket = 1, coresPerNumaNode, threadsPerCore = 1, memoryPerNumaNode = 8 * gibibyte, hugePages = new Map() } = shape;
  const nodes = sockets * numaNodesPerSocket;
  const cores = nodes * coresPerNumaNode;
  const perCache = shape.coresPerCache ?? coresPerNumaNode;
  const cpus = Array.from({ length: cores * threadsPerCore }, (_, id): Cpu => {
    const coreId = id % cores;
    const numaNodeId = Math.floor(coreId / coresPerNumaNode);
    const socketId = Math.floor(numaNodeId / numaNodesPerSocket);
    const uncoreCacheId = perCache === coresPerNumaNode ? socketId : Math.floor(coreId / perCache);
    return { id, coreId, socketId, numaNodeId, uncoreCacheId };
  });
  const distances = (from: number): number[] => Array.from({ length: nodes }, (_, to) => (from === to ? 10 : 20));
  const numaNodes = Array.from({ length: nodes }, (_, id) => ({ id, memoryBytes: memoryPerNumaNode, hugePages, distances: distances(id) }));
  return { cpus, numaNodes };
}

/** The same as files under a folder of its own, as Linux shows them; disposing removes it. */
export function writeMachine(shape: MachineShape): Disposable & { readonly root: string } {
  const { cpus, numaNodes } = machineOf(shape);
  const root = mkdtempSync(join(tmpdir(), 'wherry-machine-'));
  const write = (path: string, text: string): void => {
    const file = join(root, 'sys/devices/system', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
  };
  write('cpu/online', cpuListText(cpus.map(({ id }) => id)));
  for (const { id, coreId, socketId, numaNodeId, uncoreCacheId } of cpus) {
    write(`cpu/cpu${id}/topology/core_id`, String(coreId));
    write(`cpu/cpu${id}/topology/physical_package_id`, String(socketId));
    write(`cpu/cpu${id}/cache/index3/level`, '3');
    write(`cpu/cpu${id}/cache/index3/id`, String(uncoreCacheId));
    const sharing = cpus.filter((cpu) => cpu.numaNodeId === numaNodeId && cpu.uncoreCacheId === uncoreCacheId);
    write(`cpu/cpu${id}/cache/index3/shared_cpu_list`, cpuListText(sharing.map((cpu) => cpu.id)));
    write(`node/node${numaNodeId}/cpu${id}/online`, '1');
  }
  for (const { id, memoryBytes, hugePages, distances } of numaNodes) {
    write(`node/node${id}/meminfo`, `Node ${id} MemTotal:       ${memoryBytes / 1024} kB`);
    write(`node/node${id}/distance`, distances.join(' '));
    for (const [resource, bytes] of hugePages) {
      const kibibytes = resource === 'hugepages-1Gi' ? 1024 ** 2 : 2048;
      write(`node/node${id}/hugepages/hugepages-${kibibytes}kB/nr_hugepages`, String(bytes / 1024 / kibibytes));
    }
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}
