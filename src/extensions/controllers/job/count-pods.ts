import type { Job, JobCondition, JobStatus } from '../../../api/generated/batch-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { completionIndexOf, validIndexOf } from './completion-index.ts';
import { hasPodFailed, judgeFailure } from './failure-policy.ts';
import { countOf, includesIndex, intervalsText } from './index-intervals.ts';
import { type JobState, uidOf } from './job-state.ts';

// Keeps the uids in the status below 20 KB, and lets other jobs have their turn.
const mostUncounted = 500;

/** Which finished pods to count, and the status that lists them. */
export interface Counting {
  readonly status: JobStatus;
  /** Pods that may go once that status is written. */
  readonly toUntrack: readonly Pod[];
  /** Whether there are more than one sync takes. */
  readonly isPartial: boolean;
}

/**
 * Lists pods that ended under `uncountedTerminatedPods`, or their indexes under `completedIndexes`. Only then may their finalizers go, and only after that are they
 * added to the counts: whenever the controller dies, what it did last can be told from the status and the finalizers.
 */
export function countPods(state: JobState, current: JobStatus, outcome: JobCondition | undefined): Counting {
  const { job, indexes } = state;
  const succeeded = [...(current.uncountedTerminatedPods?.succeeded ?? [])];
  const failed = [...(current.uncountedTerminatedPods?.failed ?? [])];
  const toUntrack: Pod[] = [];
  let newIndexes = 0;
  let isPartial = false;
  for (const pod of indexes ? byIndex(state.tracked) : state.tracked) {
    if (!mayGo(state, pod, outcome)) continue;
    toUntrack.push(pod);
    if (pod.status?.phase === 'Succeeded' && !state.uncounted.failed.has(uidOf(pod))) {
      const index = validIndexOf(pod, job);
      if (indexes) newIndexes += Number(index !== undefined && !includesIndex(indexes.counted, index));
      else if (!state.uncounted.succeeded.has(uidOf(pod))) succeeded.push(uidOf(pod));
    } else if (isCountedAsFailed(state, pod, outcome)) failed.push(uidOf(pod));
    if ((isPartial = newIndexes + succeeded.length + failed.length >= mostUncounted)) break;
  }
  const { completedIndexes: _, failedIndexes: __, ...rest } = current;
  return { status: { ...rest, uncountedTerminatedPods: uncountedOf(succeeded, failed), ...indexFields(state) }, toUntrack, isPartial };
}

/** Whether nothing more is to be learned of a pod. */
function mayGo({ job, indexes }: JobState, pod: Pod, outcome: JobCondition | undefined): boolean {
  if (job.metadata.deletionTimestamp || outcome || pod.status?.phase === 'Succeeded') return true;
  const index = completionIndexOf(pod);
  const isKept = index !== undefined && indexes?.toReplace.get(index)?.metadata.uid === pod.metadata.uid;
  return hasPodFailed(pod, job) && !isKept;
}

/** When a job has failed, every pod that has not ended counts as failed; when its success policy is met, those that are deleted for it do not. */
function isCountedAsFailed({ job, indexes, uncounted }: JobState, pod: Pod, outcome: JobCondition | undefined): boolean {
  const hasJobFailed = outcome !== undefined && outcome.type !== 'SuccessCriteriaMet';
  const hasFailed = outcome?.reason === 'SuccessPolicy' ? pod.status?.phase === 'Failed' : hasJobFailed || hasPodFailed(pod, job);
  if (!hasFailed || uncounted.failed.has(uidOf(pod)) || (indexes && validIndexOf(pod, job) === undefined)) return false;
  return judgeFailure(job, pod).isCounted;
}

const byIndex = (pods: readonly Pod[]): Pod[] => [...pods].sort((left, right) => (completionIndexOf(left) ?? -1) - (completionIndexOf(right) ?? -1));

function indexFields({ indexes }: JobState): Pick<JobStatus, 'succeeded' | 'completedIndexes' | 'failedIndexes'> {
  if (!indexes) return {};
  const { succeeded, failed } = indexes;
  return {
    succeeded: countOf(succeeded),
    ...(succeeded.length > 0 ? { completedIndexes: intervalsText(succeeded) } : {}),
    ...(failed ? { failedIndexes: intervalsText(failed) } : {}),
  };
}

const uncountedOf = (succeeded: string[], failed: string[]): NonNullable<JobStatus['uncountedTerminatedPods']> => ({
  ...(succeeded.length > 0 ? { succeeded } : {}),
  ...(failed.length > 0 ? { failed } : {}),
});

/** Adds the listed pods that have let go of the finalizer to the counts. `tracked` are the uids of those that have not. */
export function settleCounts(status: JobStatus, tracked: ReadonlySet<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const [stillSucceeded, stillFailed] = [succeeded, failed].map((uids) => uids.filter((uid) => tracked.has(uid))) as [string[], string[]];
  return {
    ...status,
    succeeded: (status.succeeded ?? 0) + succeeded.length - stillSucceeded.length,
    failed: (status.failed ?? 0) + failed.length - stillFailed.length,
    uncountedTerminatedPods: uncountedOf(stillSucceeded, stillFailed),
  };
}

/** Whether every pod that ended is in the counts. */
export const isSettled = ({ uncountedTerminatedPods: uncounted }: JobStatus): boolean => !uncounted?.succeeded?.length && !uncounted?.failed?.length;

/** Whether more pods succeeded than were asked for. */
export const hasTooManySucceeded = ({ spec }: Job, { succeeded = 0 }: JobStatus): boolean => spec.completions !== undefined && succeeded > spec.completions;
