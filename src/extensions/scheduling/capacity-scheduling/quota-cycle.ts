import type { Pod } from '../../../api/generated/core-v1.ts';
import type { CycleState } from '../../../extension-points/scheduling/contract.ts';
import { podRequests } from '../../../extension-points/scheduling/pod-requests.ts';
import { priorityOf } from '../../../extension-points/scheduling/preemption/importance.ts';
import type { Amounts } from './amounts.ts';
import { sum } from './amounts.ts';
import { namespaceOf, uidOf } from './quota-ledger.ts';
import type { QuotaView } from './quota-view.ts';

const key = 'CapacityScheduling';

/** What one cycle is about. */
export interface QuotaCycle {
  readonly view: QuotaView;
  /** What the pod asks for. */
  readonly request: Amounts;
  /** And what waiting pods of its namespace, as important or more, have a node set aside for. */
  readonly withOwnNominated: Amounts;
  /** And those of namespaces that do not borrow. */
  readonly withAllNominated: Amounts;
}

export const readCycle = (state: CycleState): QuotaCycle | undefined => state.read<QuotaCycle>(key);

/** Remembers the cycle in its state; clones of the state have a view of their own. */
export function writeCycle(state: CycleState, cycle: QuotaCycle): QuotaCycle {
  state.write(key, cloneable(cycle));
  return cycle;
}

const cloneable = (cycle: QuotaCycle): QuotaCycle & { clone(): QuotaCycle } => ({
  ...cycle,
  clone: () => cloneable({ ...cycle, view: cycle.view.clone() }),
});

/** Adds up what the pod asks for, and what is set aside for others. */
export function beginCycle(view: QuotaView, pod: Pod, nominated: Iterable<Pod>): QuotaCycle {
  const request: Amounts = podRequests(pod);
  let [withOwnNominated, withAllNominated] = [request, request];
  if (!view.hasQuota(namespaceOf(pod))) return { view, request, withOwnNominated, withAllNominated };
  for (const other of nominated) {
    const namespace = namespaceOf(other);
    if (uidOf(other) === uidOf(pod) || !view.hasQuota(namespace)) continue;
    const isOwn = namespace === namespaceOf(pod);
    if (isOwn ? priorityOf(other) < priorityOf(pod) : view.isOverMin(namespace)) continue;
    if (isOwn) withOwnNominated = sum(withOwnNominated, podRequests(other));
    withAllNominated = sum(withAllNominated, podRequests(other));
  }
  return { view, request, withOwnNominated, withAllNominated };
}
