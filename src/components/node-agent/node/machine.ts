import { readdirSync, readFileSync, statfsSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import type { NodeSystemInfo, ResourceList } from '../../../api/generated/core-v1.ts';
import type { RuntimeVersion } from '../../../extension-points/runtime/contract.ts';
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
}

export function readMachine(directory: string): Machine {
  const { blocks, bsize } = statfsSync(directory);
  return { cpuCount: cpus().length, memoryBytes: memoryTotal(), diskBytes: blocks * bsize, hugePages: readHugePages() };
}

function memoryTotal(): number {
  const kibibytes = /^MemTotal:\s+(\d+) kB$/m.exec(readOr('/proc/meminfo', ''))?.[1];
  return kibibytes ? Number(kibibytes) * 1024 : totalmem();
}

/** `/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages` */
export function readHugePages(root = '/sys/kernel/mm/hugepages'): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const name of namesIn(root)) {
    const kibibytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0);
    if (kibibytes === 0) continue;
    const count = Number(readOr(`${root}/${name}/nr_hugepages`, '0').trim()) || 0;
    found.set(`hugepages-${sizeText(kibibytes * 1024)}`, count * kibibytes * 1024);
  }
  return found;
}

/** `2Mi`, `1Gi`: the shortest exact form. */
function sizeText(bytes: number): string {
  for (const [unit, size] of [
    ['Gi', 1024 ** 3],
    ['Mi', 1024 ** 2],
    ['Ki', 1024],
  ] as const)
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  return String(bytes);
}

const evictionMemoryBytes = 100 * 1024 ** 2;

/** Capacity and what of it pods may use: memory less the eviction threshold and all huge pages, disk less a tenth (upstream's defaults). */
export function machineResources(machine: Machine, maximumPods: number): { capacity: ResourceList; allocatable: ResourceList } {
  const kibibytes = (bytes: number): string => `${Math.floor(bytes / 1024)}Ki`;
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

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
