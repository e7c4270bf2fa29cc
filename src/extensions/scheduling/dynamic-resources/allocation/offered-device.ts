import { compileSelector } from '../../../../api/device-selectors/device-selectors.ts';
import type { DeviceCapacity, ResourceSlice } from '../../../../api/generated/resource-v1.ts';
import { parseQuantity } from '../../../../api/quantity.ts';

/** A device of a slice, read once for all pods and nodes. */
export interface OfferedDevice {
  /** `driver/pool/device`. */
  readonly id: string;
  readonly driver: string;
  readonly pool: string;
  readonly name: string;
  readonly device: Device;
  readonly slice: ResourceSlice;
  /** Claims may share it, each consuming some of its capacity. */
  readonly isShareable: boolean;
  /** What it takes of the counters of its pool, in billionths. */
  readonly counters: readonly CounterUse[];
  /** What pods may consume, by name. */
  readonly capacity: readonly (readonly [name: string, capacity: DeviceCapacity])[];
  /** Whether an expression selects it. Remembered. Throws an `Error` with upstream's text. */
  isSelectedBy(expression: string): boolean;
}

type Device = NonNullable<ResourceSlice['spec']['devices']>[number];

export interface CounterUse {
  readonly set: string;
  readonly counter: string;
  readonly nano: bigint;
}

export const deviceId = (driver: string, pool: string, device: string): string => `${driver}/${pool}/${device}`;

/** Reads the devices of a slice. */
export function devicesOf(slice: ResourceSlice): readonly OfferedDevice[] {
  const { driver, pool, devices = [] } = slice.spec;
  return devices.map((device) => ({
    id: deviceId(driver, pool.name, device.name),
    driver,
    pool: pool.name,
    name: device.name,
    device,
    slice,
    isShareable: device.allowMultipleAllocations === true,
    counters: countersOf(device),
    capacity: Object.entries(device.capacity ?? {}),
    isSelectedBy: selectionOf(device, driver),
  }));
}

const countersOf = ({ consumesCounters = [] }: Device): CounterUse[] =>
  consumesCounters.flatMap(({ counterSet, counters }) =>
    Object.entries(counters ?? {}).map(([counter, { value }]) => ({ set: counterSet, counter, nano: parseQuantity(value).nano })),
  );

/** More expressions than this are not remembered at a time. */
const rememberedLimit = 64;

function selectionOf(device: Device, driver: string): (expression: string) => boolean {
  const known = new Map<string, boolean>();
  return (expression) => {
    let isSelected = known.get(expression);
    if (isSelected !== undefined) return isSelected;
    const selector = compileSelector(expression);
    if (selector.kind === 'rejected') throw new Error(`CEL compile error: ${selector.message}`);
    try {
      isSelected = selector.matches({ ...device, driver });
    } catch (error) {
      throw new Error(`CEL runtime error: ${(error as Error).message}`, { cause: error });
    }
    if (known.size >= rememberedLimit) known.clear();
    known.set(expression, isSelected);
    return isSelected;
  };
}
