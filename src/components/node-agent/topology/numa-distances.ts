import type { NumaNode } from './machine-topology.ts';
import { type NumaMask, nodesIn } from './numa-mask.ts';

/** Of each node: how far it is from the others, by node id (10 is itself). */
export type NumaDistances = ReadonlyMap<number, readonly number[]>;

/** As the kernel tells them: each node's in the order of the nodes, whose ids may have gaps (0 and 8 on POWER). A node that tells none has none. */
export function distancesOf(nodes: readonly Pick<NumaNode, 'id' | 'distances'>[]): NumaDistances {
  return new Map(
    nodes.map(({ id, distances }) => {
      const byId: number[] = [];
      for (const [index, distance] of distances.entries()) byId[nodes[index]?.id ?? index] = distance;
      return [id, byId];
    }),
  );
}

/** The mean over all pairs of nodes of a set, each with itself included. */
export function averageDistance(mask: NumaMask, distances: NumaDistances): number {
  const nodes = nodesIn(mask);
  if (nodes.length === 0) return 0;
  const all = nodes.flatMap((from) => nodes.map((to) => distances.get(from)?.[to] ?? 0));
  return all.reduce((sum, distance) => sum + distance, 0) / all.length;
}
