import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { ResourceInfo } from '../resources/contract.ts';
import { getObject } from '../resources/object-requests.ts';
import { type Sighting, watchOne } from './watch-one.ts';

/** As long as kubectl waits when nobody says how long. */
export const weekMs = 168 * 60 * 60 * 1000;

export interface DeletionWait {
  readonly client: HttpsClient;
  readonly clock: Clock;
  /** 0: look once. */
  readonly timeoutMs: number;
  /** The object that is to go; another one of its name is none. */
  readonly uid?: string | undefined;
}

/**
 * Waits until an object is gone, its finalizers done, or another one has its name. Answers it as it was last; undefined when it was gone at once. Throws `TimedOut`, or
 * `condition not met for …` when it should only look.
 */
export async function waitForDeletion(wait: DeletionWait, info: ResourceInfo): Promise<UntypedObject | undefined> {
  let object: UntypedObject;
  try {
    object = await getObject(wait.client, info);
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'NotFound') return undefined;
    throw error;
  }
  const isOther = (other: UntypedObject): boolean => wait.uid !== undefined && other.metadata.uid !== wait.uid;
  if (isOther(object)) return object;
  if (wait.timeoutMs === 0) throw new Error(`condition not met for ${info.resource.resource}/${info.name}`);
  const isGone = (sighting: Sighting): boolean => sighting.type !== 'present' || isOther(sighting.object);
  await watchOne(wait, info, isGone);
  return object;
}
