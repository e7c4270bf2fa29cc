import { canonicalText } from './canonical-text.ts';

/** Whether two items of a list are equal. */
export const hasDuplicates = (list: readonly unknown[]): boolean => secondAppearances(list).length > 0;

/** The places at which a value stands for the second time. Third ones and later are not told, as upstream does. */
export function secondAppearances(list: readonly unknown[]): number[] {
  if (list.length < 2) return [];
  const scalars = new Map<unknown, number>();
  const compounds = new Map<string, number>();
  const found: number[] = [];
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    const isCompound = typeof item === 'object' && item !== null;
    const before = isCompound ? increment(compounds, canonicalText(item)) : increment(scalars, item);
    if (before === 1) found.push(index);
  }
  return found;
}

/** Counts one more; answers how many there were. */
function increment<Key>(counts: Map<Key, number>, key: Key): number {
  const before = counts.get(key) ?? 0;
  counts.set(key, before + 1);
  return before;
}
