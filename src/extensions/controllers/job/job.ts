import type { Job } from '../../../api/generated/batch-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { jobs, pods } from '../../../api/generated/resource-types.ts';
import { keyOf, keyText, type ObjectKey } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import { claimObjects } from '../../../extension-points/controllers/claim.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { addControllerIndex, controlledBy, orphansIn } from '../../../extension-points/controllers/controlled-index.ts';
import { Expectations } from '../../../extension-points/controllers/expectations.ts';
import { jobEnd } from '../../../extension-points/controllers/job-end.ts';
import { controllerOf } from '../../../extension-points/controllers/owner-references.ts';
import { defineStatefulReconciler, type NamedController, ownerKey, type ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { isEmptySelector, matchesSelector } from '../../../extension-points/controllers/selectors.ts';
import { WrittenVersions } from '../../../extension-points/controllers/written-versions.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { uidOf } from './job-state.ts';
import { type JobMemory, JobSync } from './job-sync.ts';
import { orphanPodsController } from './orphan-pods.ts';
import { ExpectedUntracking, isTracked, trackingFinalizer } from './tracking-finalizer.ts';

const name = 'job-controller';
const ownManager = 'kubernetes.io/job-controller';
// Pods of one job end together: what they change is looked at once.
const gatherMs = 50;

/**
 * Runs pods of a job's template until enough of them succeeded or too many failed. Every pod holds a finalizer until it is counted, and is listed in the status
 * before it lets go: so a controller that dies at any moment neither loses one nor counts it twice.
 */
export function jobController(): NamedController {
  const parts = [runningController(), orphanPodsController(name)];
  return {
    name,
    async start(deps) {
      const stack = new DisposalStack();
      try {
        for (const part of parts) stack.use(await part.start(deps));
      } catch (error) {
        await stack[Symbol.asyncDispose]();
        throw error;
      }
      return stack;
    },
  };
}

function runningController(): NamedController {
  return defineStatefulReconciler({ name, primary: jobs }, (host) => {
    const memory: JobMemory = {
      expectations: new Expectations(host.clock),
      untracking: new ExpectedUntracking(),
      backoffs: new Map(),
      written: new WrittenVersions(),
    };
    addControllerIndex(host.informers.informer(pods));
    listenToPods(host, memory);
    return (key) => reconcile(key, { ...host, events: host.events.as(name) }, memory);
  });
}

async function reconcile(key: ObjectKey, deps: ControllerDeps, memory: JobMemory): Promise<WorkOutcome | void> {
  const job = deps.informers.informer(jobs).get(key);
  if (!job) return forget(keyText(key), memory); // garbage collection does the rest
  if ((job.spec.managedBy ?? ownManager) !== ownManager) return;
  if (jobEnd(job)) return forget(keyText(key), memory);
  if (memory.written.isStale(job)) return;
  try {
    return await new JobSync(job, await claimPods(job, deps), deps, memory).run();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    deps.log.debug('a job went while it was worked on', { key, error });
  }
}

function forget(key: string, { expectations, untracking, backoffs, written }: JobMemory): void {
  expectations.forget(key);
  untracking.forget(key);
  backoffs.delete(key);
  written.forget(key);
}

const claimPods = async (job: Job, { client, informers }: ControllerDeps): Promise<Pod[]> => {
  const selector = job.spec.selector;
  if (!selector || isEmptySelector(selector)) return [];
  const candidates = [...controlledBy(informers.informer(pods), job), ...orphansIn(informers.informer(pods), job.metadata.namespace ?? '')];
  return claimObjects({ client, type: pods, owner: job, ownerType: jobs, selector, candidates, finalizer: trackingFinalizer });
};

function listenToPods(host: ReconcilerHost, memory: JobMemory): void {
  const owner = (pod: Pod): ObjectKey | undefined => ownerKey(pod, jobs);
  const enqueue = (key: ObjectKey | undefined): void => void (key && host.enqueueAfter(key, gatherMs));
  const enqueueAdopters = (pod: Pod): void => {
    if (controllerOf(pod)) return;
    for (const job of host.informers.informer(jobs).list(pod.metadata.namespace ?? ''))
      if (!jobEnd(job) && !isEmptySelector(job.spec.selector) && matchesSelector(job.spec.selector, pod.metadata.labels)) enqueue(keyOf(job));
  };
  /** Notes what the view shows of a pod that a job controls. */
  const note = (pod: Pod, isGone: boolean): void => {
    const key = owner(pod);
    if (!key) return;
    if (isGone || !isTracked(pod)) memory.untracking.seen(keyText(key), uidOf(pod));
    if (isGone || pod.metadata.deletionTimestamp) memory.expectations.deletionSeen(keyText(key), keyText(keyOf(pod)));
    enqueue(key);
  };
  host.listen(pods, {
    added(pod) {
      note(pod, false);
      const key = owner(pod);
      if (key && !pod.metadata.deletionTimestamp) memory.expectations.creationSeen(keyText(key));
      enqueueAdopters(pod);
    },
    updated(pod, old) {
      if (controllerOf(old)?.uid !== controllerOf(pod)?.uid) note(old, true);
      note(pod, false);
      enqueueAdopters(pod);
    },
    deleted: (pod) => note(pod, true),
  });
}
