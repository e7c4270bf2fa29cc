import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { keyOf } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';

/** Holds a pod of a job until the job has counted it. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

export const isTracked = ({ metadata }: Pod): boolean => metadata.finalizers?.includes(trackingFinalizer) === true;

/** Lets a pod go. A pod that is gone already is no error; refused with a conflict when the name belongs to another pod by now. */
export async function untrack(client: Client, pod: Pod): Promise<void> {
  const body = { metadata: { uid: pod.metadata.uid, '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] } };
  await client.patch(pods, keyOf(pod), { type: 'strategic', body }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

/** The finalizers a controller has taken off and its view still shows, by job. */
export class ExpectedUntracking {
  readonly #uids = new Map<string, Set<string>>();

  has(job: string, uid: string): boolean {
    return this.#uids.get(job)?.has(uid) === true;
  }

  expect(job: string, uid: string): void {
    let uids = this.#uids.get(job);
    if (!uids) this.#uids.set(job, (uids = new Set()));
    uids.add(uid);
  }

  /** The view shows it, or it was not done. */
  seen(job: string, uid: string): void {
    const uids = this.#uids.get(job);
    if (uids?.delete(uid) && uids.size === 0) this.#uids.delete(job);
  }

  forget(job: string): void {
    this.#uids.delete(job);
  }
}
