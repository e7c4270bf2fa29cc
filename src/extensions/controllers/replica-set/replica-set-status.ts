import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '../../../api/generated/apps-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { isPodAvailable, isPodReady } from '../../../extension-points/controllers/pod-state.ts';
import { matchesPairs } from '../../../extension-points/controllers/selectors.ts';
import { canonicalJson } from '../../../extension-points/controllers/template-hash.ts';
import { withoutZeros } from '../../../extension-points/controllers/wire-counts.ts';
import { timeText } from '../../../kernel/clock.ts';

export interface Observed {
  readonly active: readonly Pod[];
  readonly terminating: readonly Pod[];
  /** What went wrong when pods were created or deleted. */
  readonly failure?: { readonly error: unknown; readonly wereTooFew: boolean };
  readonly nowMs: number;
}

/** The status that tells what was observed. */
export function statusOf(replicaSet: ReplicaSet, { active, terminating, failure, nowMs }: Observed): ReplicaSetStatus {
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const templateLabels = replicaSet.spec.template?.metadata?.labels ?? {};
  const count = (test: (pod: Pod) => boolean): number => active.filter(test).length;
  const conditions = conditionsAfter(replicaSet.status?.conditions ?? [], failure, timeText(nowMs));
  return withoutZeros<ReplicaSetStatus>(
    {
      replicas: active.length,
      fullyLabeledReplicas: count((pod) => matchesPairs(templateLabels, pod.metadata.labels)),
      readyReplicas: count(isPodReady),
      availableReplicas: count((pod) => isPodAvailable(pod, minReadySeconds, nowMs)),
      terminatingReplicas: terminating.length,
      observedGeneration: replicaSet.metadata.generation ?? 0,
      ...(conditions.length > 0 ? { conditions } : {}),
    },
    'replicas',
    'terminatingReplicas',
  );
}

export const isSameStatus = (left: ReplicaSetStatus | undefined, right: ReplicaSetStatus): boolean => canonicalJson(left ?? {}) === canonicalJson(right);

const failureType = 'ReplicaFailure';

function conditionsAfter(conditions: readonly ReplicaSetCondition[], failure: Observed['failure'], now: string): ReplicaSetCondition[] {
  const others = conditions.filter(({ type }) => type !== failureType);
  if (!failure) return others;
  const current = conditions.find(({ type }) => type === failureType);
  if (current) return [...conditions]; // the first failure is the one to tell (upstream)
  const message = failure.error instanceof Error ? failure.error.message : String(failure.error);
  return [...others, { type: failureType, status: 'True', reason: failure.wereTooFew ? 'FailedCreate' : 'FailedDelete', message, lastTransitionTime: now }];
}
