import type { ResourceList } from '../../../api/generated/core-v1.ts';
import { addQuantities, compareQuantities, formatQuantity, type Quantity, quantityOf, subtractQuantities } from '../../../api/quantity.ts';
import { rememberedQuantity, zeroQuantity } from '../../../api/remembered-quantity.ts';

/** Amounts of resources by name, exact. */
export type Amounts = ReadonlyMap<string, Quantity>;

export const zero = zeroQuantity;
export const one: Quantity = quantityOf(1);

/** Reads an amount. What is none counts as zero: validation refuses it. */
export const readAmount = rememberedQuantity;

/** Reads a resource list. */
export function readAmounts(list: ResourceList | undefined): Map<string, Quantity> {
  const amounts = new Map<string, Quantity>();
  for (const name in list) amounts.set(name, readAmount(list[name]));
  return amounts;
}

/** Writes amounts as a resource list, canonically, in the order of their names. */
export const listOfAmounts = (amounts: Amounts): ResourceList =>
  Object.fromEntries([...amounts.keys()].sort().map((name) => [name, formatQuantity(amounts.get(name)!)]));

/** Adds to the amounts of `to`. */
export function addTo(to: Map<string, Quantity>, more: Amounts): void {
  for (const [name, amount] of more) {
    const held = to.get(name);
    to.set(name, held ? addQuantities(held, amount) : amount);
  }
}

/** Raises the amounts of `to` to those that are larger. */
export function raiseTo(to: Map<string, Quantity>, floor: Amounts): void {
  for (const [name, amount] of floor) {
    const held = to.get(name);
    if (!held || compareQuantities(amount, held) > 0) to.set(name, amount);
  }
}

/** How much more `left` is than `right`, of each name in either; never less than nothing. */
export function excessOver(left: Amounts, right: Amounts): Map<string, Quantity> {
  const excess = new Map<string, Quantity>();
  for (const [name, amount] of left) {
    const difference = subtractQuantities(amount, right.get(name) ?? zero);
    excess.set(name, difference.nano > 0n ? difference : zero);
  }
  for (const name of right.keys()) if (!left.has(name)) excess.set(name, zero);
  return excess;
}

/** The amounts of these names only. */
export function only(amounts: Amounts, names: ReadonlySet<string>): Map<string, Quantity> {
  const kept = new Map<string, Quantity>();
  for (const [name, amount] of amounts) if (names.has(name)) kept.set(name, amount);
  return kept;
}

/** Without amounts of zero. */
export function withoutZeros(amounts: Amounts): Map<string, Quantity> {
  const kept = new Map<string, Quantity>();
  for (const [name, amount] of amounts) if (amount.nano !== 0n) kept.set(name, amount);
  return kept;
}

/** Whether both have the same names, with equal amounts. */
export function sameAmounts(left: Amounts, right: Amounts): boolean {
  if (left.size !== right.size) return false;
  for (const [name, amount] of left) if (right.get(name)?.nano !== amount.nano) return false;
  return true;
}
