import type { ResourceList } from '../../../api/generated/core-v1.ts';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  type QuantityText,
  quantityProblem,
  roundUpQuantity,
} from '../../../api/quantity.ts';
import { rememberedQuantity, zeroQuantity } from '../../../api/remembered-quantity.ts';

export const zeroAmount = zeroQuantity;

/** Reads an amount; the decoder has refused what is no quantity, so anything else counts as zero. */
export const amountOf = rememberedQuantity;

/** The canonical text, as upstream's messages show amounts. */
export const amountText = (text: QuantityText | undefined): string =>
  text === undefined ? '0' : quantityProblem(text) === undefined ? canonicalQuantity(text) : String(text);

export const compareAmounts = (left: QuantityText | undefined, right: QuantityText | undefined): number => compareQuantities(amountOf(left), amountOf(right));

export const isNegativeAmount = (text: QuantityText): boolean => amountOf(text).nano < 0n;

/** Whether an amount is a whole number of units. */
export const isWholeAmount = (text: QuantityText): boolean => amountOf(text).nano % 1_000_000_000n === 0n;

/** Adds resource lists name by name. */
export function sumLists(lists: readonly (ResourceList | undefined)[]): ResourceList {
  return combineLists(lists, addQuantities);
}

/** The largest amount of each name. */
export function largestOfLists(lists: readonly (ResourceList | undefined)[]): ResourceList {
  return combineLists(lists, (left, right) => (compareQuantities(left, right) < 0 ? right : left));
}

function combineLists(lists: readonly (ResourceList | undefined)[], combine: (left: Quantity, right: Quantity) => Quantity): ResourceList {
  const totals = new Map<string, Quantity>();
  for (const list of lists) {
    for (const [name, text] of Object.entries(list ?? {})) {
      const known = totals.get(name);
      totals.set(name, known ? combine(known, amountOf(text)) : amountOf(text));
    }
  }
  return Object.fromEntries([...totals].map(([name, quantity]) => [name, formatQuantity(quantity)]));
}

/** Amounts as upstream keeps them: canonical, and no finer than thousandths. What is no amount is left for validation. */
export function settleAmounts(list: ResourceList | undefined): void {
  if (!list) return;
  for (const [name, amount] of Object.entries(list)) {
    if (quantityProblem(amount) !== undefined) continue;
    const canonical = canonicalQuantity(amount);
    const mayBeFiner = /[nue.]/.test(canonical);
    const text = mayBeFiner ? roundedText(canonical) : canonical;
    if (text !== amount) list[name] = text;
  }
}

function roundedText(amount: string): string {
  const exact = parseQuantity(amount);
  const rounded = roundUpQuantity(exact, -3);
  return compareQuantities(rounded, exact) === 0 ? amount : formatQuantity(rounded);
}
