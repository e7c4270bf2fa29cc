import { addQuantities, parseQuantity, type Quantity, quantityMilliValue, quantityValue } from '../../../api/quantity.ts';
import type { Usage } from './metrics-api.ts';

/** The resources that are measured, in the order of their columns. */
export const measuredResources = (showsSwap: boolean): readonly string[] => ['cpu', 'memory', ...(showsSwap ? ['swap'] : [])];

/** `12m`, `34Mi`. */
export function usageText(resource: string, usage: Usage): string {
  const amount = usage[resource] ?? '0';
  return resource === 'cpu' ? `${quantityMilliValue(amount)}m` : `${Math.trunc(quantityValue(amount) / 2 ** 20)}Mi`;
}

/** The sum of several usages. */
export function totalUsage(usages: readonly Usage[]): Usage {
  const total: Record<string, Quantity> = {};
  for (const usage of usages)
    for (const [name, amount] of Object.entries(usage)) {
      const sum = total[name];
      total[name] = sum ? addQuantities(sum, parseQuantity(amount)) : parseQuantity(amount);
    }
  return Object.fromEntries(Object.entries(total).map(([name, { nano }]) => [name, `${nano}n`]));
}

/** Sorts by CPU or memory, the most first, or by what `otherwise` compares. */
export function sortByUsage<T>(items: readonly T[], field: string, usageOf: (item: T) => Usage, otherwise: (left: T, right: T) => number): T[] {
  if (field === '') return [...items].sort(otherwise);
  const valueOf = field === 'cpu' ? quantityMilliValue : quantityValue;
  return [...items].sort((left, right) => valueOf(usageOf(right)[field] ?? '0') - valueOf(usageOf(left)[field] ?? '0'));
}

/** A line of cells, each with a column behind it, as kubectl writes these tables. */
export const lineOf = (cells: readonly string[]): string => `${cells.map((cell) => `${cell}\t`).join('')}\n`;
