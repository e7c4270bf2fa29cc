import type { CapacityRequestPolicy, CapacityRequestPolicyRange, CapacityRequirements, DeviceCapacity } from '../../../../api/generated/resource-v1.ts';
import { formatQuantity, parseQuantity, type Quantity, quantityOf } from '../../../../api/quantity.ts';
import type { OfferedDevice } from './offered-device.ts';

/** Amounts of capacities, in billionths, by name. */
export type Amounts = ReadonlyMap<string, bigint>;

/** What a request would consume of a device, by name; undefined when it asks for what the device does not have, or for what its policy does not allow. */
export type Consumption = ReadonlyMap<string, Quantity>;

const nothing: Consumption = new Map();

/**
 * Upstream's rules of consumable capacity: amounts are rounded up to what the device's policy allows, and capacities that nobody asks for are taken by their default, or
 * whole. The rules hold for devices that nobody shares too: they must have what is asked for.
 */
export function consumptionOf({ capacity, device, isShareable }: OfferedDevice, requirements: CapacityRequirements | undefined): Consumption | undefined {
  // The usual case: whoever has a device for itself has all of it.
  if (!isShareable && !requirements?.requests) return nothing;
  for (const name in requirements?.requests) if (!device.capacity || !Object.hasOwn(device.capacity, name)) return undefined;
  const consumed = new Map<string, Quantity>();
  for (const [name, offered] of capacity) {
    const asked = requirements?.requests?.[name];
    const amount = amountOf(asked === undefined ? undefined : parseQuantity(asked), offered);
    if (breaks(amount, offered.requestPolicy)) return undefined;
    consumed.set(name, amount);
  }
  return consumed;
}

/** Whether there is room for a consumption beside what others take. */
export function hasRoom({ capacity }: OfferedDevice, wanted: Consumption, taken: Amounts | undefined, takenNow: Amounts | undefined): boolean {
  if (wanted.size === 0) return true;
  for (const [name, { value }] of capacity) {
    const sum = (wanted.get(name)?.nano ?? 0n) + (taken?.get(name) ?? 0n) + (takenNow?.get(name) ?? 0n);
    if (sum > parseQuantity(value).nano) return false;
  }
  return true;
}

/** As it is written to the claim. */
export const consumedCapacity = (consumption: Consumption): Record<string, string> =>
  Object.fromEntries([...consumption].map(([name, amount]) => [name, formatQuantity(amount)]));

function amountOf(asked: Quantity | undefined, { value, requestPolicy }: DeviceCapacity): Quantity {
  if (!asked) return parseQuantity(requestPolicy?.default ?? value);
  if (requestPolicy?.validRange) return roundedUpIn(asked, requestPolicy.validRange);
  const next = requestPolicy?.validValues?.map(parseQuantity).find(({ nano }) => nano >= asked.nano);
  return next ?? asked;
}

function roundedUpIn(asked: Quantity, { min, step }: CapacityRequestPolicyRange): Quantity {
  const least = parseQuantity(min);
  if (asked.nano < least.nano) return least;
  const [from, by] = [wholeOf(least), step === undefined ? 0n : wholeOf(parseQuantity(step))];
  if (by <= 0n) return asked;
  const steps = (wholeOf(asked) - from + by - 1n) / by;
  return quantityOf(from + steps * by, 'BinarySI');
}

function breaks(amount: Quantity, policy: CapacityRequestPolicy | undefined): boolean {
  if (!policy || (policy.default !== undefined && parseQuantity(policy.default).nano === amount.nano)) return false;
  const { validRange, validValues } = policy;
  if (validRange) return breaksRange(amount, validRange);
  return validValues !== undefined && validValues.length > 0 && !validValues.some((value) => parseQuantity(value).nano === amount.nano);
}

function breaksRange(amount: Quantity, { min, max, step }: CapacityRequestPolicyRange): boolean {
  if (max !== undefined && amount.nano > parseQuantity(max).nano) return true;
  const by = step === undefined ? 0n : wholeOf(parseQuantity(step));
  return by > 0n && (wholeOf(amount) - wholeOf(parseQuantity(min))) % by !== 0n;
}

/** Whole units, rounded up: upstream's `Value()`. */
const wholeOf = ({ nano }: Quantity): bigint => (nano > 0n ? (nano + 999_999_999n) / 1_000_000_000n : nano / 1_000_000_000n);
