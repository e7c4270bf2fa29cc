import type { Job } from '../../../api/generated/batch-v1.ts';
import { jobs } from '../../../api/generated/resource-types.ts';
import type { ObjectKey } from '../../../api/object.ts';
import { isConflict, isNotFound } from '../../../api/status.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { jobEnd } from '../../../extension-points/controllers/job-end.ts';
import { matching } from '../../../extension-points/controllers/predicates.ts';
import { defineReconciler, type NamedController } from '../../../extension-points/controllers/reconcile.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';

/** Deletes jobs, and their pods before them, `ttlSecondsAfterFinished` after they ended. */
export function ttlAfterFinishedController(): NamedController {
  return defineReconciler({
    name: 'ttl-after-finished-controller',
    primary: jobs,
    predicate: matching<Job>((job) => job.spec.ttlSecondsAfterFinished !== undefined && jobEnd(job) !== undefined),
    reconcile,
  });
}

async function reconcile(key: ObjectKey, { client, clock, informers }: ControllerDeps): Promise<WorkOutcome | void> {
  const seen = informers.informer(jobs).get(key);
  const waitMs = seen && expiresInMs(seen, clock.now());
  if (waitMs === undefined) return;
  if (waitMs > 0) return { requeueAfterMs: waitMs };
  try {
    // Its time may have been prolonged meanwhile, which the view need not show yet.
    const job = await client.get(jobs, key);
    const leftMs = expiresInMs(job, clock.now());
    if (leftMs === undefined) return;
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    const { uid, resourceVersion } = job.metadata;
    await client.delete(jobs, key, {
      propagationPolicy: 'Foreground',
      preconditions: { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) },
    });
  } catch (error) {
    if (isNotFound(error)) return;
    if (isConflict(error)) return { requeueAfterMs: 1_000 };
    throw error;
  }
}

/** How long a job that ended is kept still; undefined for one that has not ended, is kept for good or is being deleted already. */
function expiresInMs(job: Job, nowMs: number): number | undefined {
  const { ttlSecondsAfterFinished } = job.spec;
  const endedMs = Date.parse(jobEnd(job)?.lastTransitionTime ?? '');
  if (ttlSecondsAfterFinished === undefined || job.metadata.deletionTimestamp || Number.isNaN(endedMs)) return undefined;
  return Math.max(0, endedMs + ttlSecondsAfterFinished * 1000 - nowMs);
}
