import type { Job } from '../../../api/generated/batch-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { completionIndexOf, validIndexOf } from './completion-index.ts';
import { hasPodFailed, judgeFailure } from './failure-policy.ts';
import { type IndexIntervals, includesIndex, intervalsOf, parseIntervals, union } from './index-intervals.ts';
import { finishedMs, remainingMs } from './pod-backoff.ts';

const countAnnotation = 'batch.kubernetes.io/job-index-failure-count';
const ignoredAnnotation = 'batch.kubernetes.io/job-index-ignored-failure-count';

export const hasLimitPerIndex = ({ spec }: Job): boolean => spec.backoffLimitPerIndex !== undefined;

/** The indexes that have failed for good: those of the status, and those of failed pods that were not counted yet (`uncounted`). */
export const failedIndexesOf = (job: Job, uncounted: readonly Pod[]): IndexIntervals =>
  union(
    parseIntervals(job.status?.failedIndexes, job.spec.completions ?? 0),
    intervalsOf(uncounted.filter((pod) => isIndexFailed(job, pod)).flatMap((pod) => validIndexOf(pod, job) ?? [])),
  );

function isIndexFailed(job: Job, pod: Pod): boolean {
  if (!hasPodFailed(pod, job)) return false;
  const { action, isCounted } = judgeFailure(job, pod);
  return action === 'FailIndex' || (isCounted && countIn(pod, countAnnotation) >= (job.spec.backoffLimitPerIndex ?? 0));
}

export interface IndexState {
  readonly active: readonly Pod[];
  /** Pods that were not counted yet. */
  readonly uncounted: readonly Pod[];
  readonly succeeded: IndexIntervals;
  readonly failed: IndexIntervals;
}

/**
 * The last failed pod of each index that waits for a replacement. It is kept until then: the replacement inherits its count of failures, which is held nowhere else.
 */
export function podsToReplace(job: Job, { active, uncounted, succeeded, failed }: IndexState): ReadonlyMap<number, Pod> {
  const running = new Set(active.map(completionIndexOf));
  const last = new Map<number, Pod>();
  for (const pod of uncounted) {
    const index = validIndexOf(pod, job);
    if (index === undefined || !hasPodFailed(pod, job) || running.has(index)) continue;
    if (includesIndex(succeeded, index) || includesIndex(failed, index)) continue;
    const other = last.get(index);
    if (!other || (failuresBefore(other) <= failuresBefore(pod) && finishedMs(pod) >= finishedMs(other))) last.set(index, pod);
  }
  return last;
}

/** Every failure of its index before a pod's own, those that the policy ignores included. */
const failuresBefore = (pod: Pod): number => countIn(pod, countAnnotation) + countIn(pod, ignoredAnnotation);

const countIn = ({ metadata }: Pod, annotation: string): number => {
  const count = Number(metadata.annotations?.[annotation] ?? 0);
  return Number.isInteger(count) && count > 0 ? count : 0;
};

/** How long until a pod may be replaced. */
export const replaceableInMs = (pod: Pod | undefined, nowMs: number): number =>
  pod ? remainingMs({ failures: failuresBefore(pod) + 1, lastFailureMs: finishedMs(pod) }, nowMs) : 0;

/** The annotations that carry an index's failures on to the pod in place of `replaced`. */
export function failureAnnotations(job: Job, replaced: Pod | undefined): Record<string, string> {
  if (!replaced) return { [countAnnotation]: '0' };
  const { isCounted } = judgeFailure(job, replaced);
  const ignored = countIn(replaced, ignoredAnnotation) + Number(!isCounted);
  return {
    [countAnnotation]: String(countIn(replaced, countAnnotation) + Number(isCounted)),
    ...(ignored > 0 ? { [ignoredAnnotation]: String(ignored) } : {}),
  };
}
