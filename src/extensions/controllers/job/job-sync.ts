import type { Job, JobCondition, JobStatus } from '../../../api/generated/batch-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { jobs } from '../../../api/generated/resource-types.ts';
import { keyOf, keyText } from '../../../api/object.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import type { Expectations } from '../../../extension-points/controllers/expectations.ts';
import { isPodReady, isPodTerminating } from '../../../extension-points/controllers/pod-state.ts';
import { canonicalJson } from '../../../extension-points/controllers/template-hash.ts';
import { withoutZeros } from '../../../extension-points/controllers/wire-counts.ts';
import type { WrittenVersions } from '../../../extension-points/controllers/written-versions.ts';
import { timeText } from '../../../kernel/clock.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { countPods, hasTooManySucceeded, isSettled, settleCounts } from './count-pods.ts';
import { hasCondition, trueCondition, withCondition } from './job-conditions.ts';
import { completed, deadlineInMs, outcomeOf } from './job-outcome.ts';
import { type JobState, observe, uidOf } from './job-state.ts';
import type { BackoffRecord } from './pod-backoff.ts';
import { deleteActivePods, readyCount, type Scaling, scalePods } from './scale-pods.ts';
import { type ExpectedUntracking, isTracked, untrack } from './tracking-finalizer.ts';

/** What the controller remembers of its jobs between syncs, by key. */
export interface JobMemory {
  readonly expectations: Expectations;
  readonly untracking: ExpectedUntracking;
  readonly backoffs: Map<string, BackoffRecord>;
  /** An older view of the job than its last status would have pods created and counted twice. */
  readonly written: WrittenVersions;
}

/** One look at a job and its pods, and what follows from it. */
export class JobSync {
  readonly #deps: ControllerDeps;
  readonly #memory: JobMemory;
  readonly #state: JobState;
  readonly #key: string;
  /** As it was last written. */
  #job: Job;

  constructor(job: Job, pods: readonly Pod[], deps: ControllerDeps, memory: JobMemory) {
    this.#deps = deps;
    this.#memory = memory;
    this.#key = keyText(keyOf(job));
    this.#job = job;
    const tracked = pods.filter((pod) => isTracked(pod) && !memory.untracking.has(this.#key, uidOf(pod)));
    this.#state = observe(job, pods, tracked, memory.backoffs.get(this.#key), deps.clock.now());
  }

  /** Throws what went wrong with pods once the rest was written. */
  async run(): Promise<WorkOutcome | void> {
    const state = this.#state;
    const isCurrent = this.#memory.expectations.isSatisfied(this.#key);
    let outcome = outcomeOf(state);
    const isDecided = outcome !== undefined;
    const mayScale = !isDecided && isCurrent && !state.job.metadata.deletionTimestamp;
    const scaling = isDecided ? await deleteActivePods(state, this.#deps) : mayScale ? await scalePods(state, this.#deps, this.#memory.expectations) : {};
    const active = state.active.length + (scaling.created ?? 0) - (scaling.deleted?.length ?? 0);
    // Pods may be left that are not deleted, or not even seen.
    if (isDecided && (active > 0 || !isCurrent)) outcome = undefined;
    if (!isDecided && this.#isComplete(active)) outcome = completed(state.nowMs);
    const status = this.#statusWith(active, scaling);
    await this.#track(mayScale && !outcome ? this.#withSuspension(status) : status, outcome);
    if (scaling.error !== undefined) throw scaling.error;
    const waits = [scaling.waitMs, isDecided ? undefined : deadlineInMs(state)].filter((wait) => wait !== undefined);
    return waits.length === 0 ? undefined : { requeueAfterMs: Math.min(...waits) };
  }

  #isComplete(active: number): boolean {
    const { job, succeeded } = this.#state;
    const { completions } = job.spec;
    return active === 0 && (completions === undefined ? succeeded > 0 : succeeded >= completions);
  }

  #statusWith(active: number, { deleted = [] }: Scaling): JobStatus {
    const { job, pods, startTime } = this.#state;
    return {
      ...job.status,
      active,
      ready: this.#state.active.filter(isPodReady).length - readyCount(deleted),
      terminating: pods.filter(isPodTerminating).length + deleted.length,
      ...(startTime === undefined ? {} : { startTime }),
    };
  }

  /** A job that is resumed starts anew: its deadline does not run while it is suspended. */
  #withSuspension(status: JobStatus): JobStatus {
    const { job, nowMs } = this.#state;
    const { events } = this.#deps;
    const old = status.conditions ?? [];
    if (job.spec.suspend) {
      const conditions = withCondition(old, trueCondition('Suspended', 'JobSuspended', 'Job suspended', nowMs));
      if (conditions !== old) events.record(job, 'Normal', 'Suspended', 'Job suspended');
      return conditions === old ? status : { ...status, conditions: [...conditions] };
    }
    const conditions = withCondition(old, { ...trueCondition('Suspended', 'JobResumed', 'Job resumed', nowMs), status: 'False' });
    if (conditions === old) return status;
    events.record(job, 'Normal', 'Resumed', 'Job resumed');
    return { ...status, conditions: [...conditions], startTime: timeText(nowMs) };
  }

  /** Lists what ended, lets those pods go, counts them, and ends the job when all is counted. */
  async #track(draft: JobStatus, outcome: JobCondition | undefined): Promise<void> {
    const { tracked, backoff } = this.#state;
    const uids = new Set(tracked.map(uidOf));
    const counting = countPods(this.#state, settleCounts(draft, uids), outcome);
    const isInterim = outcome?.type === 'SuccessCriteriaMet' || outcome?.type === 'FailureTarget';
    const decided = isInterim && !hasCondition(this.#job, outcome.type) ? withDecision(counting.status, outcome) : counting.status;
    await this.#write(decided);
    this.#memory.backoffs.set(this.#key, backoff);
    const failure = await this.#untrack(counting.toUntrack, uids);
    const settled = settleCounts(decided, uids);
    if (failure) {
      await this.#write(settled);
      throw failure.error;
    }
    if (outcome && !counting.isPartial && isSettled(settled) && !settled.terminating) await this.#finish(settled, this.#endFor(outcome));
    else await this.#write(settled);
  }

  /** The condition that an outcome leads to once every pod is counted and gone. */
  #endFor({ type, reason = '', message = '' }: JobCondition): JobCondition {
    return trueCondition(type === 'SuccessCriteriaMet' ? 'Complete' : 'Failed', reason, message, this.#state.nowMs);
  }

  async #finish(settled: JobStatus, end: JobCondition): Promise<void> {
    const isComplete = end.type === 'Complete';
    const conditions = [...withCondition(settled.conditions ?? [], end)];
    const status = { ...settled, conditions, ...(isComplete && end.lastTransitionTime ? { completionTime: end.lastTransitionTime } : {}) };
    await this.#write(status);
    const { events } = this.#deps;
    if (isComplete && hasTooManySucceeded(this.#job, status))
      events.record(this.#job, 'Warning', 'TooManySucceededPods', 'Too many succeeded pods running after completion count reached');
    if (isComplete) events.record(this.#job, 'Normal', 'Completed', 'Job completed');
    else events.record(this.#job, 'Warning', end.reason ?? '', end.message ?? '');
  }

  /** Takes the uids of pods that were let go from `uids`. */
  async #untrack(pods: readonly Pod[], uids: Set<string>): Promise<{ readonly error: unknown } | undefined> {
    const { untracking } = this.#memory;
    let failure: { readonly error: unknown } | undefined;
    const attempt = async (pod: Pod): Promise<void> => {
      untracking.expect(this.#key, uidOf(pod)); // before the view can show it
      try {
        await untrack(this.#deps.client, pod);
        uids.delete(uidOf(pod));
      } catch (error) {
        untracking.seen(this.#key, uidOf(pod));
        failure ??= { error };
      }
    };
    await Promise.all(pods.map(attempt));
    return failure;
  }

  async #write(draft: JobStatus): Promise<void> {
    const status = withoutZeros(draft, 'ready', 'terminating');
    if (canonicalJson(this.#job.status ?? {}) === canonicalJson(status)) return;
    this.#job = await this.#deps.client.replace(jobs, { ...this.#job, status }, { subresource: 'status' });
    this.#memory.written.wrote(this.#job);
  }
}

const withDecision = (status: JobStatus, outcome: JobCondition): JobStatus => ({ ...status, conditions: [...(status.conditions ?? []), outcome] });
