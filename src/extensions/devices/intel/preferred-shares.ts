import type { PreferredAllocationRequest } from '../../../extension-points/devices/contract.ts';
import { byNumber } from '../../../extension-points/devices/hardware/root-files.ts';
import type { IntelConfiguration } from './configuration.ts';

/** Chooses shares (`card0-1`) as Intel's plugin does; what must be included comes first. */
export function preferredShares(
  { availableIds, mustIncludeIds, size }: PreferredAllocationRequest,
  policy: IntelConfiguration['preferredAllocationPolicy'],
): readonly string[] {
  const free = availableIds.filter((id) => !mustIncludeIds.includes(id)).sort(byNumber);
  const needed = size - mustIncludeIds.length;
  if (policy === 'packed') return [...mustIncludeIds, ...free.slice(0, Math.max(0, needed))];
  const left = Map.groupBy(free, cardOf);
  const used = new Set(mustIncludeIds.map(cardOf));
  const chosen = [...mustIncludeIds];
  while (chosen.length < size && left.size > 0) {
    const card = policy === 'balanced' ? leastUsed(left) : ([...left.keys()].find((name) => !used.has(name)) ?? [...left.keys()][0]!);
    const ids = left.get(card)!;
    chosen.push(ids.shift()!);
    used.add(card);
    if (ids.length === 0) left.delete(card);
  }
  return chosen;
}

const cardOf = (id: string): string => id.slice(0, id.lastIndexOf('-'));

/** The GPU with most free shares. */
const leastUsed = (left: ReadonlyMap<string, readonly string[]>): string =>
  [...left].reduce((best, candidate) => (candidate[1].length > best[1].length ? candidate : best))[0];
