import type { ContainerAllocation, Device, DevicePlugin, PreferredAllocationRequest } from '../../../extension-points/devices/contract.ts';
import type { DeviceFaults } from '../../../extension-points/devices/fault-file.ts';
import { vendorEnvironment, vendorNodes } from './vendors.ts';

export interface FakeGpuOptions {
  /** What pods ask for. Default `example.com/gpu`. */
  readonly resourceName?: string;
  /** How many there are at first; 4,096 at most. Default 1. */
  readonly count?: number;
  /** What each is said to have, as a container reads it from `FAKE_GPU_MEMORY`: `16Gi`. */
  readonly memory?: string;
  /** How many NUMA nodes they are spread over, evenly and in order. Default 0: they are near to none. */
  readonly numaNodes?: number;
  /** Which steps fail from the start. */
  readonly faults?: FakeGpuFaults;
}

/** What can be made to fail; `list` ends the list, as a plugin does that crashes. */
export const fakeGpuSteps = ['allocate', 'preferredAllocation', 'preStartContainer', 'list'] as const;
export type FakeGpuFaults = DeviceFaults<(typeof fakeGpuSteps)[number]>;

/** GPUs that are not there. Containers get device nodes backed by /dev/null, those of the vendor whose resource name it is too, and the vendor's variables. */
export interface FakeGpu extends Required<DevicePlugin> {
  /** Breaks or mends: what is not named works. Takes effect at once. */
  setFaults(faults: FakeGpuFaults): void;
  /** Adds or takes away devices. */
  setCount(count: number): void;
  /** How often each step was asked for. */
  readonly calls: Readonly<Record<'allocate' | 'preferredAllocation' | 'preStartContainer', number>>;
}

const maximumCount = 4_096;

/** Makes a fake GPU plugin. Throws when the count is not between 0 and 4,096. */
export function createFakeGpu(options: FakeGpuOptions = {}): FakeGpu {
  const { resourceName = 'example.com/gpu', memory, numaNodes = 0 } = options;
  let count = checkedCount(options.count ?? 1);
  let faults = options.faults ?? {};
  const listeners = new Set<() => void>();
  const calls = { allocate: 0, preferredAllocation: 0, preStartContainer: 0 };
  const changed = (): void => listeners.forEach((listener) => listener());

  const list = (): readonly Device[] =>
    Array.from({ length: count }, (_, index) => ({
      id: idOf(index),
      health: faults.unhealthy?.includes(idOf(index)) ? 'Unhealthy' : 'Healthy',
      numaNodes: numaNodes > 0 ? [Math.floor((index * numaNodes) / count)] : [],
    }));
  const failWith = (message: string | undefined): void => {
    if (message !== undefined) throw new Error(message);
  };

  return {
    resourceName,
    calls,
    setFaults(next) {
      faults = next;
      changed();
    },
    setCount(next) {
      count = checkedCount(next);
      changed();
    },
    async *devices(signal) {
      let due = Promise.withResolvers<void>();
      const wake = (): void => due.resolve();
      listeners.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      try {
        while (!signal.aborted) {
          failWith(faults.list);
          due = Promise.withResolvers<void>();
          yield list();
          if (!signal.aborted) await due.promise;
        }
      } finally {
        listeners.delete(wake);
        signal.removeEventListener('abort', wake);
      }
    },
    async allocate(deviceIds) {
      calls.allocate++;
      failWith(faults.allocate);
      for (const id of deviceIds) if (indexOf(id) >= count) throw new Error(`invalid allocation request with non-existing device ${id}`);
      return allocation(resourceName, deviceIds, memory);
    },
    async preferredAllocation(request) {
      calls.preferredAllocation++;
      failWith(faults.preferredAllocation);
      return closest(request, list());
    },
    async preStartContainer() {
      calls.preStartContainer++;
      failWith(faults.preStartContainer);
    },
  };
}

const idOf = (index: number): string => `gpu-${index}`;
const indexOf = (id: string): number => (/^gpu-\d+$/.test(id) ? Number(id.slice('gpu-'.length)) : Number.POSITIVE_INFINITY);

function checkedCount(count: number): number {
  if (!Number.isInteger(count) || count < 0 || count > maximumCount) throw new Error(`${count} fake GPUs: there can be 0 to ${maximumCount}`);
  return count;
}

function allocation(resourceName: string, deviceIds: readonly string[], memory: string | undefined): ContainerAllocation {
  return {
    environment: {
      FAKE_GPU_DEVICES: deviceIds.join(','),
      ...(memory === undefined ? {} : { FAKE_GPU_MEMORY: memory }),
      ...vendorEnvironment(resourceName, deviceIds),
    },
    devices: [...deviceIds.map((id) => `/dev/fake-${id}`), ...vendorNodes(resourceName, deviceIds)].map((path) => ({
      containerPath: path,
      hostPath: '/dev/null',
      permissions: 'rw',
    })),
    mounts: [],
    annotations: {},
    cdiDevices: [],
  };
}

/** Fills up the NUMA node of what must be included, then the emptiest others: devices of one container stay together. */
function closest({ availableIds, mustIncludeIds, size }: PreferredAllocationRequest, devices: readonly Device[]): readonly string[] {
  const nodeOf = new Map(devices.map(({ id, numaNodes }) => [id, numaNodes[0] ?? -1]));
  const near = new Set(mustIncludeIds.map((id) => nodeOf.get(id)));
  const free = availableIds.filter((id) => !mustIncludeIds.includes(id));
  const freeOf = Map.groupBy(free, (id) => nodeOf.get(id));
  const rank = (id: string): number => {
    const node = nodeOf.get(id);
    if (near.has(node)) return -1;
    // The smallest group that is enough leaves the large ones whole.
    const room = freeOf.get(node)!.length;
    return room >= size ? room : maximumCount * 2 - room;
  };
  const order = (left: string, right: string): number =>
    rank(left) - rank(right) || (nodeOf.get(left) ?? 0) - (nodeOf.get(right) ?? 0) || indexOf(left) - indexOf(right);
  return [...mustIncludeIds, ...free.sort(order)].slice(0, size);
}
