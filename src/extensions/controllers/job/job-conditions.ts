import { findCondition, isConditionTrue } from '../../../api/conditions.ts';
import type { Job, JobCondition } from '../../../api/generated/batch-v1.ts';
import { timeText } from '../../../kernel/clock.ts';

/** A condition that holds from now on. */
export const trueCondition = (type: string, reason: string, message: string, nowMs: number): JobCondition => ({
  type,
  status: 'True',
  lastProbeTime: timeText(nowMs),
  lastTransitionTime: timeText(nowMs),
  reason,
  message,
});

export const hasCondition = ({ status }: Job, type: string): boolean => isConditionTrue(status?.conditions, type);

/** The list with a condition in it; the same list when that says so already, or when there is nothing to take back. */
export function withCondition(list: readonly JobCondition[], condition: JobCondition): readonly JobCondition[] {
  const old = findCondition(list, condition.type);
  if (!old) return condition.status === 'False' ? list : [...list, condition];
  if (old.status === condition.status && old.reason === condition.reason && old.message === condition.message) return list;
  return list.map((other) => (other === old ? condition : other));
}
