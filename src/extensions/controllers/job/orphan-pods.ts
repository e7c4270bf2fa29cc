import type { Job } from '../../../api/generated/batch-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { jobs, pods } from '../../../api/generated/resource-types.ts';
import { keyOf, type ObjectKey } from '../../../api/object.ts';
import { addControllerIndex, controlledBy } from '../../../extension-points/controllers/controlled-index.ts';
import { jobEnd } from '../../../extension-points/controllers/job-end.ts';
import { controllerOf, isReferenceTo } from '../../../extension-points/controllers/owner-references.ts';
import type { Predicate } from '../../../extension-points/controllers/predicates.ts';
import { defineStatefulReconciler, type NamedController, ownerKey } from '../../../extension-points/controllers/reconcile.ts';
import { isTracked, untrack } from './tracking-finalizer.ts';

const trackedOnly: Predicate<Pod> = { added: isTracked, updated: isTracked, deleted: () => false };

/** Lets pods go whose job is not there to count them any more: it was deleted, has let them go or has ended. */
export function orphanPodsController(name: string): NamedController {
  return defineStatefulReconciler({ name, primary: pods, predicate: trackedOnly }, (host) => {
    addControllerIndex(host.informers.informer(pods));
    const enqueuePods = (job: Job): void => {
      for (const pod of controlledBy(host.informers.informer(pods), job)) if (isTracked(pod)) host.enqueue(keyOf(pod));
    };
    host.listen(jobs, { updated: (job) => void (jobEnd(job) && enqueuePods(job)), deleted: enqueuePods });
    return async (key: ObjectKey) => {
      const pod = host.informers.informer(pods).get(key);
      if (!pod || !isTracked(pod)) return;
      const owner = controllerOf(pod);
      if (owner && !isReferenceTo(owner, jobs)) return; // another kind's own use of the finalizer
      const jobKey = ownerKey(pod, jobs);
      const job = jobKey && host.informers.informer(jobs).get(jobKey);
      if (job && job.metadata.uid === owner?.uid && !jobEnd(job)) return;
      await untrack(host.client, pod);
    };
  });
}
