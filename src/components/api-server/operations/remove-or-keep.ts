import type { UntypedObject } from '../../../api/object.ts';
import type { ServedResource } from '../resource-index.ts';

/** Whether an object whose deletion has begun has nothing left to wait for: no finalizers, no grace period, and its kind agrees. */
export function mayRemoveNow(served: ServedResource, object: UntypedObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (deletionGracePeriodSeconds ?? 0) > 0 || (finalizers?.length ?? 0) > 0) return false;
  return served.definition.mayRemove?.(object) ?? true;
}
