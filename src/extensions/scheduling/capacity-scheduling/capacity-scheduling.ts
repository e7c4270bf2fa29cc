import type { Pod } from '../../../api/generated/core-v1.ts';
import type {
  ClusterEventWithHint,
  CycleState,
  EventResource,
  SchedulingHandle,
  SchedulingPlugin,
  Status,
} from '../../../extension-points/scheduling/contract.ts';
import { success, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { Preemption } from '../../../extension-points/scheduling/preemption/preemption.ts';
import type { ElasticQuota } from './elastic-quota-type.ts';
import { elasticquotas } from './elastic-quota-type.ts';
import { beginCycle, readCycle, writeCycle } from './quota-cycle.ts';
import { namespaceOf, QuotaLedger } from './quota-ledger.ts';
import { objectionTo, quotaVictims } from './quota-preemption.ts';
import { QuotaView } from './quota-view.ts';

/** What it is called in configurations, events and lists. */
export const name = 'CapacityScheduling';

/**
 * Shares a cluster between namespaces: each is guaranteed the `min` of its ElasticQuota and may borrow what others leave of theirs, up to its `max`. What was borrowed is
 * taken back when it is needed. Preempts by rules of its own: turn DefaultPreemption off. Rules and words: scheduler-plugins' CapacityScheduling; see README.md.
 */
export default function capacityScheduling(_args: unknown, handle: SchedulingHandle): SchedulingPlugin & Disposable {
  const ledger = new QuotaLedger({ informers: handle.informers, observe: (observer) => handle.observe(observer) });
  const preemption = new Preemption(handle, {
    plugin: name,
    objectionTo: (state, pod, failures) => objectionTo({ state, pod, failures }, handle),
    victimsOf: (state, pod) => quotaVictims(state, pod, handle.clock.now()),
  });
  return {
    preEnqueue: (pod) => preemption.gate(pod),
    preFilter: (state, pod) => ({ status: checkQuota(state, pod, { view: new QuotaView(ledger), nominated: handle.nominatedPods() }) }),
    addPod: (state, _pod, other) => (readCycle(state)?.view.add(other), success),
    removePod: (state, _pod, other) => (readCycle(state)?.view.remove(other), success),
    postFilter: (state, pod, failures, signal) => preemption.makeRoom(state, pod, failures, signal),
    reviewPostFilter: (state, pod, failures, signal) => preemption.wouldMakeRoom(state, pod, failures, signal),
    eventsToRegister: () => wakeUps((pod) => ledger.quotaOf(namespaceOf(pod)) !== undefined),
    [Symbol.dispose]: () => ledger[Symbol.dispose](),
  };
}

function checkQuota(state: CycleState, pod: Pod, { view, nominated }: { readonly view: QuotaView; readonly nominated: Iterable<Pod> }): Status {
  const { withOwnNominated, withAllNominated } = writeCycle(state, beginCycle(view, pod, nominated));
  const namespace = namespaceOf(pod);
  if (!view.hasQuota(namespace)) return success;
  const rejected = `Pod ${namespace}/${pod.metadata.name} is rejected in PreFilter because`;
  if (view.isOverMax(namespace, withOwnNominated)) return unschedulable(`${rejected} ElasticQuota ${namespace} is more than Max`);
  if (view.isTotalOverMin(withAllNominated)) return unschedulable(`${rejected} total ElasticQuota used is more than min`);
  return success;
}

const { resource, version, group } = elasticquotas;
const quotaResource: EventResource = `${resource}.${version}.${group}`;

/** What may help a pod that was refused: a pod that goes, or asks for less, where quotas count it, and a change of what quotas say. */
function wakeUps(hasQuota: (pod: Pod) => boolean): readonly ClusterEventWithHint[] {
  const isCounted = (pod: Pod, old: unknown): 'queue' | 'skip' => (!hasQuota(pod) || hasQuota(old as Pod) ? 'queue' : 'skip');
  const specOf = (quota: unknown): string => JSON.stringify((quota as ElasticQuota | undefined)?.spec);
  return [
    { event: { resource: 'Pod', actions: ['Delete', 'UpdatePodScaleDown'] }, hint: isCounted },
    {
      event: { resource: quotaResource, actions: ['Add', 'Update', 'Delete'] },
      // The status only says what is used.
      hint: (_pod, old, current) => (old && current && specOf(old) === specOf(current) ? 'skip' : 'queue'),
    },
  ];
}
