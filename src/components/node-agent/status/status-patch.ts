import { isDeepStrictEqual } from 'node:util';
import type { PodCondition, PodStatus } from '../../../api/generated/core-v1.ts';

/** Fields the agent reports; others in a pod's status (nominatedNodeName, resize, ...) belong to others. */
const owned = [
  'observedGeneration',
  'phase',
  'message',
  'reason',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'startTime',
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
  'qosClass',
] as const satisfies readonly (keyof PodStatus)[];

/**
 * The strategic merge patch that turns the status `from` into `to`, or undefined when they agree. Conditions are merged by type, so those of other
 * writers stay; a field that went away is set to null.
 */
export function statusPatch(from: PodStatus | undefined, to: PodStatus): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  for (const field of owned) {
    if (isDeepStrictEqual(from?.[field], to[field])) continue;
    if (to[field] === undefined && from?.[field] === undefined) continue;
    patch[field] = to[field] === undefined ? null : field === 'podIPs' || field === 'hostIPs' ? replacing(from?.[field], to[field]!) : to[field];
  }
  const conditions = changedConditions(from?.conditions, to.conditions ?? []);
  if (conditions.length > 0) patch['conditions'] = conditions;
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Conditions of the agent that come and go; the others are always there. */
const passing = ['PodResizePending', 'PodResizeInProgress'];

/** podIPs merges by address, which would keep the old ones. */
function replacing(from: unknown, to: PodStatus['podIPs'] | PodStatus['hostIPs']): unknown {
  return Array.isArray(from) && from.length > 0 ? [...to!, { $patch: 'replace' }] : to;
}

function changedConditions(from: readonly PodCondition[] | undefined, to: readonly PodCondition[]): PodCondition[] {
  const before = new Map(from?.map((condition) => [condition.type, condition]));
  const gone = passing.filter((type) => before.has(type) && !to.some((condition) => condition.type === type));
  return to
    .filter((condition) => {
      const old = before.get(condition.type);
      return !old || !isSameCondition(old, condition);
    })
    .map((condition) => clearing(before.get(condition.type), condition))
    .concat(gone.map((type) => ({ type, $patch: 'delete' }) as unknown as PodCondition));
}

function isSameCondition(left: PodCondition, right: PodCondition): boolean {
  return (
    left.status === right.status &&
    left.reason === right.reason &&
    left.message === right.message &&
    left.observedGeneration === right.observedGeneration &&
    left.lastTransitionTime === right.lastTransitionTime
  );
}

/** A merged element keeps what the patch does not name, so a reason or message that is gone is nulled. */
function clearing(old: PodCondition | undefined, condition: PodCondition): PodCondition {
  const gone = (['reason', 'message'] as const).filter((field) => old?.[field] !== undefined && condition[field] === undefined);
  return gone.length === 0 ? condition : { ...condition, ...Object.fromEntries(gone.map((field) => [field, null])) };
}
