import { readFileSync, statfsSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { NodeSystemInfo, ResourceList } from '../../../api/generated/core-v1.ts';
import { canonicalQuantity } from '../../../api/quantity.ts';
import type { RuntimeVersion } from '../../../extension-points/runtime/contract.ts';
import { type HugePages, readHugePages, readNumaHugePages, sizeText } from './huge-pages.ts';
import { kubeletVersion } from './version.ts';

const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ia32: '386',
  ppc64: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
};

/** As Go and node labels name it: `amd64`. */
export const machineArchitecture = (): string => architectures[arch()] ?? arch();

/** What a machine has. Read once, when the agent starts, as upstream does. */
export interface Machine {
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** By resource name: `hugepages-2Mi` to bytes. */
  readonly hugePages: ReadonlyMap<string, number>;
  /** The pages of each NUMA node by its number; empty on machines that show no NUMA nodes. */
  readonly numaHugePages: ReadonlyMap<number, readonly HugePages[]>;
}

/** Reads the machine. `directory` is where pods keep their files; `root` the folder that holds `proc` and `sys`. */
export function readMachine(directory: string, root = '/'): Machine {
  const { blocks, bsize } = statfsSync(directory);
  return {
    cpuCount: cpus().length,
    memoryBytes: memoryTotal(root),
    diskBytes: blocks * bsize,
    hugePages: new Map(readHugePages(root).map(({ resource, pageBytes, count }) => [resource, pageBytes * count])),
    numaHugePages: readNumaHugePages(root),
  };
}

function memoryTotal(root: string): number {
  const kibibytes = /^MemTotal:\s+(\d+) kB$/m.exec(readOr(join(root, 'proc/meminfo'), ''))?.[1];
  return kibibytes ? Number(kibibytes) * 1024 : totalmem();
}

const evictionMemoryBytes = 100 * 1024 ** 2;

/** Capacity and what of it pods may use: memory less the eviction threshold and all huge pages, disk less a tenth (upstream's defaults). */
export function machineResources(machine: Machine, maximumPods: number): { capacity: ResourceList; allocatable: ResourceList } {
  // In the API's own form of amounts: what is written is what is read back.
  const kibibytes = (bytes: number): string => canonicalQuantity(`${Math.floor(bytes / 1024)}Ki`);
  const hugePages = Object.fromEntries([...machine.hugePages].map(([name, bytes]) => [name, bytes === 0 ? '0' : sizeText(bytes)]));
  const hugePageBytes = [...machine.hugePages.values()].reduce((sum, bytes) => sum + bytes, 0);
  const shared = { cpu: String(machine.cpuCount), ...hugePages, pods: String(maximumPods) };
  return {
    capacity: { ...shared, memory: kibibytes(machine.memoryBytes), 'ephemeral-storage': kibibytes(machine.diskBytes) },
    allocatable: {
      ...shared,
      memory: kibibytes(Math.max(0, machine.memoryBytes - evictionMemoryBytes - hugePageBytes)),
      'ephemeral-storage': String(Math.floor(machine.diskBytes * 0.9)),
    },
  };
}

/** `status.nodeInfo` of this machine. */
export function systemInfo(runtime: RuntimeVersion): NodeSystemInfo {
  return {
    machineID: readOr('/etc/machine-id', '').trim(),
    systemUUID: readOr('/sys/class/dmi/id/product_uuid', readOr('/etc/machine-id', '')).trim(),
    bootID: readOr('/proc/sys/kernel/random/boot_id', '').trim(),
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?(.*?)"?$/m.exec(readOr('/etc/os-release', ''))?.[1] ?? 'Linux',
    containerRuntimeVersion: `${runtime.name}://${runtime.version}`,
    kubeletVersion,
    kubeProxyVersion: '',
    operatingSystem: 'linux',
    architecture: machineArchitecture(),
  };
}

/** The same for a machine that does not exist. */
export function simulatedSystemInfo(nodeName: string, runtime: RuntimeVersion): NodeSystemInfo {
  return {
    machineID: nodeName,
    systemUUID: nodeName,
    bootID: nodeName,
    kernelVersion: 'simulated',
    osImage: 'wherry simulated node',
    containerRuntimeVersion: `${runtime.name}://${runtime.version}`,
    kubeletVersion,
    kubeProxyVersion: '',
    operatingSystem: 'linux',
    architecture: machineArchitecture(),
  };
}

export function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise; // not on this machine, or not for us
  }
}
