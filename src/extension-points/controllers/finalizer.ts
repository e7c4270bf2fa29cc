import { type KubernetesObject, keyOf } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import { isNotFound } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';

export interface FinalizerWork<T extends KubernetesObject> {
  readonly client: Client;
  readonly type: ResourceType<T>;
  /** Names a domain: `example.com/bucket`. */
  readonly finalizer: string;
  /** Undoes what was done for the object. Called again if it throws or if the process dies before the finalizer is gone: it must be idempotent. */
  readonly cleanUp: (object: T) => Promise<void>;
}

/**
 * Sees to it that `cleanUp` runs before an object goes. Answers the object with the finalizer on it, to go on with; or undefined when the object is being deleted:
 * then it was cleaned up and let go. Rejects with what `cleanUp` or the API throws; a retry picks up where it stopped.
 */
export async function withFinalizer<T extends KubernetesObject>(object: T, { client, type, finalizer, cleanUp }: FinalizerWork<T>): Promise<T | undefined> {
  const { finalizers = [], deletionTimestamp, resourceVersion } = object.metadata;
  const isHeld = finalizers.includes(finalizer);
  // The list is written as a whole, so somebody else's change in between must not be lost: that is a conflict, and tried again.
  const write = (list: readonly string[]): Promise<T> =>
    client.patch(type, keyOf(object), { type: 'merge', body: { metadata: { resourceVersion, finalizers: list } } });
  if (deletionTimestamp === undefined) return isHeld ? object : write([...finalizers, finalizer]);
  if (!isHeld) return undefined;
  await cleanUp(object);
  try {
    await write(finalizers.filter((name) => name !== finalizer));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return undefined;
}
