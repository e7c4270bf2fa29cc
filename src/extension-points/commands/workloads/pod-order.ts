import { findCondition } from '../../../api/conditions.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';

type Comparison = (left: Pod, right: Pod) => number;

/** Best first for reading logs: assigned, running, ready, ready for longest, restarted most, oldest. */
export const byLogging: Comparison = (left, right) =>
  isUnassigned(left) - isUnassigned(right) ||
  phaseRank(left) - phaseRank(right) ||
  isUnready(left) - isUnready(right) ||
  latestLast(readySince(left), readySince(right)) ||
  compareRestarts(right, left) ||
  latestLast(createdAt(left), createdAt(right));

/** Best first for attaching and forwarding: the reverse of the order in which a controller would delete them. */
export const byActivity: Comparison = (left, right) =>
  isUnassigned(left) - isUnassigned(right) ||
  activityRank(left) - activityRank(right) ||
  isUnready(left) - isUnready(right) ||
  isDeleting(left) - isDeleting(right) ||
  latestLast(right.metadata.deletionTimestamp ?? '', left.metadata.deletionTimestamp ?? '') ||
  latestLast(readySince(left), readySince(right)) ||
  compareRestarts(left, right) ||
  latestLast(createdAt(left), createdAt(right));

const phases: Readonly<Record<string, number>> = { Running: 0, Unknown: 1, Pending: 2 };
const phaseRank = ({ status }: Pod): number => phases[status?.phase ?? ''] ?? 0;
/** Pods that ended count as if they had not begun. */
const activityRank = ({ status }: Pod): number => phases[status?.phase ?? ''] ?? phases['Pending']!;
const isUnassigned = ({ spec }: Pod): number => Number(!spec?.nodeName);
const isUnready = (pod: Pod): number => Number(readyCondition(pod)?.status !== 'True');
const isDeleting = ({ metadata }: Pod): number => Number(metadata.deletionTimestamp !== undefined);
const createdAt = ({ metadata }: Pod): string => metadata.creationTimestamp ?? '';
const readyCondition = ({ status }: Pod) => findCondition(status?.conditions, 'Ready');

function readySince(pod: Pod): string {
  const condition = readyCondition(pod);
  return condition?.status === 'True' ? (condition.lastTransitionTime ?? '') : '';
}

/** Times as RFC 3339 in UTC, which order as texts; no time is the latest. */
function latestLast(left: string, right: string): number {
  if (left === right) return 0;
  if (left === '' || right === '') return left === '' ? 1 : -1;
  return left < right ? -1 : 1;
}

/** Regular containers count before sidecars. */
function compareRestarts(left: Pod, right: Pod): number {
  const [regularLeft, sidecarsLeft] = restarts(left);
  const [regularRight, sidecarsRight] = restarts(right);
  return regularLeft - regularRight || sidecarsLeft - sidecarsRight;
}

function restarts({ spec, status }: Pod): [regular: number, sidecars: number] {
  const sidecars = new Set((spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
  const most = (counts: readonly number[]): number => Math.max(0, ...counts);
  return [
    most((status?.containerStatuses ?? []).map(({ restartCount }) => restartCount)),
    most((status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)).map(({ restartCount }) => restartCount)),
  ];
}
