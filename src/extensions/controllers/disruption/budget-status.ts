import { isDeepStrictEqual } from 'node:util';
import { findCondition, setCondition } from '../../../api/conditions.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../../api/generated/policy-v1.ts';
import { isPodReady } from '../../../extension-points/controllers/pod-state.ts';
import type { ExpectedPods } from './expected-pods.ts';

/** An eviction that was allowed counts as a pod that is gone for so long; then the pod counts again. */
export const deletionMs = 2 * 60_000;

export interface Disruptions {
  /** When each pod was allowed to be evicted, of those that are still there. */
  readonly disruptedPods: Readonly<Record<string, string>>;
  /** Those that should be gone by now. */
  readonly overdue: readonly Pod[];
  /** When the first of the others is overdue. */
  readonly recheckAtMs: number | undefined;
}

/** What became of the pods that were allowed to be evicted. */
export function disruptionsOf({ status }: PodDisruptionBudget, pods: readonly Pod[], nowMs: number): Disruptions {
  const disruptedPods: Record<string, string> = {};
  const overdue: Pod[] = [];
  let recheckAtMs: number | undefined;
  for (const pod of pods) {
    const name = pod.metadata.name ?? '';
    const at = status?.disruptedPods && Object.hasOwn(status.disruptedPods, name) ? status.disruptedPods[name] : undefined;
    if (pod.metadata.deletionTimestamp || at === undefined) continue;
    const endsMs = Date.parse(at) + deletionMs;
    if (endsMs < nowMs) overdue.push(pod);
    else {
      disruptedPods[name] = at;
      recheckAtMs = Math.min(endsMs, recheckAtMs ?? Number.POSITIVE_INFINITY);
    }
  }
  return { disruptedPods, overdue, recheckAtMs };
}

/** The status of a budget, or undefined when it says so already. */
export function statusOf(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  { expected, desiredHealthy, disruptedPods, nowMs }: ExpectedPods & Pick<Disruptions, 'disruptedPods'> & { readonly nowMs: number },
): PodDisruptionBudgetStatus | undefined {
  const isGoing = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined || Object.hasOwn(disruptedPods, metadata.name ?? '');
  const currentHealthy = pods.filter((pod) => !isGoing(pod) && isPodReady(pod)).length;
  // Without pods to expect nothing may be disrupted: the first of them may be there before this is told.
  const disruptionsAllowed = expected <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const observedGeneration = budget.metadata.generation ?? 0;
  const { status } = budget;
  const condition = findCondition(status?.conditions, 'DisruptionAllowed');
  const isSaid =
    status?.currentHealthy === currentHealthy &&
    status.desiredHealthy === desiredHealthy &&
    status.expectedPods === expected &&
    status.disruptionsAllowed === disruptionsAllowed &&
    status.observedGeneration === observedGeneration &&
    isDeepStrictEqual({ ...status.disruptedPods }, { ...disruptedPods }) &&
    condition?.observedGeneration === observedGeneration &&
    condition.status === (disruptionsAllowed > 0 ? 'True' : 'False');
  if (isSaid) return undefined;
  const said = {
    type: 'DisruptionAllowed',
    ...(disruptionsAllowed > 0 ? { status: 'True' as const, reason: 'SufficientPods' } : { status: 'False' as const, reason: 'InsufficientPods' }),
    message: '',
    observedGeneration,
  };
  return {
    currentHealthy,
    desiredHealthy,
    expectedPods: expected,
    disruptionsAllowed,
    observedGeneration,
    ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
    conditions: [...setCondition(status?.conditions, said, new Date(nowMs))],
  };
}

/** The status of a budget that cannot be worked out: it lets nobody go, and says why. */
export function failedStatus({ status }: PodDisruptionBudget, message: string, nowMs: number): PodDisruptionBudgetStatus {
  const failed = {
    type: 'DisruptionAllowed',
    status: 'False' as const,
    reason: 'SyncFailed',
    message,
    ...(status?.observedGeneration === undefined ? {} : { observedGeneration: status.observedGeneration }),
  };
  return {
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
    ...status,
    disruptionsAllowed: 0,
    conditions: [...setCondition(status?.conditions, failed, new Date(nowMs))],
  };
}
