import { type CronSchedule, parseCronSchedule, scheduleProblem } from '../../../api/cron-schedule.ts';
import type { CronJob } from '../../../api/generated/batch-v1.ts';

// Past the time itself, so that a clock that is read a little early does not miss it.
const marginMs = 100;
const manyMissed = 100;

/** Why a cron job cannot be scheduled: reason and message of an event. */
export type ScheduleFault = readonly [reason: string, message: string];

/** The schedule of a cron job in its time zone, or why there is none. */
export function scheduleOf({ spec: { schedule, timeZone } }: CronJob): CronSchedule | ScheduleFault {
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    return ['UnknownTimeZone', `invalid timeZone: ${JSON.stringify(timeZone)}: unknown time zone ${timeZone}`];
  }
  const problem = scheduleProblem(schedule);
  if (problem !== undefined) return ['UnparseableSchedule', `unparseable schedule: ${JSON.stringify(schedule)} : ${problem}`];
  return parseCronSchedule(schedule, timeZone);
}

export const isFault = (schedule: CronSchedule | ScheduleFault): schedule is ScheduleFault => Array.isArray(schedule);

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false; // RangeError is how it says no
  }
}

/** The last time a job was due, as milliseconds since the epoch. */
export interface DueTime {
  readonly atMs: number;
  /** Whether more than a hundred were missed before it: either the controller was away for long or a clock is wrong. */
  readonly wereManyMissed: boolean;
}

/** The last due time that no job was made for; undefined when there is none. Times before the starting deadline do not count. */
export function unmetTime(cronJob: CronJob, schedule: CronSchedule, nowMs: number): DueTime | undefined {
  const { startingDeadlineSeconds } = cronJob.spec;
  const fromMs = startMs(cronJob);
  return mostRecent(schedule, startingDeadlineSeconds === undefined ? fromMs : Math.max(fromMs, nowMs - startingDeadlineSeconds * 1000), nowMs);
}

/** How long until the next due time; undefined when the schedule names none within years. */
export function nextDelayMs(cronJob: CronJob, schedule: CronSchedule, nowMs: number): number | undefined {
  const fromMs = startMs(cronJob);
  // Not from now: with @every that would put it off again and again.
  const next = schedule.next(mostRecent(schedule, fromMs, nowMs)?.atMs ?? fromMs);
  return next === undefined ? undefined : Math.max(0, next + marginMs - nowMs);
}

/** A cron job that made no job yet starts with its creation. */
const startMs = ({ metadata, status }: CronJob): number => Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp ?? '') || 0;

/** The last time of a schedule after `fromMs` that is not after `nowMs`. Looks at a few times only, however many there are. */
function mostRecent(schedule: CronSchedule, fromMs: number, nowMs: number): DueTime | undefined {
  const first = schedule.next(fromMs);
  if (first === undefined || nowMs < first) return undefined;
  const second = schedule.next(first);
  if (second === undefined || nowMs < second) return { atMs: first, wereManyMissed: false };
  const everyMs = Math.max(1_000, second - first);
  const missed = Math.floor((nowMs - first) / everyMs) + 1;
  let last = lastAfter(schedule, first + (missed - 2) * everyMs, nowMs);
  // Where times are not evenly apart, the last one may be further back than one interval: widen the search.
  for (let backMs = everyMs; last === undefined && nowMs - backMs > first - everyMs; backMs *= 2) last = lastAfter(schedule, nowMs - backMs, nowMs);
  last ??= lastAfter(schedule, first, nowMs);
  return { atMs: last ?? first, wereManyMissed: missed > manyMissed };
}

function lastAfter(schedule: CronSchedule, afterMs: number, nowMs: number): number | undefined {
  let last: number | undefined;
  for (let at = schedule.next(afterMs); at !== undefined && at <= nowMs; at = schedule.next(at)) last = at;
  return last;
}
