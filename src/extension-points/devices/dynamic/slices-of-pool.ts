import type { Device, DeviceTaint, ResourceSliceSpec } from '../../../api/generated/resource-v1.ts';
import type { DevicePool } from './contract.ts';

/** What a slice may hold (upstream's limits): fewer devices when any of them has taints or uses up counters. */
const maximumDevices = 128;
const maximumAdvancedDevices = 64;
const maximumCounterSets = 8;

/** What of a slice the driver says; the rest is the publisher's. */
export type SliceContent = Pick<ResourceSliceSpec, 'devices' | 'sharedCounters'>;

/** A pool cut into slices: counters first, since a slice has either. A pool without devices is one empty slice, which says that the driver is there. */
export function slicesOfPool({ devices, sharedCounters = [] }: DevicePool): readonly SliceContent[] {
  const isAdvanced = devices.some(({ taints = [], consumesCounters = [] }) => taints.length > 0 || consumesCounters.length > 0);
  const slices: SliceContent[] = [
    ...chunks(sharedCounters, maximumCounterSets).map((part) => ({ sharedCounters: [...part] })),
    ...chunks(devices, isAdvanced ? maximumAdvancedDevices : maximumDevices).map((part) => ({ devices: [...part] })),
  ];
  return slices.length > 0 ? slices : [{ devices: [] }];
}

function chunks<T>(list: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));
}

/** The devices with the times at which the server first saw their taints. */
export function withTaintTimes(devices: readonly Device[], published: readonly Device[] = []): Device[] {
  const known = new Map(published.map((device) => [device.name, device.taints ?? []]));
  const timeOf = (name: string, taint: DeviceTaint): string | undefined =>
    known.get(name)?.find(({ key, value = '', effect }) => key === taint.key && value === (taint.value ?? '') && effect === taint.effect)?.timeAdded;
  return devices.map((device) => {
    if (!device.taints) return device;
    const taints = device.taints.map((taint) => {
      const timeAdded = taint.timeAdded ?? timeOf(device.name, taint);
      return timeAdded === undefined ? taint : { ...taint, timeAdded };
    });
    return { ...device, taints };
  });
}
