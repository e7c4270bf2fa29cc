import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  type QuantityText,
} from '../../../../api/quantity.ts';
import { compareText } from '../../../../extension-points/commands/printers/go-values.ts';

export type ResourceList = Readonly<Record<string, QuantityText>>;
/** Amounts of resources to reckon with. */
export type Amounts = Map<string, Quantity>;

/** An amount as it is shown; `0` without one. */
export const amountText = (amount: QuantityText | undefined): string => (amount === undefined ? '0' : canonicalQuantity(amount));

export const resourceNames = (list: Readonly<Record<string, unknown>> | undefined): string[] => Object.keys(list ?? {}).sort(compareText);

export const amountsOf = (list: ResourceList | undefined): Amounts =>
  new Map(Object.entries(list ?? {}).map(([name, amount]) => [name, parseQuantity(amount)] as const));

/** Adds to the amounts on the left. */
export function addAmounts(total: Amounts, amounts: Amounts): void {
  for (const [name, amount] of amounts) {
    const sum = total.get(name);
    total.set(name, sum ? addQuantities(sum, amount) : amount);
  }
}

/** Raises the amounts on the left to those on the right. */
export function raiseAmounts(total: Amounts, amounts: Amounts): void {
  for (const [name, amount] of amounts) {
    const known = total.get(name);
    if (!known || compareQuantities(amount, known) > 0) total.set(name, amount);
  }
}

export const formatAmount = (amount: Quantity | undefined): string => (amount ? formatQuantity(amount) : '0');

/** What part of a whole an amount is, in percent, cut off. `unit`: how many billionths the smallest part that counts has. */
export function percentOf(part: Quantity | undefined, whole: Quantity | undefined, unit: bigint): number {
  const of = (amount: Quantity | undefined): number => Number(roundedUp(amount?.nano ?? 0n, unit));
  return Math.trunc((of(part) / of(whole)) * 100);
}

const roundedUp = (nano: bigint, unit: bigint): bigint => (nano > 0n ? (nano + unit - 1n) / unit : nano / unit);
