import type { DeviceNode, DevicePlugin } from '../../../extension-points/devices/contract.ts';
import { nothingAllocated } from '../../../extension-points/devices/contract.ts';
import { followDevices } from '../../../extension-points/devices/hardware/follow-devices.ts';
import { nearDevices } from '../../../extension-points/devices/hardware/near-devices.ts';
import { type RootFiles, rootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { type AmdGpu, readAmdGpus, resourcesOf } from './amd-gpus.ts';
import type { AmdConfiguration } from './configuration.ts';

export interface AmdOptions {
  readonly configuration: AmdConfiguration;
  /** The machine: `/`, or a folder in which tests have put one. */
  readonly root?: string;
  readonly clock: Clock;
}

/** One plugin for each resource that this machine's AMD GPUs make. Which there are is looked at once, which devices they have all the time. Rejects when there is no GPU that computes. */
export async function createAmd({ configuration, root = '/', clock }: AmdOptions): Promise<readonly DevicePlugin[]> {
  const files = rootFiles(root);
  const gpus = await readAmdGpus(files, root);
  if (gpus.length === 0) throw new Error('no AMD GPU is there: /sys/module/amdgpu and /sys/class/kfd show none; install the driver (amdgpu with ROCm)');
  const machine: Machine = { files, root, known: new Map() };
  return [...resourcesOf(gpus, configuration)].map(([resourceName, own]) => amdPlugin(resourceName, own, machine, clock));
}

interface Machine {
  readonly files: RootFiles;
  readonly root: string;
  /** All that were there once, as last seen. */
  readonly known: Map<string, AmdGpu>;
}

/** Of which all GPUs of a machine have one. */
const computeNode = '/dev/kfd';

function amdPlugin(resourceName: string, gpus: readonly AmdGpu[], { files, root, known }: Machine, clock: Clock): DevicePlugin {
  const own = new Set(gpus.map(({ id }) => id));
  for (const gpu of gpus) known.set(gpu.id, gpu);
  const list = async (): Promise<readonly AmdGpu[]> => {
    const now = new Map((await readAmdGpus(files, root)).map((gpu) => [gpu.id, gpu]));
    for (const gpu of now.values()) known.set(gpu.id, gpu);
    return [...own].flatMap((id) => now.get(id) ?? []);
  };
  return {
    resourceName,
    devices: (signal) =>
      followDevices(
        async () => {
          const present = new Map((await list()).map((gpu) => [gpu.id, gpu]));
          return Promise.all(
            [...own].map(async (id) => {
              const gpu = present.get(id);
              const isHealthy = gpu !== undefined && (await areThere(files, [computeNode, ...gpu.nodes]));
              const numaNode = known.get(id)?.numaNode;
              return { id, health: isHealthy ? 'Healthy' : 'Unhealthy', numaNodes: numaNode === undefined ? [] : [numaNode] };
            }),
          );
        },
        { clock, signal },
      ),
    async allocate(deviceIds) {
      const paths = deviceIds.flatMap((id) => {
        const gpu = own.has(id) ? known.get(id) : undefined;
        if (!gpu) throw new Error(`invalid allocation request with non-existing device ${id}`);
        return gpu.nodes;
      });
      const node = (path: string): DeviceNode => ({ containerPath: path, hostPath: files.pathOf(path), permissions: 'rw' });
      return { ...nothingAllocated, devices: [computeNode, ...paths].map(node) };
    },
    async preferredAllocation(request) {
      return nearDevices(request, (left, right) => nearness(known.get(left), known.get(right)));
    },
  };
}

/** Partitions of one GPU share its memory; GPUs of one hive have links of their own; then comes the NUMA node. */
function nearness(left: AmdGpu | undefined, right: AmdGpu | undefined): number {
  if (!left || !right) return 0;
  if (left.pciAddress === right.pciAddress) return 100;
  const isLinked = left.hiveId !== '0' && left.hiveId === right.hiveId;
  const isOnOneNode = left.numaNode !== undefined && left.numaNode === right.numaNode;
  return (isLinked ? 10 : 0) + (isOnOneNode ? 1 : 0);
}

async function areThere(files: RootFiles, paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(paths.map((path) => files.exists(path)));
  return !found.includes(false);
}
