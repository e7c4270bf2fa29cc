import { type NumaMask, nodesIn } from './numa-mask.ts';

/** Of each node: how far it is from the others, by node id (10 is itself). */
export type NumaDistances = ReadonlyMap<number, readonly number[]>;

/** The mean over all pairs of nodes of a set, each with itself included. */
export function averageDistance(mask: NumaMask, distances: NumaDistances): number {
  const nodes = nodesIn(mask);
  if (nodes.length === 0) return 0;
  const all = nodes.flatMap((from) => nodes.map((to) => distances.get(from)?.[to] ?? 0));
  return all.reduce((sum, distance) => sum + distance, 0) / all.length;
}
