import type { CronSchedule } from '../../../api/cron-schedule.ts';
import type { CronJob, CronJobStatus, Job } from '../../../api/generated/batch-v1.ts';
import { cronjobs, jobs } from '../../../api/generated/resource-types.ts';
import { keyOf, nameOf } from '../../../api/object.ts';
import { isAlreadyExists, isNotFound } from '../../../api/status.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { jobEnd } from '../../../extension-points/controllers/job-end.ts';
import { isControlledBy } from '../../../extension-points/controllers/owner-references.ts';
import { isNamespaceTerminating } from '../../../extension-points/controllers/pod-control.ts';
import { canonicalJson } from '../../../extension-points/controllers/template-hash.ts';
import { timeText } from '../../../kernel/clock.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { surplusHistory } from './job-history.ts';
import { jobAt, jobNameAt, referenceTo } from './job-of-schedule.ts';
import { isFault, nextDelayMs, scheduleOf, unmetTime } from './schedule-times.ts';

type Active = NonNullable<CronJobStatus['active']>;

/** One look at a cron job and the jobs it made, and what follows from it. */
export class CronJobSync {
  readonly #deps: ControllerDeps;
  readonly #cronJob: CronJob;
  readonly #jobs: readonly Job[];
  readonly #nowMs: number;
  #active: Active;
  #lastScheduleTime: string | undefined;
  #lastSuccessfulTime: string | undefined;

  constructor(cronJob: CronJob, made: readonly Job[], deps: ControllerDeps) {
    this.#deps = deps;
    this.#cronJob = cronJob;
    this.#jobs = made;
    this.#nowMs = deps.clock.now();
    this.#active = cronJob.status?.active ?? [];
    this.#lastScheduleTime = cronJob.status?.lastScheduleTime;
    this.#lastSuccessfulTime = cronJob.status?.lastSuccessfulTime;
  }

  /** Makes the job that is due and writes the status, even when that fails. `written` is told of the cron job as it was written. */
  async run(written: (cronJob: CronJob) => void): Promise<WorkOutcome | void> {
    try {
      for (const job of surplusHistory(this.#cronJob, this.#jobs)) await this.#remove(job);
      for (const job of this.#jobs) this.#notice(job);
      await this.#dropMissing();
      return await this.#makeDueJob();
    } finally {
      const status = this.#status();
      if (canonicalJson(this.#cronJob.status ?? {}) !== canonicalJson(status))
        written(await this.#deps.client.replace(cronjobs, { ...this.#cronJob, status }, { subresource: 'status' }));
    }
  }

  #status(): CronJobStatus {
    return {
      ...(this.#active.length > 0 ? { active: this.#active } : {}),
      ...(this.#lastScheduleTime === undefined ? {} : { lastScheduleTime: this.#lastScheduleTime }),
      ...(this.#lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime: this.#lastSuccessfulTime }),
    };
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#deps.events.record(this.#cronJob, type, reason, message);
  }

  #isListed = (job: Job): boolean => this.#active.some(({ uid }) => uid === job.metadata.uid);

  #unlist(uid: string | undefined): void {
    this.#active = this.#active.filter((reference) => reference.uid !== uid);
  }

  #notice(job: Job): void {
    const end = jobEnd(job);
    if (!end) {
      // A person made it, or the controller died between making it and saying so.
      if (!this.#isListed(job)) this.#event('Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${nameOf(job)}`);
      return;
    }
    if (this.#isListed(job)) {
      this.#unlist(job.metadata.uid);
      this.#event('Normal', 'SawCompletedJob', `Saw completed job: ${nameOf(job)}, condition: ${end.type}`);
    }
    const completionTime = end.type === 'Complete' ? job.status?.completionTime : undefined;
    if (completionTime && Date.parse(completionTime) > (Date.parse(this.#lastSuccessfulTime ?? '') || 0)) this.#lastSuccessfulTime = completionTime;
  }

  /** The view of jobs may be behind: only what the API does not know either is missing. */
  async #dropMissing(): Promise<void> {
    const known = new Set(this.#jobs.map(({ metadata }) => metadata.uid));
    for (const { uid, name = '', namespace = '' } of this.#active.filter((reference) => !known.has(reference.uid ?? ''))) {
      const live = await this.#find(name, namespace);
      if (live?.metadata.uid === uid) continue;
      this.#unlist(uid);
      this.#event('Normal', 'MissingJob', `Active job went missing: ${name}`);
    }
  }

  async #find(name: string, namespace: string): Promise<Job | undefined> {
    return this.#deps.client.get(jobs, { namespace, name }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
      return undefined;
    });
  }

  async #makeDueJob(): Promise<WorkOutcome | void> {
    const { metadata, spec } = this.#cronJob;
    if (metadata.deletionTimestamp) return;
    const schedule = scheduleOf(this.#cronJob);
    if (spec.suspend && !(isFault(schedule) && schedule[0] === 'UnknownTimeZone')) return;
    if (isFault(schedule)) return this.#event('Warning', ...schedule); // nothing to do until the spec changes
    await this.#meet(schedule);
    const lastScheduleTime = this.#lastScheduleTime;
    const next = nextDelayMs({ ...this.#cronJob, status: lastScheduleTime === undefined ? {} : { lastScheduleTime } }, schedule, this.#nowMs);
    return next === undefined ? undefined : { requeueAfterMs: next };
  }

  async #meet(schedule: CronSchedule): Promise<void> {
    const { spec } = this.#cronJob;
    const due = unmetTime(this.#cronJob, schedule, this.#nowMs);
    if (!due) return;
    const { atMs } = due;
    if (due.wereManyMissed)
      this.#event('Warning', 'TooManyMissedTimes', 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew');
    if (spec.startingDeadlineSeconds !== undefined && atMs + spec.startingDeadlineSeconds * 1000 < this.#nowMs)
      return this.#event('Warning', 'MissSchedule', `Missed scheduled time to start a job: ${new Date(atMs).toUTCString().replace('GMT', '+0000')}`);
    if (this.#active.some(({ name }) => name === jobNameAt(this.#cronJob, atMs)) || this.#lastScheduleTime === timeText(atMs)) return;
    if (spec.concurrencyPolicy === 'Forbid' && this.#active.length > 0)
      return this.#event('Normal', 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid');
    if (spec.concurrencyPolicy === 'Replace') await this.#replaceActive();
    await this.#make(atMs);
  }

  async #replaceActive(): Promise<void> {
    for (const { name = '', namespace = '' } of this.#active) {
      const job = await this.#deps.client.get(jobs, { namespace, name }).catch((error: unknown) => {
        this.#event('Warning', 'FailedGet', `Get job: ${textOf(error)}`);
        throw error;
      });
      if (!(await this.#remove(job))) throw new Error(`could not replace job ${namespace}/${name}`);
    }
  }

  async #make(atMs: number): Promise<void> {
    const draft = jobAt(this.#cronJob, atMs);
    let made: Job;
    try {
      made = await this.#deps.client.create(jobs, draft);
      this.#event('Normal', 'SuccessfulCreate', `Created job ${nameOf(made)}`);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      if (!isAlreadyExists(error)) {
        this.#event('Warning', 'FailedCreate', `Error creating job: ${textOf(error)}`);
        throw error;
      }
      // Made before, and the controller died before it said so.
      made = await this.#deps.client.get(jobs, keyOf(draft));
      if (!isControlledBy(made, this.#cronJob) || this.#isListed(made)) return;
    }
    if (!jobEnd(made)) this.#active = [...this.#active, referenceTo(made)];
    this.#lastScheduleTime = timeText(atMs);
  }

  async #remove(job: Job): Promise<boolean> {
    try {
      await this.#deps.client.delete(jobs, keyOf(job), { propagationPolicy: 'Background' });
    } catch (error) {
      if (!isNotFound(error)) {
        this.#event('Warning', 'FailedDelete', `Deleted job: ${textOf(error)}`);
        this.#deps.log.warn('deleting a job of a cron job failed', { job: nameOf(job), error });
        return false;
      }
    }
    this.#unlist(job.metadata.uid);
    this.#event('Normal', 'SuccessfulDelete', `Deleted job ${nameOf(job)}`);
    return true;
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
