import type { Pod } from '../../../api/generated/core-v1.ts';
import type { CycleState, NodeInfo, SchedulingHandle, Status } from '../../../extension-points/scheduling/contract.ts';
import { success, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { byImportance, priorityOf } from '../../../extension-points/scheduling/preemption/importance.ts';
import type { VictimRules } from '../../../extension-points/scheduling/preemption/select-victims.ts';
import type { QuotaCycle } from './quota-cycle.ts';
import { readCycle } from './quota-cycle.ts';
import { namespaceOf } from './quota-ledger.ts';

/**
 * Whom a pod may preempt. Within what its namespace is guaranteed it takes back what others borrowed, whatever their priority; beyond that it may only push aside lower
 * priorities of its own namespace. A pod without a quota may push aside lower priorities of namespaces without one.
 */
export function quotaVictims(state: CycleState, pod: Pod, nowMs: number): VictimRules {
  const cycle = readCycle(state);
  const noVictims = ({ name }: NodeInfo): string => `No victims found on node ${name} for preemptor pod ${pod.metadata.name}`;
  const namespace = namespaceOf(pod);
  if (!cycle?.view.hasQuota(namespace)) {
    return {
      potentialVictims: ({ pods }) => pods.filter((other) => !cycle?.view.hasQuota(namespaceOf(other)) && isLower(other, pod)),
      noVictims,
    };
  }
  const { view, request, withOwnNominated, withAllNominated } = cycle;
  return {
    *potentialVictims({ pods }) {
      const borrows = view.isOverMinWith(namespace, withOwnNominated);
      // The least important first: a namespace that no longer borrows loses no more pods.
      for (const other of pods.toSorted(byImportance(nowMs)).reverse()) {
        const isOwn = namespaceOf(other) === namespace;
        if (borrows ? isOwn && isLower(other, pod) : !isOwn && view.isOverMin(namespaceOf(other))) yield other;
      }
    },
    noVictims,
    whenAllAreGone: () => (view.isOverMax(namespace, request) || view.isTotalOverMin(request) ? unschedulable('global quota max exceeded') : success),
    mayStay: () => !view.isOverMax(namespace, withOwnNominated) && !view.isTotalOverMin(withAllNominated),
  };
}

/** Upstream's words for why a pod may not preempt others now. */
export function objectionTo(
  { state, pod, failures }: { readonly state: CycleState; readonly pod: Pod; readonly failures: ReadonlyMap<string, Status> },
  handle: Pick<SchedulingHandle, 'nodeInfo'>,
): string | undefined {
  if (pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nodeName = pod.status?.nominatedNodeName;
  const cycle = readCycle(state);
  if (!nodeName || !cycle || failures.get(nodeName)?.code === 'unschedulable-and-unresolvable') return undefined;
  const isMakingRoom = handle.nodeInfo(nodeName)?.pods.some((other) => Boolean(other.metadata.deletionTimestamp) && makesRoomFor(pod, other, cycle));
  return isMakingRoom ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

/** Whether what a leaving pod had may be the pod's. */
function makesRoomFor(pod: Pod, other: Pod, { view, withOwnNominated }: QuotaCycle): boolean {
  const [namespace, otherNamespace] = [namespaceOf(pod), namespaceOf(other)];
  if (!view.hasQuota(namespace)) return !view.hasQuota(otherNamespace) && isLower(other, pod);
  if (otherNamespace === namespace) return isLower(other, pod);
  return view.hasQuota(otherNamespace) && !view.isOverMinWith(namespace, withOwnNominated) && view.isOverMin(otherNamespace);
}

const isLower = (other: Pod, pod: Pod): boolean => priorityOf(other) < priorityOf(pod);
