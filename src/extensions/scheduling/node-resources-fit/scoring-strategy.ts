import type { Pod } from '../../../api/generated/core-v1.ts';
import type { NodeInfo, ResourceTotals } from '../../../extension-points/scheduling/contract.ts';
import { containersRequests } from '../../../extension-points/scheduling/pod-requests.ts';

/** `scoringStrategy` of `NodeResourcesFitArgs`. Resources default to CPU and memory with weight 1. */
export interface ScoringStrategy {
  readonly type?: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio';
  readonly resources?: readonly { readonly name: string; readonly weight?: number }[];
  /** Points of a line: utilization 0..100, rising, to score 0..10. */
  readonly requestedToCapacityRatio?: { readonly shape: readonly { readonly utilization: number; readonly score: number }[] };
}

type Amount = (requested: number, allocatable: number) => number;

/** Scores 0..100 a node with the pod on it. Throws for a strategy that is not known. */
export function scorerOf({
  type = 'LeastAllocated',
  resources = [{ name: 'cpu' }, { name: 'memory' }],
  requestedToCapacityRatio,
}: ScoringStrategy = {}): (pod: Pod, node: NodeInfo) => number {
  const weighted = resources.map(({ name, weight = 1 }) => ({ name, weight }));
  const isRatio = type === 'RequestedToCapacityRatio';
  const scoreOne = isRatio ? alongShape(requestedToCapacityRatio?.shape ?? []) : amounts[type];
  if (!scoreOne) throw new Error(`NodeResourcesFit: unknown scoring strategy ${JSON.stringify(type)}`);
  return (pod, node) => {
    let sum = 0;
    let weights = 0;
    for (const { name, weight } of weighted) {
      const allocatable = amountOf(node.allocatable, name);
      if (allocatable === 0 || isUnwantedScalar(pod, name)) continue;
      const score = scoreOne(requestedWith(pod, node, name), allocatable);
      // Upstream leaves resources out of the mean that the shape scores 0.
      if (isRatio && score === 0) continue;
      sum += score * weight;
      weights += weight;
    }
    if (weights === 0) return 0;
    return isRatio ? Math.round(sum / weights) : Math.trunc(sum / weights);
  };
}

/** What an unknown request counts for depends on the strategy: full nodes are to be avoided by one and sought by the other. */
const amounts: Readonly<Record<string, Amount>> = {
  LeastAllocated: (requested, allocatable) => (requested > allocatable ? 0 : Math.trunc(((allocatable - requested) * 100) / allocatable)),
  MostAllocated: (requested, allocatable) => Math.trunc((Math.min(requested, allocatable) * 100) / allocatable),
};

function alongShape(shape: readonly { readonly utilization: number; readonly score: number }[]): Amount {
  if (shape.length === 0) throw new Error('NodeResourcesFit: requestedToCapacityRatio needs a shape');
  const points = shape.map(({ utilization, score }) => ({ utilization, score: score * 10 }));
  return (requested, allocatable) => {
    const utilization = requested > allocatable ? 100 : Math.trunc((requested * 100) / allocatable);
    const next = points.findIndex((point) => utilization <= point.utilization);
    if (next < 0) return points.at(-1)!.score;
    const [from, to] = [points[next - 1], points[next]!];
    if (!from) return to.score;
    return from.score + Math.trunc(((to.score - from.score) * (utilization - from.utilization)) / (to.utilization - from.utilization));
  };
}

/** Extended resources and huge pages count only for pods that ask for them. */
const isUnwantedScalar = (pod: Pod, name: string): boolean => !ofEveryNode.has(name) && amountOf(containersRequests(pod), name) === 0;
const ofEveryNode: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** CPU and memory count with upstream's defaults for containers without requests. Upstream's scores know nothing of what the pod as a whole asks for. */
function requestedWith(pod: Pod, { requested, nonZeroRequested }: NodeInfo, name: string): number {
  const wanted = containersRequests(pod);
  if (name === 'cpu') return nonZeroRequested.milliCpu + wanted.nonZero.milliCpu;
  if (name === 'memory') return nonZeroRequested.memoryBytes + wanted.nonZero.memoryBytes;
  return amountOf(requested, name) + amountOf(wanted, name);
}

function amountOf(totals: ResourceTotals, name: string): number {
  if (name === 'cpu') return totals.milliCpu;
  if (name === 'memory') return totals.memoryBytes;
  return name === 'ephemeral-storage' ? totals.ephemeralStorageBytes : (totals.scalar.get(name) ?? 0);
}
