import type { Pod } from '../../../api/generated/core-v1.ts';
import type { NodeInfo, ResourceTotals, SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { skip, success } from '../../../extension-points/scheduling/contract.ts';
import { podRequests, signRequests } from '../../../extension-points/scheduling/pod-requests.ts';

/** `NodeResourcesBalancedAllocationArgs`. */
export interface NodeResourcesBalancedAllocationArgs {
  readonly resources?: readonly { readonly name: string }[];
}

/**
 * Prefers nodes whose use of CPU and memory the pod brings closer together. Since 1.36 the change counts: 75 when there is none, up to 100 for the better,
 * down to 50 for the worse. Pods that ask for nothing are not scored.
 */
export default function nodeResourcesBalancedAllocation(args?: unknown): SchedulingPlugin {
  const names = ((args ?? {}) as NodeResourcesBalancedAllocationArgs).resources?.map(({ name }) => name) ?? ['cpu', 'memory'];
  const scoreOf = (pod: Pod, { requested, allocatable }: NodeInfo): number => {
    const wanted = podRequests(pod);
    const before: number[] = [];
    const after: number[] = [];
    for (const name of names) {
      const capacity = amountOf(allocatable, name);
      const more = amountOf(wanted, name);
      if (capacity === 0 || (more === 0 && !ofEveryNode.has(name))) continue;
      before.push(Math.min(1, amountOf(requested, name) / capacity));
      after.push(Math.min(1, (amountOf(requested, name) + more) / capacity));
    }
    return 50 + Math.trunc((50 + balance(after) - balance(before)) / 2);
  };

  return {
    preScore: (_state, pod) => (names.every((name) => amountOf(podRequests(pod), name) === 0) ? skip : success),
    scoreAll(_state, pod, { nodes }, indexes, scores) {
      for (let position = 0; position < indexes.length; position++) scores[position] = scoreOf(pod, nodes[indexes[position]!]!);
    },
    sign: signRequests,
    score: (_state, pod, node) => scoreOf(pod, node),
  };
}

/** Others count only for pods that ask for them. */
const ofEveryNode: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** 100 where all fractions are equal, 50 at the worst; a whole number, as upstream rounds it before it compares. */
const balance = (fractions: readonly number[]): number => Math.trunc((1 - deviation(fractions)) * 100);

/** The standard deviation of fractions: at most a half. */
function deviation(fractions: readonly number[]): number {
  if (fractions.length < 2) return 0;
  if (fractions.length === 2) return Math.abs((fractions[0]! - fractions[1]!) / 2);
  const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length;
  return Math.sqrt(fractions.reduce((sum, fraction) => sum + (fraction - mean) ** 2, 0) / fractions.length);
}

function amountOf(totals: ResourceTotals, name: string): number {
  if (name === 'cpu') return totals.milliCpu;
  if (name === 'memory') return totals.memoryBytes;
  return name === 'ephemeral-storage' ? totals.ephemeralStorageBytes : (totals.scalar.get(name) ?? 0);
}
