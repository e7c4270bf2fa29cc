import { type ContainerAllocation, type Device, type DevicePlugin, nothingAllocated } from '../../../extension-points/devices/contract.ts';
import { followDevices } from '../../../extension-points/devices/hardware/follow-devices.ts';
import { type RootFiles, rootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { IntelConfiguration } from './configuration.ts';
import { type IntelDriver, type IntelGpu, intelDrivers, linkMount, readIntelGpus } from './intel-gpus.ts';
import { preferredShares } from './preferred-shares.ts';

export interface IntelOptions {
  readonly configuration: IntelConfiguration;
  /** The machine: `/`, or a folder in which tests have put one. */
  readonly root?: string;
  readonly clock: Clock;
}

/**
 * One plugin for each driver that has GPUs on this machine, and one to monitor them where that is wished. Which drivers there are is looked at once, which devices they
 * have all the time. Rejects when there is no GPU.
 */
export async function createIntel({ configuration, root = '/', clock }: IntelOptions): Promise<readonly DevicePlugin[]> {
  const files = rootFiles(root);
  const gpus = await readIntelGpus(files, configuration);
  if (gpus.length === 0) throw new Error('no Intel GPU is there: /sys/class/drm shows none that the drivers i915 or xe have and the configuration allows');
  return intelDrivers
    .filter((driver) => gpus.some((gpu) => gpu.driver === driver))
    .flatMap((driver) => {
      const machine: Machine = { files, driver, configuration, clock };
      return configuration.enableMonitoring ? [sharesPlugin(machine), monitoringPlugin(machine)] : [sharesPlugin(machine)];
    });
}

interface Machine {
  readonly files: RootFiles;
  readonly driver: IntelDriver;
  readonly configuration: IntelConfiguration;
  readonly clock: Clock;
}

/** Every GPU as often as it may be shared: `card0-0`, `card0-1`. A GPU that is not there any more is no longer listed. */
function sharesPlugin(machine: Machine): DevicePlugin {
  const { driver, configuration, clock } = machine;
  return {
    resourceName: `gpu.intel.com/${driver}`,
    devices: (signal) => followDevices(async () => (await gpusOf(machine)).flatMap((gpu) => sharesOf(gpu, configuration.sharedDevNum)), { clock, signal }),
    async allocate(deviceIds) {
      const gpus = await gpusOf(machine);
      const wanted = deviceIds.map((id) => {
        const gpu = gpus.find((candidate) => sharesOf(candidate, configuration.sharedDevNum).some((share) => share.id === id));
        return gpu ?? unknownDevice(id);
      });
      return access(machine.files, [...new Set(wanted)]);
    },
    preferredAllocation: async (request) => preferredShares(request, configuration.preferredAllocationPolicy),
  };
}

/** One device that stands for all GPUs of a driver. */
function monitoringPlugin(machine: Machine): DevicePlugin {
  return {
    resourceName: `gpu.intel.com/${machine.driver}_monitoring`,
    devices: (signal) =>
      followDevices(async () => ((await gpusOf(machine)).length > 0 ? [{ id: monitoringId, health: 'Healthy', numaNodes: [] }] : []), {
        clock: machine.clock,
        signal,
      }),
    async allocate(deviceIds) {
      for (const id of deviceIds) if (id !== monitoringId) unknownDevice(id);
      return { ...access(machine.files, await gpusOf(machine)), mounts: [] };
    },
  };
}

const monitoringId = 'all';

const gpusOf = async ({ files, driver, configuration }: Machine): Promise<readonly IntelGpu[]> =>
  (await readIntelGpus(files, configuration)).filter((gpu) => gpu.driver === driver);

const sharesOf = ({ card, numaNode }: IntelGpu, count: number): readonly Device[] =>
  Array.from({ length: count }, (_, number) => ({ id: `${card}-${number}`, health: 'Healthy', numaNodes: numaNode === undefined ? [] : [numaNode] }));

function access(files: RootFiles, gpus: readonly IntelGpu[]): ContainerAllocation {
  const [nodes, links] = [gpus.flatMap((gpu) => gpu.nodes), new Set(gpus.flatMap((gpu) => gpu.links))];
  return {
    ...nothingAllocated,
    devices: nodes.map((path) => ({ containerPath: path, hostPath: files.pathOf(path), permissions: 'rw' })),
    mounts: [...links].map((path) => linkMount(files, path)),
  };
}

function unknownDevice(id: string): never {
  throw new Error(`Invalid allocation request with non-existing device ${id}`);
}
