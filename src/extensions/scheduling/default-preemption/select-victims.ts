import type { Pod } from '../../../api/generated/core-v1.ts';
import type { PodDisruptionBudget } from '../../../api/generated/policy-v1.ts';
import type { CycleState, NodeInfo, SchedulingHandle, Status } from '../../../extension-points/scheduling/contract.ts';
import { unresolvable } from '../../../extension-points/scheduling/contract.ts';
import { NodeRecord } from '../../../extension-points/scheduling/node-record.ts';
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

export type DryRunHandle = Pick<SchedulingHandle, 'filterWithNominatedPods' | 'addPod' | 'removePod'>;

/**
 * Imagines the node without any pod of a lower priority, then lets back in as many as fit beside the pod: first those whose deletion would break a budget, each group by
 * importance. Answers a refusal when that does not help. Changes `state`: give it a clone.
 */
export function selectVictims(
  { handle, budgets, nowMs }: { handle: DryRunHandle; budgets: readonly PodDisruptionBudget[]; nowMs: number },
  state: CycleState,
  pod: Pod,
  node: NodeInfo,
): Candidate | Status {
  const lower = node.pods.filter((other) => priorityOf(other) < priorityOf(pod));
  if (lower.length === 0) return unresolvable('No preemption victims found for incoming pod');
  let imagined = NodeRecord.from(node);
  const remove = (other: Pod): void => {
    imagined = imagined.withoutPod(other);
    handle.removePod(state, pod, other, imagined);
  };
  for (const other of lower) remove(other);
  const status = handle.filterWithNominatedPods(state, pod, imagined);
  if (status.code !== 'success') return status;

  const mustGo = (other: Pod): boolean => {
    imagined = imagined.withPod(other);
    handle.addPod(state, pod, other, imagined);
    if (handle.filterWithNominatedPods(state, pod, imagined).code === 'success') return false;
    remove(other);
    return true;
  };
  const { violating, others } = splitByBudgets(lower.toSorted(byImportance(nowMs)), budgets);
  const violatingVictims = violating.filter(mustGo);
  const victims = [...violatingVictims, ...others.filter(mustGo)].sort(byImportance(nowMs));
  if (victims.length === 0) throw new Error(`expected at least one victim pod on node "${node.name}"`);
  return { nodeName: node.name, victims, budgetViolations: violatingVictims.length };
}
