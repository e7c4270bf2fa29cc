import type { Job } from '../../../api/generated/batch-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { sortForDeletion } from '../../../extension-points/controllers/pod-ranking.ts';
import { isIndexed, validIndexOf } from './completion-index.ts';

/** The active pods to delete: those of an indexed job that have no valid index or one that another pod has, and more until there are `atLeast`. */
export function surplusPods(job: Job, active: readonly Pod[], atLeast: number, nowMs: number): Pod[] {
  const ranked = sortForDeletion(
    active.map((pod) => ({ pod, crowd: 0 })),
    nowMs,
  );
  const misplaced = isIndexed(job) ? misplacedPods(job, ranked) : new Set<Pod>();
  const others = ranked.filter((pod) => !misplaced.has(pod));
  return [...misplaced, ...others.slice(0, Math.max(0, atLeast - misplaced.size))];
}

/** Of pods with one index, the last to delete stays. */
function misplacedPods(job: Job, ranked: readonly Pod[]): Set<Pod> {
  const kept = new Map<number, Pod>();
  for (const pod of ranked) {
    const index = validIndexOf(pod, job);
    if (index !== undefined) kept.set(index, pod);
  }
  const keptPods = new Set(kept.values());
  return new Set(ranked.filter((pod) => !keptPods.has(pod)));
}
