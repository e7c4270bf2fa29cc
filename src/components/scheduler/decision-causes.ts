import type { KubernetesObject } from '../../api/object.ts';
import type { MoveCause } from '../../extension-points/scheduling/decision.ts';
import type { ClusterChange } from './cluster-change.ts';

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
