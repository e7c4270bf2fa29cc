import type { Pod } from '../../../api/generated/core-v1.ts';
import type { SchedulingHandle, SchedulingPlugin, Status } from '../../../extension-points/scheduling/contract.ts';
import { priorityOf } from '../../../extension-points/scheduling/preemption/importance.ts';
import { Preemption } from '../../../extension-points/scheduling/preemption/preemption.ts';
import { lowerPriority } from '../../../extension-points/scheduling/preemption/select-victims.ts';

/** `DefaultPreemptionArgs`: how many candidates to find before the best of them is taken. */
export interface DefaultPreemptionArgs {
  /** Of the nodes that may help. Default 10. */
  readonly minCandidateNodesPercentage?: number;
  /** Default 100. */
  readonly minCandidateNodesAbsolute?: number;
}

/**
 * Makes room for a pod that fits nowhere: deletes pods of lower priority from the node where that hurts least and sets the node aside for the pod. `random` (0..1) says
 * where the search begins. Throws for arguments out of range.
 */
export default function defaultPreemption(args: unknown, handle: SchedulingHandle, random: () => number = Math.random): SchedulingPlugin {
  const preemption = new Preemption(handle, {
    plugin: 'DefaultPreemption',
    objectionTo: (_state, pod, failures) => objectionTo(pod, failures, handle),
    victimsOf: (_state, pod) => lowerPriority(pod),
    candidatesWanted: candidateCount((args ?? {}) as DefaultPreemptionArgs),
    firstNode: (nodes) => Math.floor(random() * nodes),
  });
  return {
    preEnqueue: (pod) => preemption.gate(pod),
    postFilter: (state, pod, failures, signal) => preemption.makeRoom(state, pod, failures, signal),
    reviewPostFilter: (state, pod, failures, signal) => preemption.wouldMakeRoom(state, pod, failures, signal),
    // Only the gate above refuses in this plugin's name, and it opens with the deletion of the last victim.
    eventsToRegister: () => [{ event: { resource: 'Pod', actions: ['Delete'] } }],
  };
}

/** Upstream's words for why a pod may not preempt others now. */
function objectionTo(pod: Pod, failures: ReadonlyMap<string, Status>, handle: Pick<SchedulingHandle, 'nodeInfo'>): string | undefined {
  if (pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nodeName = pod.status?.nominatedNodeName;
  if (!nodeName || failures.get(nodeName)?.code === 'unschedulable-and-unresolvable') return undefined;
  const isMakingRoom = handle.nodeInfo(nodeName)?.pods.some((other) => priorityOf(other) < priorityOf(pod) && isBeingPreempted(other));
  return isMakingRoom ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

function isBeingPreempted({ metadata, status }: Pod): boolean {
  if (!metadata.deletionTimestamp) return false;
  const condition = status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  return condition?.status === 'True' && condition.reason === 'PreemptionByScheduler';
}

function candidateCount({ minCandidateNodesPercentage = 10, minCandidateNodesAbsolute = 100 }: DefaultPreemptionArgs): (nodes: number) => number {
  if (!(minCandidateNodesPercentage >= 0 && minCandidateNodesPercentage <= 100))
    throw new Error(`minCandidateNodesPercentage: Invalid value: ${minCandidateNodesPercentage}: not in valid range [0, 100]`);
  if (!(minCandidateNodesAbsolute >= 0)) throw new Error(`minCandidateNodesAbsolute: Invalid value: ${minCandidateNodesAbsolute}: not in valid range [0, inf)`);
  if (minCandidateNodesPercentage === 0 && minCandidateNodesAbsolute === 0)
    throw new Error('minCandidateNodesPercentage: Invalid value: 0: cannot be zero at the same time as minCandidateNodesAbsolute');
  return (nodes) => Math.min(nodes, Math.max(Math.trunc((nodes * minCandidateNodesPercentage) / 100), minCandidateNodesAbsolute));
}
