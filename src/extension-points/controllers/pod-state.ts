import { findCondition } from '../../api/conditions.ts';
import type { Pod, PodCondition } from '../../api/generated/core-v1.ts';

export const podCondition = (pod: Pod, type: string): PodCondition | undefined => findCondition(pod.status?.conditions, type);

export const isPodReady = (pod: Pod): boolean => podCondition(pod, 'Ready')?.status === 'True';

/** Succeeded or Failed. */
export const isPodFinished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** Neither finished nor being deleted. */
export const isPodActive = (pod: Pod): boolean => !isPodFinished(pod) && !pod.metadata.deletionTimestamp;

/** Being deleted and not finished: it still uses what it holds. */
export const isPodTerminating = (pod: Pod): boolean => !isPodFinished(pod) && pod.metadata.deletionTimestamp !== undefined;

/** Ready for at least `minReadySeconds`. */
export const isPodAvailable = (pod: Pod, minReadySeconds: number, nowMs: number): boolean => availableInMs(pod, minReadySeconds, nowMs) === 0;

/** How long until a ready pod is available: 0 when it is, undefined when it is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  if (!isPodReady(pod)) return undefined;
  const sinceMs = Date.parse(podCondition(pod, 'Ready')?.lastTransitionTime ?? '');
  if (minReadySeconds === 0) return 0;
  return Number.isNaN(sinceMs) ? undefined : Math.max(0, sinceMs + minReadySeconds * 1000 - nowMs);
}
