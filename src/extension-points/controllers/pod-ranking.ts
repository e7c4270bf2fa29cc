import type { Pod } from '../../api/generated/core-v1.ts';
import { isPodReady, podCondition } from './pod-state.ts';

export interface RankedPod {
  readonly pod: Pod;
  /** How many related pods are on the same node; crowded nodes are thinned out first. */
  readonly crowd: number;
}

/** Sorts pods so that those to delete first come first, by upstream's `ActivePodsWithRanks`. */
export function sortForDeletion(pods: readonly RankedPod[], nowMs: number): Pod[] {
  return [...pods].sort((left, right) => compare(left, right, nowMs)).map(({ pod }) => pod);
}

function compare(left: RankedPod, right: RankedPod, nowMs: number): number {
  const [a, b] = [left.pod, right.pod];
  return (
    Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)) ||
    phaseRank(a) - phaseRank(b) ||
    Number(isPodReady(a)) - Number(isPodReady(b)) ||
    deletionCost(a) - deletionCost(b) ||
    right.crowd - left.crowd ||
    (isPodReady(a) ? compareAge(readySinceMs(a), readySinceMs(b), [a, b], nowMs) : 0) ||
    mostRestarts(b) - mostRestarts(a) ||
    compareAge(createdMs(a), createdMs(b), [a, b], nowMs)
  );
}

const phaseRank = (pod: Pod): number => (pod.status?.phase === 'Running' ? 2 : pod.status?.phase === 'Unknown' ? 1 : 0);

const deletionCost = (pod: Pod): number => {
  const cost = Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
  return Number.isInteger(cost) ? cost : 0;
};

const readySinceMs = (pod: Pod): number => Date.parse(podCondition(pod, 'Ready')?.lastTransitionTime ?? '') || 0;
const createdMs = (pod: Pod): number => Date.parse(pod.metadata.creationTimestamp ?? '') || 0;

const mostRestarts = (pod: Pod): number =>
  Math.max(0, ...[...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].map(({ restartCount }) => restartCount));

/** The younger first, but ages of one power of two count as equal and are told apart by uid: so a scale-down does not always hit the newest (KEP 2185). */
function compareAge(leftMs: number, rightMs: number, pods: readonly [Pod, Pod], nowMs: number): number {
  if (leftMs === rightMs) return 0;
  if (leftMs === 0 || rightMs === 0) return leftMs - rightMs;
  const byMagnitude = magnitude(nowMs - leftMs) - magnitude(nowMs - rightMs);
  if (byMagnitude !== 0) return byMagnitude;
  return (pods[0].metadata.uid ?? '') < (pods[1].metadata.uid ?? '') ? -1 : 1;
}

const magnitude = (ageMs: number): number => (ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs)));
