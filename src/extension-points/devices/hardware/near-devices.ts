import type { PreferredAllocationRequest } from '../contract.ts';

/** How near two devices are to each other; larger is nearer. */
export type Nearness = (left: string, right: string) => number;

/** With more free devices than this not every one is tried as the first. */
const maximumSeeds = 64;

/**
 * Chooses devices that are near to each other, for a plugin's `preferredAllocation`: what must be included, then whatever is nearest to all that is chosen. Where nothing
 * must be included every device is tried as the first, and of equally near choices the one wins that leaves fewest free devices near it: large groups stay whole.
 */
export function nearDevices({ availableIds, mustIncludeIds, size }: PreferredAllocationRequest, nearness: Nearness): readonly string[] {
  const free = availableIds.filter((id) => !mustIncludeIds.includes(id));
  if (mustIncludeIds.length > 0) return grown(mustIncludeIds, free, size, nearness);
  let best: { readonly ids: readonly string[]; readonly nearness: number; readonly left: number } | undefined;
  for (const seed of free.slice(0, maximumSeeds)) {
    const ids = grown([seed], free, size, nearness);
    const choice = { ids, nearness: totalNearness(ids, nearness), left: freeNear(seed, free, nearness) };
    if (!best || choice.nearness > best.nearness || (choice.nearness === best.nearness && choice.left < best.left)) best = choice;
  }
  return best?.ids ?? [];
}

function grown(start: readonly string[], free: readonly string[], size: number, nearness: Nearness): readonly string[] {
  const ids = [...start];
  const gains = new Map(free.filter((id) => !start.includes(id)).map((id) => [id, start.reduce((total, chosen) => total + nearness(id, chosen), 0)]));
  while (ids.length < size && gains.size > 0) {
    const [next] = [...gains].reduce((best, candidate) => (candidate[1] > best[1] ? candidate : best));
    ids.push(next);
    gains.delete(next);
    for (const [id, gain] of gains) gains.set(id, gain + nearness(id, next));
  }
  return ids.slice(0, size);
}

function totalNearness(ids: readonly string[], nearness: Nearness): number {
  let total = 0;
  for (const [index, left] of ids.entries()) for (const right of ids.slice(index + 1)) total += nearness(left, right);
  return total;
}

const freeNear = (seed: string, free: readonly string[], nearness: Nearness): number => free.reduce((total, id) => total + nearness(seed, id), 0);
