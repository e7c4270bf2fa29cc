import { createHash } from 'node:crypto';
import type { Device } from '../../../api/generated/resource-v1.ts';
import {
  type ContainerEdits,
  readCdiSpecifications,
  removeCdiSpecification,
  writeCdiSpecification,
} from '../../../extension-points/devices/dynamic/cdi-specification.ts';
import type { AllocatedClaim, AllocatedDevice, DeviceHealth, DevicePool, DynamicDeviceDriver } from '../../../extension-points/devices/dynamic/contract.ts';
import type { DeviceFaults } from '../../../extension-points/devices/fault-file.ts';

export interface FakeDraGpuOptions {
  /** What claims and slices call the driver. Default `gpu.example.com`. */
  readonly driver?: string;
  /** The node, after which the pool is named. */
  readonly nodeName: string;
  /** Where specifications of CDI devices are written. */
  readonly cdiDirectory: string;
  /** How many there are at first; 1,024 at most. Default 1. */
  readonly count?: number;
  /** What each has: a quantity. Default `16Gi`. */
  readonly memory?: string;
  /** What each is. Default `fake`. */
  readonly model?: string;
  /** How many NUMA nodes they are spread over, evenly and in order. Default 1. */
  readonly numaNodes?: number;
}

/** What can be made to fail. */
export const fakeDraGpuSteps = ['prepare', 'unprepare'] as const;
export type FakeDraGpuFaults = DeviceFaults<(typeof fakeDraGpuSteps)[number]>;

/**
 * GPUs that are not there, for ResourceClaims. Containers get a device node `/dev/fake-gpu-<n>` backed by /dev/null and the variables `GPU_DEVICE_<n>`,
 * `GPU_DEVICE_<n>_UUID` and `GPU_DEVICE_<n>_MEMORY`. What is prepared is kept in the specifications alone, so that the driver may be restarted at any time.
 */
export interface FakeDraGpu extends Required<DynamicDeviceDriver> {
  /** Breaks or mends: what is not named works. Takes effect at once. */
  setFaults(faults: FakeDraGpuFaults): void;
  /** Adds or takes away devices. */
  setCount(count: number): void;
}

const maximumCount = 1_024;

/** Throws when the count is not between 0 and 1,024. */
export function createFakeDraGpu(options: FakeDraGpuOptions): FakeDraGpu {
  const { driver: name = 'gpu.example.com', nodeName, cdiDirectory: directory, memory = '16Gi', model = 'fake', numaNodes = 1 } = options;
  const kind = `${name}/gpu`;
  const seed = `${name}/${nodeName}`;
  let count = checkedCount(options.count ?? 1);
  let faults: FakeDraGpuFaults = {};
  const listeners = new Set<() => void>();
  const changed = (): void => listeners.forEach((listener) => listener());

  const pool = (): DevicePool => ({ name: nodeName, devices: Array.from({ length: count }, (_, index) => deviceOf(index)) });
  const deviceOf = (index: number): Device => ({
    name: nameOf(index),
    attributes: {
      index: { int: index },
      uuid: { string: uuidOf(seed, index) },
      model: { string: model },
      numa: { int: Math.floor((index * numaNodes) / count) },
      driverVersion: { version: '1.0.0' },
    },
    capacity: { memory: { value: memory } },
  });
  const editsOf = (index: number): ContainerEdits => ({
    environment: {
      [`GPU_DEVICE_${index}`]: nameOf(index),
      [`GPU_DEVICE_${index}_UUID`]: uuidOf(seed, index),
      [`GPU_DEVICE_${index}_MEMORY`]: memory,
    },
    deviceNodes: [{ path: `/dev/fake-${nameOf(index)}`, hostPath: '/dev/null', permissions: 'rw' }],
  });

  return {
    name,
    setFaults(next) {
      faults = next;
      changed();
    },
    setCount(next) {
      count = checkedCount(next);
      changed();
    },
    pools: (signal) => following(listeners, signal, () => [pool()]),
    health: (signal) =>
      following(listeners, signal, () =>
        pool().devices.map(({ name: device }): DeviceHealth => {
          const isBroken = faults.unhealthy?.includes(device) ?? false;
          return { pool: nodeName, device, health: isBroken ? 'Unhealthy' : 'Healthy', ...(isBroken ? { message: `${device} is broken on command` } : {}) };
        }),
      ),
    async prepare(claim) {
      if (faults.prepare !== undefined) throw new Error(faults.prepare);
      await refuseTaken(claim, { directory, kind });
      const wanted = claim.devices.map((device) => ({ ...device, index: indexOf(device, count), cdi: cdiName(claim.uid, device) }));
      const edits = Object.fromEntries(wanted.map(({ cdi, index }) => [cdi, editsOf(index)]));
      await writeCdiSpecification({ directory, kind, key: claim.uid }, edits);
      return wanted.map(({ request, pool: from, device, shareId, cdi }) => ({
        requests: [request],
        pool: from,
        device,
        cdiDevices: [`${kind}=${cdi}`],
        ...(shareId ? { shareId } : {}),
      }));
    },
    async unprepare({ uid }) {
      if (faults.unprepare !== undefined) throw new Error(faults.unprepare);
      await removeCdiSpecification({ directory, kind, key: uid });
    },
  };
}

const nameOf = (index: number): string => `gpu-${index}`;
/** Of the claim alone, since runtimes remember what a name stood for. Who only looks at a device does not take it. */
const cdiName = (uid: string, { device, isAdminAccess }: Pick<AllocatedDevice, 'device' | 'isAdminAccess'>): string =>
  `${uid}-${isAdminAccess ? 'admin-' : ''}${device}`;

function indexOf({ device }: AllocatedDevice, count: number): number {
  const index = /^gpu-\d+$/.test(device) ? Number(device.slice('gpu-'.length)) : Number.POSITIVE_INFINITY;
  if (index >= count) throw new Error(`requested device is not allocatable: ${device}`);
  return index;
}

/** The last line of defence: a device that is prepared for a claim is not given to another, unless that one only looks at it. */
async function refuseTaken(claim: AllocatedClaim, where: { readonly directory: string; readonly kind: string }): Promise<void> {
  const wanted = claim.devices.filter(({ isAdminAccess }) => !isAdminAccess).map(({ device }) => device);
  for (const [uid, names] of await readCdiSpecifications(where)) {
    const taken = uid === claim.uid ? undefined : wanted.find((device) => names.includes(cdiName(uid, { device, isAdminAccess: false })));
    if (taken) throw new Error(`device ${taken} is prepared for claim ${uid}`);
  }
}

function checkedCount(count: number): number {
  if (!Number.isInteger(count) || count < 0 || count > maximumCount) throw new Error(`${count} fake GPUs: there can be 0 to ${maximumCount}`);
  return count;
}

/** The same for the same GPU of the same node, whenever it is asked. */
function uuidOf(seed: string, index: number): string {
  const digits = createHash('sha256').update(`${seed}/${index}`).digest('hex');
  return `gpu-${[digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20, 32)].join('-')}`;
}

/** What holds now, and again whenever something changes. */
async function* following<T>(listeners: Set<() => void>, signal: AbortSignal, now: () => T): AsyncIterable<T> {
  let due = Promise.withResolvers<void>();
  const wake = (): void => due.resolve();
  listeners.add(wake);
  signal.addEventListener('abort', wake, { once: true });
  try {
    while (!signal.aborted) {
      due = Promise.withResolvers<void>();
      yield now();
      if (!signal.aborted) await due.promise;
    }
  } finally {
    listeners.delete(wake);
    signal.removeEventListener('abort', wake);
  }
}
