import { quantityMilliValue, quantityValue } from '../../../api/quantity.ts';
import { isScalarResource } from '../../../extension-points/scheduling/pod-requests.ts';
import type { ResourceList } from './elastic-quota-type.ts';

/** Amounts of what quotas are about: CPU in millicores, the rest in bytes or counts. How many pods there are is not among it, as upstream. */
export interface Amounts {
  readonly milliCpu: number;
  readonly memoryBytes: number;
  readonly ephemeralStorageBytes: number;
  readonly scalar: ReadonlyMap<string, number>;
}

/** Bounds of amounts; `ofOthers` holds for scalar resources that are not named. */
export interface Bounds extends Amounts {
  readonly ofOthers: number;
}

export const nothing: Amounts = { milliCpu: 0, memoryBytes: 0, ephemeralStorageBytes: 0, scalar: new Map() };

/** What is missing in the list is `missing`. */
export function boundsOf(list: ResourceList = {}, missing: number): Bounds {
  const scalar = new Map<string, number>();
  for (const [name, amount] of Object.entries(list)) if (isScalarResource(name)) scalar.set(name, quantityValue(amount));
  const bytes = (name: string): number => (list[name] === undefined ? missing : quantityValue(list[name]));
  const milliCpu = list['cpu'] === undefined ? missing : quantityMilliValue(list['cpu']);
  return { milliCpu, memoryBytes: bytes('memory'), ephemeralStorageBytes: bytes('ephemeral-storage'), scalar, ofOthers: missing };
}

/** `left` plus, or minus, `right`. */
export function sum(left: Amounts, right: Amounts, sign: 1 | -1 = 1): Amounts {
  let { scalar } = left;
  if (right.scalar.size > 0) {
    const all = new Map(left.scalar);
    for (const [name, amount] of right.scalar) all.set(name, (all.get(name) ?? 0) + sign * amount);
    scalar = all;
  }
  return {
    milliCpu: left.milliCpu + sign * right.milliCpu,
    memoryBytes: left.memoryBytes + sign * right.memoryBytes,
    ephemeralStorageBytes: left.ephemeralStorageBytes + sign * right.ephemeralStorageBytes,
    scalar,
  };
}

/** Whether `amounts` on top of what is `used` are beyond the bounds. Of scalar resources only those that `amounts` names are looked at, as upstream. */
export function exceeds(amounts: Amounts, used: Amounts, bounds: Bounds): boolean {
  if (amounts.milliCpu + used.milliCpu > bounds.milliCpu) return true;
  if (amounts.memoryBytes + used.memoryBytes > bounds.memoryBytes) return true;
  if (amounts.ephemeralStorageBytes + used.ephemeralStorageBytes > bounds.ephemeralStorageBytes) return true;
  return [...amounts.scalar].some(([name, amount]) => amount + (used.scalar.get(name) ?? 0) > (bounds.scalar.get(name) ?? bounds.ofOthers));
}
