import type { Pod } from '../../../api/generated/core-v1.ts';
import type { PodDisruptionBudget } from '../../../api/generated/policy-v1.ts';
import type { CycleState, NodeInfo, SchedulingHandle, Status } from '../contract.ts';
import { success, unresolvable, unschedulable } from '../contract.ts';
import { NodeRecord } from '../node-record.ts';
import { splitByBudgets } from './disruption-budgets.ts';
import { byImportance, priorityOf } from './importance.ts';

/** What must go from a node so that the pod fits. */
export interface Candidate {
  readonly nodeName: string;
  /** The most important first; at least one. */
  readonly victims: readonly Pod[];
  /** How many of them break a disruption budget. */
  readonly budgetViolations: number;
}

/** The node takes the pod as it is: something changed since it was refused, and will have the pod tried again. */
export const hasRoomByNow: Status = unschedulable('node(s) have room by now');

export type DryRunHandle = Pick<SchedulingHandle, 'filterWithNominatedPods' | 'addPod' | 'removePod'>;

/** Whom a pod may preempt, and what must hold beyond the filters. Made for one node and one clone of the cycle's state. */
export interface VictimRules {
  /** Pods of the node that may go. Each is imagined gone before the next is asked for. */
  potentialVictims(node: NodeInfo): Iterable<Pod>;
  /** The reason when there are none. */
  noVictims(node: NodeInfo): string;
  /** Asked once all of them are gone and the filters pass: a refusal means that the node does not help. */
  whenAllAreGone?(): Status;
  /** Asked with one of them imagined back and the filters passing: whether it may stay. */
  mayStay?(): boolean;
}

/** Upstream's default rule: pods of a lower priority. */
export const lowerPriority = (pod: Pod): VictimRules => ({
  potentialVictims: ({ pods }) => pods.filter((other) => priorityOf(other) < priorityOf(pod)),
  noVictims: () => 'No preemption victims found for incoming pod',
});

export interface SelectVictimsDeps {
  readonly handle: DryRunHandle;
  readonly budgets: readonly PodDisruptionBudget[];
  readonly nowMs: number;
  readonly rules: VictimRules;
}

/**
 * Imagines the node without any pod that may go, then lets back in as many as fit beside the pod: first those whose deletion would break a budget, each group by
 * importance. Answers a refusal when that does not help. Changes `state`: give it a clone.
 */
export function selectVictims({ handle, budgets, nowMs, rules }: SelectVictimsDeps, state: CycleState, pod: Pod, node: NodeInfo): Candidate | Status {
  let imagined = NodeRecord.from(node);
  const remove = (other: Pod): void => {
    imagined = imagined.withoutPod(other);
    handle.removePod(state, pod, other, imagined);
  };
  const potential: Pod[] = [];
  for (const other of rules.potentialVictims(node)) {
    potential.push(other);
    remove(other);
  }
  if (potential.length === 0) return unresolvable(rules.noVictims(node));
  const status = handle.filterWithNominatedPods(state, pod, imagined);
  if (status.code !== 'success') return status;
  const verdict = rules.whenAllAreGone?.() ?? success;
  if (verdict.code !== 'success') return verdict;

  const mustGo = (other: Pod): boolean => {
    imagined = imagined.withPod(other);
    handle.addPod(state, pod, other, imagined);
    if (handle.filterWithNominatedPods(state, pod, imagined).code === 'success' && (rules.mayStay?.() ?? true)) return false;
    remove(other);
    return true;
  };
  const { violating, others } = splitByBudgets(potential.toSorted(byImportance(nowMs)), budgets);
  const violatingVictims = violating.filter(mustGo);
  const victims = [...violatingVictims, ...others.filter(mustGo)].sort(byImportance(nowMs));
  if (victims.length === 0) return hasRoomByNow;
  return { nodeName: node.name, victims, budgetViolations: violatingVictims.length };
}
