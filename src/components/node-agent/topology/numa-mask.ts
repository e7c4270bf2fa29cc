/** A set of NUMA nodes: bit n stands for node n, 0 to 63. */
export type NumaMask = bigint;

/** Upstream's bound of node ids. */
const maximumNodeId = 63;

/** Throws for a node id that is out of range. */
export function maskOf(nodeIds: Iterable<number>): NumaMask {
  let mask = 0n;
  for (const id of nodeIds) {
    if (!Number.isInteger(id) || id < 0 || id > maximumNodeId) throw new Error(`invalid bit number, must be in range 0-${maximumNodeId}`);
    mask |= 1n << BigInt(id);
  }
  return mask;
}

/** The same of ids that others name; those out of range stand for no node. */
export const maskOfKnown = (nodeIds: readonly number[]): NumaMask => maskOf(nodeIds.filter((id) => Number.isInteger(id) && id >= 0 && id <= maximumNodeId));

/** Node ids in rising order. */
export function nodesIn(mask: NumaMask): number[] {
  const ids: number[] = [];
  for (let id = 0, rest = mask; rest > 0n; id++, rest >>= 1n) if (rest & 1n) ids.push(id);
  return ids;
}

export const countOf = (mask: NumaMask): number => nodesIn(mask).length;

/** Fewer nodes first; of as many, the one with the lower ids. */
export function isNarrower(left: NumaMask, right: NumaMask): boolean {
  const difference = countOf(left) - countOf(right);
  return difference === 0 ? left < right : difference < 0;
}

/** All non-empty sets of the nodes: single ones first, then pairs, and so on; of one size in the order of their ids. */
export function masksOver(nodeIds: readonly number[]): NumaMask[] {
  return nodeIds.flatMap((_, index) => combinations(nodeIds, index + 1).map(maskOf));
}

/** All choices of `size` items, in the order of the items. */
export function combinations<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) => combinations(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]));
}
