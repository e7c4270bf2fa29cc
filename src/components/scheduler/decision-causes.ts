import type { KubernetesObject } from '../../api/object.ts';
import type { MoveCause, QueuePlace } from '../../extension-points/scheduling/decision.ts';
import type { ClusterChange } from './cluster-change.ts';

/** Why a pod goes from one place to another. */
export interface Move {
  readonly from: QueuePlace;
  readonly cause: MoveCause;
  readonly plugin?: string;
}

// Upstream's names of what moves pods within the queue.
export const podAdd: MoveCause = { event: 'PodAdd' };
export const attemptFailure: MoveCause = { event: 'ScheduleAttemptFailure' };
export const backoffComplete: MoveCause = { event: 'BackoffComplete' };
export const popFromBackoff: MoveCause = { event: 'PopFromBackoffQ' };
export const unschedulableTimeout: MoveCause = { event: 'UnschedulableTimeout' };
export const forceActivate: MoveCause = { event: 'ForceActivate' };

/** A change as the cause of moves, in upstream's name: `NodeAdd`, `AssignedPodDelete`. */
export function causeOf({ resource, action, old, current }: ClusterChange): MoveCause {
  const event = `${resource}${action}`;
  const { metadata } = ((current ?? old) as Partial<KubernetesObject> | undefined) ?? {};
  if (!metadata?.name) return { event };
  const { name, namespace } = metadata;
  return { event, object: { kind: kindOf(resource), ...(namespace ? { namespace } : {}), name } };
}

/** Resources of events are kinds, some with a group before them and pods by what they are to the scheduler. */
const kindOf = (resource: string): string => (resource.endsWith('Pod') ? 'Pod' : resource.slice(resource.lastIndexOf('/') + 1));
