import type { Pod } from '../../../api/generated/core-v1.ts';

export const priorityOf = ({ spec }: Pod): number => spec?.priority ?? 0;

/** In milliseconds. A pod that has not started counts as starting now. */
export const startOf = ({ status }: Pod, nowMs: number): number => (status?.startTime === undefined ? nowMs : Date.parse(status.startTime));

/** Orders pods, the most important first: by priority, then by who runs longer. */
export const byImportance =
  (nowMs: number) =>
  (left: Pod, right: Pod): number =>
    priorityOf(right) - priorityOf(left) || startOf(left, nowMs) - startOf(right, nowMs);
