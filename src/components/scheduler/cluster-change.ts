import type { Node, Pod } from '../../api/generated/core-v1.ts';
import type { ClusterEventWithHint, EventAction, EventResource } from '../../extension-points/scheduling/contract.ts';
import { podRequests } from '../../extension-points/scheduling/pod-requests.ts';

/** Something that happened in the cluster and may make a waiting pod schedulable. `current` is absent for a deletion, `old` for an addition. */
export interface ClusterChange {
  readonly resource: EventResource;
  readonly action: EventAction;
  readonly old?: unknown;
  readonly current?: unknown;
}

/** Whether a plugin asked for changes of this kind. `Pod` covers assigned and unscheduled ones. */
export function isInterested({ event }: ClusterEventWithHint, change: ClusterChange): boolean {
  const isResource =
    event.resource === '*' ||
    event.resource === change.resource ||
    (event.resource === 'Pod' && (change.resource === 'AssignedPod' || change.resource === 'UnscheduledPod'));
  return isResource && event.actions.includes(change.action);
}

/** What changed of a pod that matters to scheduling; empty when only its status did. */
export function podUpdates(old: Pod, current: Pod): EventAction[] {
  const actions: EventAction[] = [];
  if (!isSame(old.metadata.labels, current.metadata.labels)) actions.push('UpdatePodLabel');
  if (isScaledDown(old, current)) actions.push('UpdatePodScaleDown');
  if ((old.spec?.schedulingGates?.length ?? 0) > 0 && (current.spec?.schedulingGates?.length ?? 0) === 0) actions.push('UpdatePodSchedulingGatesEliminated');
  if (!isSame(old.spec?.tolerations, current.spec?.tolerations)) actions.push('UpdatePodToleration');
  if (!isSame(old.status?.resourceClaimStatuses, current.status?.resourceClaimStatuses)) actions.push('UpdatePodGeneratedResourceClaim');
  const isOther = actions.length === 0 && (!isSame(old.spec, current.spec) || !isSame(old.metadata.annotations, current.metadata.annotations));
  return isOther ? ['Update'] : actions;
}

/** What changed of a node that matters to scheduling; empty for a heartbeat. */
export function nodeUpdates(old: Node, current: Node): EventAction[] {
  const actions: EventAction[] = [];
  if (!isSame(old.status?.allocatable, current.status?.allocatable)) actions.push('UpdateNodeAllocatable');
  if (!isSame(old.metadata.labels, current.metadata.labels)) actions.push('UpdateNodeLabel');
  if (!isSame(old.spec?.taints, current.spec?.taints) || Boolean(old.spec?.unschedulable) !== Boolean(current.spec?.unschedulable))
    actions.push('UpdateNodeTaint');
  if (!isSame(conditionsOf(old), conditionsOf(current))) actions.push('UpdateNodeCondition');
  if (!isSame(old.metadata.annotations, current.metadata.annotations)) actions.push('UpdateNodeAnnotation');
  return actions;
}

const conditionsOf = ({ status }: Node): string[] => status?.conditions?.map(({ type, status: value }) => `${type}=${value}`) ?? [];

/** Most updates share the parts that did not change. */
const isSame = (left: unknown, right: unknown): boolean => left === right || JSON.stringify(left) === JSON.stringify(right);

function isScaledDown(old: Pod, current: Pod): boolean {
  if (old.spec === current.spec && old.status === current.status) return false;
  const [before, after] = [podRequests(old), podRequests(current)];
  if (before.milliCpu > after.milliCpu || before.memoryBytes > after.memoryBytes || before.ephemeralStorageBytes > after.ephemeralStorageBytes) return true;
  return [...before.scalar].some(([name, amount]) => amount > (after.scalar.get(name) ?? 0));
}
