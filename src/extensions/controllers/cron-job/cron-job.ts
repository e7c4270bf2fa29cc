import type { CronJob } from '../../../api/generated/batch-v1.ts';
import { cronjobs, jobs } from '../../../api/generated/resource-types.ts';
import { keyOf, keyText, type ObjectKey } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { addControllerIndex, controlledBy } from '../../../extension-points/controllers/controlled-index.ts';
import { defineStatefulReconciler, type NamedController, type ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { WrittenVersions } from '../../../extension-points/controllers/written-versions.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { CronJobSync } from './cron-job-sync.ts';
import { isFault, nextDelayMs, scheduleOf } from './schedule-times.ts';

const name = 'cronjob-controller';

/** Makes jobs at the times of a schedule, and removes old ones. */
export function cronJobController(): NamedController {
  const hasOtherSchedule = (cronJob: CronJob, old: CronJob): boolean =>
    cronJob.metadata.uid === old.metadata.uid && (cronJob.spec.schedule !== old.spec.schedule || cronJob.spec.timeZone !== old.spec.timeZone);
  const predicate = { updated: (cronJob: CronJob, old: CronJob): boolean => !hasOtherSchedule(cronJob, old) };
  return defineStatefulReconciler({ name, primary: cronjobs, predicate, owns: [jobs] }, (host) => {
    addControllerIndex(host.informers.informer(jobs));
    host.listen(cronjobs, { updated: (cronJob, old) => void (hasOtherSchedule(cronJob, old) && waitForNext(cronJob, host)) });
    const written = new WrittenVersions();
    return (key) => reconcile(key, { ...host, events: host.events.as(name) }, written);
  });
}

/** A new schedule counts from now on: what it would have asked for before is not made up for at once. */
function waitForNext(cronJob: CronJob, host: ReconcilerHost): void {
  const schedule = scheduleOf(cronJob);
  if (isFault(schedule)) {
    const { schedule: text } = cronJob.spec;
    return host.events.as(name).record(cronJob, 'Warning', 'UnParseableCronJobSchedule', `unparseable schedule for cronjob: ${text}`);
  }
  const delayMs = nextDelayMs(cronJob, schedule, host.clock.now());
  if (delayMs !== undefined) host.enqueueAfter(keyOf(cronJob), delayMs);
}

async function reconcile(key: ObjectKey, deps: ControllerDeps, written: WrittenVersions): Promise<WorkOutcome | void> {
  const cronJob = deps.informers.informer(cronjobs).get(key);
  if (!cronJob) return written.forget(keyText(key));
  if (written.isStale(cronJob)) return; // an older view would have a job made twice
  try {
    const made = controlledBy(deps.informers.informer(jobs), cronJob);
    return await new CronJobSync(cronJob, made, deps).run((latest) => written.wrote(latest));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    deps.log.debug('a cron job or its job went while it was worked on', { key, error });
    return { requeueAfterMs: 1_000 };
  }
}
