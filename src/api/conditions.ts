/** Conditions: the lists of `type`, `status`, `reason` and `message` under `status.conditions`. */

/** What every kind of condition has. */
export interface ConditionLike {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** A condition to set; its time is filled in. */
export type ConditionToSet<T extends ConditionLike> = Omit<T, 'lastTransitionTime'> & { readonly lastTransitionTime?: string };

/** The condition of a type, if the list has one. */
export const findCondition = <T extends ConditionLike>(list: readonly T[] | undefined, type: string): T | undefined =>
  list?.find((condition) => condition.type === type);

/** Whether the list has a condition of the type whose status is `True`. */
export const isConditionTrue = (list: readonly ConditionLike[] | undefined, type: string): boolean => findCondition(list, type)?.status === 'True';

/**
 * A list with the condition in it, in place of the one of its type or at the end. `lastTransitionTime` becomes `now` when the status changed or the condition is new,
 * unless the given one has a time of its own; else it stays. Answers the same list when nothing changed, so `===` tells whether a write is needed.
 */
export function setCondition<T extends ConditionLike>(list: readonly T[] | undefined, condition: ConditionToSet<T>, now: Date): readonly T[] {
  const current = list ?? [];
  const index = current.findIndex((candidate) => candidate.type === condition.type);
  const old = current[index];
  const isTransition = old?.status !== condition.status;
  const lastTransitionTime = isTransition || !old.lastTransitionTime ? (condition.lastTransitionTime ?? conditionTime(now)) : old.lastTransitionTime;
  // Only the time was missing to make it a whole T.
  const updated = { ...condition, lastTransitionTime } as ConditionLike as T;
  if (!old) return [...current, updated];
  if (sameFields(old, updated)) return current;
  return current.with(index, updated);
}

/** The list without a type of condition; the same list when it had none. */
export const removeCondition = <T extends ConditionLike>(list: readonly T[] | undefined, type: string): readonly T[] =>
  findCondition(list, type) ? list!.filter((condition) => condition.type !== type) : (list ?? []);

/** A time as the API writes it: UTC, whole seconds. */
export const conditionTime = (now: Date): string => `${now.toISOString().slice(0, 19)}Z`;

function sameFields(left: object, right: object): boolean {
  const old = new Map(Object.entries(left).filter(([, value]) => value !== undefined));
  const next = Object.entries(right).filter(([, value]) => value !== undefined);
  return old.size === next.length && next.every(([name, value]) => old.get(name) === value);
}
