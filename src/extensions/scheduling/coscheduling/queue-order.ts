import type { Pod } from '../../../api/generated/core-v1.ts';
import type { QueuedPod } from '../../../extension-points/scheduling/contract.ts';

/** The place of a pod, or of a group, in the queue. */
export interface Place {
  readonly priority: number;
  /** When a group was made, or last failed; when a pod on its own was queued. */
  readonly sinceMs: number;
  /** `namespace/name` of the group, or of the pod on its own: keeps members together. */
  readonly key: string;
}

/** Negative when `left` goes first: by priority, then by who is there longer, then by name. */
export const comparePlaces = (left: Place, right: Place): number =>
  right.priority - left.priority || left.sinceMs - right.sinceMs || compareTexts(left.key, right.key);

/**
 * Orders pods by their places, members of one group by name. A pod keeps the place it was queued with until it is queued again: what a group's place is may change at
 * any time, and a heap must not see that.
 */
export function createQueueOrder(placeOf: (queued: QueuedPod) => Place): (left: QueuedPod, right: QueuedPod) => number {
  const known = new WeakMap<QueuedPod, { readonly queuedAtMs: number; readonly place: Place }>();
  const place = (queued: QueuedPod): Place => {
    let entry = known.get(queued);
    if (entry?.queuedAtMs !== queued.queuedAtMs) {
      entry = { queuedAtMs: queued.queuedAtMs, place: placeOf(queued) };
      known.set(queued, entry);
    }
    return entry!.place;
  };
  return (left, right) => comparePlaces(place(left), place(right)) || compareTexts(nameOf(left.pod), nameOf(right.pod));
}

const compareTexts = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
const nameOf = ({ metadata: { namespace, name } }: Pod): string => `${namespace}/${name}`;
