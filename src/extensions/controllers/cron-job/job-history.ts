import type { CronJob, Job } from '../../../api/generated/batch-v1.ts';
import { nameOf } from '../../../api/object.ts';
import { jobEnd } from '../../../extension-points/controllers/job-end.ts';

/** The jobs that ended and are more than a cron job keeps, the oldest first. Those being deleted already take up no place. */
export function surplusHistory({ spec }: CronJob, made: readonly Job[]): Job[] {
  return [...surplus(made, 'Complete', spec.successfulJobsHistoryLimit), ...surplus(made, 'Failed', spec.failedJobsHistoryLimit)];
}

function surplus(made: readonly Job[], end: string, limit: number | undefined): Job[] {
  if (limit === undefined) return [];
  const ended = made.filter((job) => jobEnd(job)?.type === end && !job.metadata.deletionTimestamp).sort(byStart);
  return ended.slice(0, Math.max(0, ended.length - limit));
}

/** Jobs that never started come last, as upstream. */
const byStart = (left: Job, right: Job): number => {
  const [one, other] = [left, right].map(({ status }) => (status?.startTime ? Date.parse(status.startTime) : Number.MAX_SAFE_INTEGER)) as [number, number];
  return one - other || (nameOf(left) < nameOf(right) ? -1 : 1);
};
