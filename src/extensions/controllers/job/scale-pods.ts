import type { Job } from '../../../api/generated/batch-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { jobs } from '../../../api/generated/resource-types.ts';
import { keyOf, keyText } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import type { Expectations } from '../../../extension-points/controllers/expectations.ts';
import { createPod, deletePod, isNamespaceTerminating } from '../../../extension-points/controllers/pod-control.ts';
import { isPodReady, isPodTerminating } from '../../../extension-points/controllers/pod-state.ts';
import { slowStart } from '../../../extension-points/controllers/slow-start.ts';
import { completionIndexOf, withCompletionIndex } from './completion-index.ts';
import { replacesOnlyFailed } from './failure-policy.ts';
import { failureAnnotations, hasLimitPerIndex, replaceableInMs } from './index-failures.ts';
import { firstFree, intervalsOf, union } from './index-intervals.ts';
import type { JobState } from './job-state.ts';
import { remainingMs } from './pod-backoff.ts';
import { surplusPods } from './surplus-pods.ts';
import { trackingFinalizer, untrack } from './tracking-finalizer.ts';

// Upstream's bound of one sync; the rest follows when these are seen.
const mostPerSync = 500;

/** What was done to a job's pods. */
export interface Scaling {
  readonly created?: number;
  readonly deleted?: readonly Pod[];
  /** Why it was not all that was to be done. */
  readonly error?: unknown;
  /** When the next pod may be created. */
  readonly waitMs?: number;
}

/** Deletes the active pods of a job that ended. They keep the finalizer, so that they are counted. */
export async function deleteActivePods({ job, active }: JobState, deps: ControllerDeps): Promise<Scaling> {
  return deleteEach(active, (pod) => deletePod({ client: deps.client, events: deps.events, owner: job, ownerType: jobs }, pod));
}

/** Creates or deletes pods, so that as many are active as a job asks for, completions and back-off considered. */
export async function scalePods(state: JobState, deps: ControllerDeps, expectations: Expectations): Promise<Scaling> {
  const { job, active, pods, nowMs } = state;
  if (job.spec.suspend) return deleteSurplus(job, active, deps, expectations);
  const wanted = wantedPods(state);
  const surplus = surplusPods(job, active, active.length - wanted, nowMs).slice(0, mostPerSync);
  if (surplus.length > 0) return deleteSurplus(job, surplus, deps, expectations);
  const terminating = replacesOnlyFailed(job) ? pods.filter(isPodTerminating) : [];
  const missing = Math.min(wanted - active.length - terminating.length, mostPerSync);
  if (missing <= 0) return {};
  const waitMs = hasLimitPerIndex(job) ? 0 : remainingMs(state.backoff, nowMs);
  if (waitMs > 0) return { waitMs };
  if (!state.indexes) return createPods(job, missing, (pod) => pod, deps, expectations);
  const free = freeIndexes(state, terminating, missing);
  const { toReplace } = state.indexes;
  const waits = free.map((index) => replaceableInMs(toReplace.get(index), nowMs));
  const ready = free.filter((_, at) => waits[at] === 0);
  const later = waits.filter((wait) => wait > 0).reduce((least, wait) => Math.min(least, wait), Number.POSITIVE_INFINITY);
  const indexed = (pod: Pod, at: number): Pod => podForIndex(job, pod, ready[at] ?? 0, toReplace);
  const scaling = ready.length === 0 ? {} : await createPods(job, ready.length, indexed, deps, expectations);
  return Number.isFinite(later) ? { ...scaling, waitMs: later } : scaling;
}

/** Without completions any success is enough: what runs then may go on, and nothing is added. */
function wantedPods({ job: { spec }, active, succeeded }: JobState): number {
  const { parallelism = 1, completions } = spec;
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

function freeIndexes({ job, active, indexes }: JobState, terminating: readonly Pod[], count: number): number[] {
  const running = intervalsOf([...active, ...terminating].flatMap((pod) => completionIndexOf(pod) ?? []));
  const taken = union(union(indexes?.succeeded ?? [], indexes?.failed ?? []), running);
  return firstFree(taken, count, job.spec.completions ?? 0);
}

function podForIndex(job: Job, pod: Pod, index: number, toReplace: ReadonlyMap<number, Pod>): Pod {
  const indexed = withCompletionIndex(pod, job, index);
  if (!hasLimitPerIndex(job)) return indexed;
  return { ...indexed, metadata: { ...indexed.metadata, annotations: { ...indexed.metadata.annotations, ...failureAnnotations(job, toReplace.get(index)) } } };
}

async function createPods(
  job: Job,
  count: number,
  change: (pod: Pod, at: number) => Pod,
  { client, events }: ControllerDeps,
  expectations: Expectations,
): Promise<Scaling> {
  const key = keyText(keyOf(job));
  let created = 0;
  expectations.expect(key, { creations: count });
  const { succeeded, error } = await slowStart(count, async (at) => {
    try {
      await createPod({ client, events, owner: job, ownerType: jobs }, job.spec.template, (pod) => change(tracked(pod), at));
      created++;
    } catch (fault) {
      if (!isNamespaceTerminating(fault)) throw fault;
      expectations.creationSeen(key); // it will never be seen, and asking again is of no use
    }
  });
  expectations.creationSeen(key, count - succeeded);
  return error === undefined ? { created } : { created, error };
}

function tracked(pod: Pod): Pod {
  const finalizers = pod.metadata.finalizers ?? [];
  return finalizers.includes(trackingFinalizer) ? pod : { ...pod, metadata: { ...pod.metadata, finalizers: [...finalizers, trackingFinalizer] } };
}

/** Deletes pods that ran in vain: they let go of the finalizer first, so that they count neither as succeeded nor as failed. */
async function deleteSurplus(job: Job, surplus: readonly Pod[], deps: ControllerDeps, expectations: Expectations): Promise<Scaling> {
  const key = keyText(keyOf(job));
  expectations.expect(key, { deletions: surplus.map((pod) => keyText(keyOf(pod))) });
  return deleteEach(surplus, async (pod) => {
    try {
      await untrack(deps.client, pod);
      await deletePod({ client: deps.client, events: deps.events, owner: job, ownerType: jobs }, pod);
    } catch (error) {
      expectations.deletionSeen(key, keyText(keyOf(pod))); // no deletion of ours will be seen
      throw error;
    }
  });
}

async function deleteEach(victims: readonly Pod[], remove: (pod: Pod) => Promise<void>): Promise<Scaling> {
  const deleted: Pod[] = [];
  let failure: { readonly error: unknown } | undefined;
  const attempt = async (pod: Pod): Promise<void> => {
    try {
      await remove(pod);
    } catch (error) {
      if (!isNotFound(error)) return void (failure ??= { error });
    }
    deleted.push(pod);
  };
  await Promise.all(victims.map(attempt));
  return failure ? { deleted, error: failure.error } : { deleted };
}

/** How many of some pods were ready. */
export const readyCount = (pods: readonly Pod[]): number => pods.filter(isPodReady).length;
