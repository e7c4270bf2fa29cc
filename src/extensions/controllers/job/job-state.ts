import type { Job } from '../../../api/generated/batch-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { isPodActive } from '../../../extension-points/controllers/pod-state.ts';
import { timeText } from '../../../kernel/clock.ts';
import { isIndexed, validIndexOf } from './completion-index.ts';
import { hasPodFailed, judgeFailure } from './failure-policy.ts';
import { failedIndexesOf, hasLimitPerIndex, podsToReplace } from './index-failures.ts';
import { countOf, type IndexIntervals, intervalsOf, parseIntervals, union } from './index-intervals.ts';
import { type BackoffRecord, recordAfter } from './pod-backoff.ts';

/** What an indexed job knows of its indexes. */
export interface IndexesState {
  /** Those its status says succeeded. */
  readonly counted: IndexIntervals;
  readonly succeeded: IndexIntervals;
  /** Absent unless the job limits the failures of each index. */
  readonly failed?: IndexIntervals;
  readonly toReplace: ReadonlyMap<number, Pod>;
}

/** A job and its pods as they were found at the beginning of a sync. */
export interface JobState {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  /** Pods that hold the finalizer and that may have to be counted. */
  readonly tracked: readonly Pod[];
  /** Uids of finished pods that the status lists and its counts lack. */
  readonly uncounted: { readonly succeeded: ReadonlySet<string>; readonly failed: ReadonlySet<string> };
  readonly succeeded: number;
  readonly failed: number;
  readonly startTime: string | undefined;
  readonly backoff: BackoffRecord;
  readonly indexes?: IndexesState;
  readonly nowMs: number;
}

export const uidOf = ({ metadata }: Pod): string => metadata.uid ?? '';

/** Takes stock. `tracked` are those of the pods that hold the finalizer, `record` is what was known of failures so far. */
export function observe(job: Job, pods: readonly Pod[], tracked: readonly Pod[], record: BackoffRecord | undefined, nowMs: number): JobState {
  const { status = {}, spec } = job;
  const uncounted = { succeeded: new Set(status.uncountedTerminatedPods?.succeeded), failed: new Set(status.uncountedTerminatedPods?.failed) };
  const active = pods.filter(isPodActive);
  const valid = isIndexed(job) ? tracked.filter((pod) => validIndexOf(pod, job) !== undefined) : tracked;
  const newSucceeded = valid.filter((pod) => pod.status?.phase === 'Succeeded' && !uncounted.succeeded.has(uidOf(pod)));
  const newFailed = valid.filter((pod) => hasPodFailed(pod, job) && !uncounted.failed.has(uidOf(pod)));
  const indexes = isIndexed(job) ? observeIndexes(job, active, valid) : undefined;
  return {
    job,
    pods,
    active,
    tracked,
    uncounted,
    succeeded: indexes ? countOf(indexes.succeeded) : (status.succeeded ?? 0) + newSucceeded.length + uncounted.succeeded.size,
    failed: (status.failed ?? 0) + newFailed.filter((pod) => judgeFailure(job, pod).isCounted).length + uncounted.failed.size,
    startTime: status.startTime ?? (spec.suspend ? undefined : timeText(nowMs)),
    backoff: recordAfter(record, newSucceeded, newFailed),
    ...(indexes ? { indexes } : {}),
    nowMs,
  };
}

function observeIndexes(job: Job, active: readonly Pod[], uncounted: readonly Pod[]): IndexesState {
  const counted = parseIntervals(job.status?.completedIndexes, job.spec.completions ?? 0);
  const finished = uncounted.filter((pod) => pod.status?.phase === 'Succeeded').flatMap((pod) => validIndexOf(pod, job) ?? []);
  const succeeded = union(counted, intervalsOf(finished));
  if (!hasLimitPerIndex(job)) return { counted, succeeded, toReplace: new Map() };
  const failed = failedIndexesOf(job, uncounted);
  return { counted, succeeded, failed, toReplace: podsToReplace(job, { active, uncounted, succeeded, failed }) };
}
