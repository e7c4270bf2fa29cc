import { setCondition } from '../../../api/conditions.ts';
import type { Node, Pod, Taint, Toleration } from '../../../api/generated/core-v1.ts';
import { nodes, pods } from '../../../api/generated/resource-types.ts';
import { keyOf, keyText, nameOf, parseKey } from '../../../api/object.ts';
import { isConflict, isNotFound } from '../../../api/status.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { isTolerated } from '../../../extension-points/scheduling/tolerations.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { type WorkOutcome, WorkQueue } from '../../../kernel/work-queue.ts';

interface Plan {
  readonly uid: string;
  readonly sinceMs: number;
}

/** Deletes pods that do not, or no longer, tolerate the NoExecute taints of their node. `podsByNode` names the index of the pod informer by node. */
export function startTaintEviction(deps: ControllerDeps, podsByNode: string): AsyncDisposable {
  const { informers, clock, log } = deps;
  const stack = new DisposalStack();
  const plans = new Map<string, Plan>();
  const onError = (pod: string, error: unknown): void => log[isConflict(error) ? 'debug' : 'warn']('evicting a pod failed and will be retried', { pod, error });
  const queue = stack.use(new WorkQueue({ clock, workers: 8, onError, maximumDelayMs: 10_000 }, (key) => consider(key, plans, deps)));
  const add = (pod: Pod): void => void (pod.spec.nodeName && queue.add(keyText(keyOf(pod))));
  const forget = (pod: Pod): void => void plans.delete(keyText(keyOf(pod)));
  const addAll = (node: Node): void => informers.informer(pods).byIndex(podsByNode, nameOf(node)).forEach(add);
  const changed = (node: Node, old: Node): void => void (JSON.stringify(noExecuteTaints(node)) !== JSON.stringify(noExecuteTaints(old)) && addAll(node));
  stack.use(informers.informer(pods).onChange({ added: add, updated: add, deleted: forget }));
  stack.use(informers.informer(nodes).onChange({ added: (node) => void (noExecuteTaints(node).length > 0 && addAll(node)), updated: changed }));
  queue.start();
  return stack;
}

async function consider(key: string, plans: Map<string, Plan>, deps: ControllerDeps): Promise<WorkOutcome | void> {
  const pod = deps.informers.informer(pods).get(parseKey(key));
  const node = pod?.spec.nodeName ? deps.informers.informer(nodes).get({ name: pod.spec.nodeName }) : undefined;
  if (!pod || !node || pod.metadata.deletionTimestamp) return void plans.delete(key);
  const toleratedMs = toleranceMs(noExecuteTaints(node), pod.spec.tolerations ?? []);
  if (toleratedMs === Infinity) return cancel(pod, key, plans, deps);
  const planned = plans.get(key);
  const plan: Plan = planned && planned.uid === pod.metadata.uid ? planned : { uid: pod.metadata.uid ?? '', sinceMs: deps.clock.now() };
  plans.set(key, plan);
  const waitMs = plan.sinceMs + toleratedMs - deps.clock.now();
  if (waitMs > 0) return { requeueAfterMs: waitMs };
  await evict(pod, deps);
}

function cancel(pod: Pod, key: string, plans: Map<string, Plan>, { events }: ControllerDeps): void {
  if (plans.delete(key)) events.record(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
}

async function evict(pod: Pod, { client, clock, events }: ControllerDeps): Promise<void> {
  const key = keyOf(pod);
  const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' };
  const conditions = [...setCondition(pod.status?.conditions, condition, new Date(clock.now()))];
  events.record(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${keyText(key)}`);
  try {
    await client.replace(pods, { ...pod, status: { ...pod.status, conditions } }, { subresource: 'status' });
    await client.delete(pods, key, pod.metadata.uid ? { preconditions: { uid: pod.metadata.uid } } : {});
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

const noExecuteTaints = (node: Node): Taint[] => (node.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');

/** How long taints are tolerated together: for ever (`Infinity`) when all are and no toleration is limited, not at all (0) when one is not tolerated. */
export function toleranceMs(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  const used: Toleration[] = [];
  for (const taint of taints) {
    const toleration = tolerations.find((candidate) => isTolerated(taint, [candidate]));
    if (!toleration) return 0;
    used.push(toleration);
  }
  const limits = used.flatMap(({ tolerationSeconds }) => (tolerationSeconds === undefined ? [] : [Math.max(0, tolerationSeconds) * 1000]));
  return limits.length === 0 ? Infinity : Math.min(...limits);
}
