import type { Node, Taint } from '../../../api/generated/core-v1.ts';
import { timeText } from '../../../kernel/clock.ts';

// Keys and their conditions are upstream's.
const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';
const unschedulable = 'node.kubernetes.io/unschedulable';

const taintOfCondition: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: notReady, Unknown: unreachable },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
};

const managedKeys = new Set([unschedulable, ...Object.values(taintOfCondition).flatMap((byStatus) => Object.values(byStatus))]);

/** The NoSchedule taints that a node's conditions ask for. Sorted as in the conditions. */
function wantedNoSchedule(node: Node): string[] {
  const keys = (node.status?.conditions ?? []).flatMap(({ type, status }) => taintOfCondition[type]?.[status] ?? []);
  return node.spec.unschedulable ? [...keys, unschedulable] : keys;
}

/** What the Ready condition asks for with effect NoExecute: a taint key, or none. */
export function wantedNoExecute(node: Node): string | undefined {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready ? taintOfCondition['Ready']?.[ready.status] : undefined;
}

export const hasNoExecute = (node: Node, key: string): boolean => node.spec.taints?.some((taint) => taint.effect === 'NoExecute' && taint.key === key) === true;

export interface TaintChange {
  /** `keep` leaves those of effect NoExecute alone. */
  readonly noExecute: { readonly key: string | undefined } | 'keep';
}

/** The taints a node should have; undefined when it has them. Taints that others set stay. */
export function taintsAfter(node: Node, { noExecute }: TaintChange, nowMs: number): Taint[] | undefined {
  const wanted: Taint[] = wantedNoSchedule(node).map((key) => ({ key, effect: 'NoSchedule' }));
  if (noExecute !== 'keep' && noExecute.key) wanted.push({ key: noExecute.key, effect: 'NoExecute' });
  const isManaged = ({ key, effect }: Taint): boolean =>
    effect === 'NoSchedule' ? managedKeys.has(key) : effect === 'NoExecute' && noExecute !== 'keep' && (key === notReady || key === unreachable);
  const current = node.spec.taints ?? [];
  const isIn = (taint: Taint, list: readonly Taint[]): boolean => list.some(({ key, effect }) => key === taint.key && effect === taint.effect);
  const kept = current.filter((taint) => !isManaged(taint) || isIn(taint, wanted));
  const added = wanted.filter((taint) => !isIn(taint, current)).map((taint) => ({ ...taint, timeAdded: timeText(nowMs) }));
  return kept.length === current.length && added.length === 0 ? undefined : [...kept, ...added];
}
