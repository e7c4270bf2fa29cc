import { findCondition } from '../../../api/conditions.ts';
import type { JobCondition } from '../../../api/generated/batch-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { hasPodFailed, judgeFailure } from './failure-policy.ts';
import { countOf } from './index-intervals.ts';
import { hasCondition, trueCondition } from './job-conditions.ts';
import type { JobState } from './job-state.ts';
import { metSuccessRule } from './success-policy.ts';

/**
 * Whether a job has ended: SuccessCriteriaMet or FailureTarget when that is decided now, the former or Failed when it was decided before. What was decided once
 * stays, whatever its pods do.
 */
export function outcomeOf(state: JobState): JobCondition | undefined {
  const { job, nowMs } = state;
  const conditions = job.status?.conditions;
  if (hasCondition(job, 'SuccessCriteriaMet')) return findCondition(conditions, 'SuccessCriteriaMet');
  const target = findCondition(conditions, 'FailureTarget');
  if (target?.status === 'True') return trueCondition('Failed', target.reason ?? '', target.message ?? '', nowMs);
  const failure = failureOf(state);
  if (failure) return trueCondition('FailureTarget', ...failure, nowMs);
  const met = state.indexes && metSuccessRule(job, state.indexes.succeeded);
  return met === undefined ? undefined : trueCondition('SuccessCriteriaMet', 'SuccessPolicy', met, nowMs);
}

/** The end of a job that reached its completions. */
export const completed = (nowMs: number): JobCondition =>
  trueCondition('SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods', nowMs);

/** Reason and message. */
function failureOf(state: JobState): [string, string] | undefined {
  const { job, pods, failed, indexes } = state;
  const { spec } = job;
  const byPolicy = spec.podFailurePolicy && pods.filter((pod) => hasPodFailed(pod, job)).find((pod) => judgeFailure(job, pod).jobFailure !== undefined);
  if (byPolicy) return ['PodFailurePolicy', judgeFailure(job, byPolicy).jobFailure ?? ''];
  const limit = spec.backoffLimit ?? 6;
  if (failed > limit || hasTooManyRestarts(state, limit)) return ['BackoffLimitExceeded', 'Job has reached the specified backoff limit'];
  if (deadlineInMs(state) === 0) return ['DeadlineExceeded', 'Job was active longer than specified deadline'];
  const failedIndexes = countOf(indexes?.failed ?? []);
  if (!indexes?.failed || failedIndexes === 0) return undefined;
  if (spec.maxFailedIndexes !== undefined && failedIndexes > spec.maxFailedIndexes)
    return ['MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes'];
  return failedIndexes + countOf(indexes.succeeded) >= (spec.completions ?? 0) ? ['FailedIndexes', 'Job has failed indexes'] : undefined;
}

/** Pods that restart in place do not fail: their restarts count instead. */
function hasTooManyRestarts({ job, pods }: JobState, limit: number): boolean {
  if (job.spec.template.spec?.restartPolicy !== 'OnFailure') return false;
  const running = pods.filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending');
  const restarts = running.reduce((sum, pod) => sum + restartsOf(pod), 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

const restartsOf = ({ status }: Pod): number =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].reduce((sum, { restartCount }) => sum + restartCount, 0);

/** How long a job may still run: 0 when its time is over, undefined when it has no limit or is suspended. */
export function deadlineInMs({ job: { spec }, startTime, nowMs }: JobState): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || startTime === undefined || spec.suspend) return undefined;
  return Math.max(0, Date.parse(startTime) + spec.activeDeadlineSeconds * 1000 - nowMs);
}
