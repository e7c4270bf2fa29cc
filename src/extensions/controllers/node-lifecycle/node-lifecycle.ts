import { setCondition } from '../../../api/conditions.ts';
import type { Node } from '../../../api/generated/core-v1.ts';
import { leases, nodes, pods } from '../../../api/generated/resource-types.ts';
import { keyOf, nameOf } from '../../../api/object.ts';
import { isConflict, isNotFound } from '../../../api/status.ts';
import { retryOnConflict } from '../../../client/retry.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { isPodReady, podCondition } from '../../../extension-points/controllers/pod-state.ts';
import type { NamedController } from '../../../extension-points/controllers/reconcile.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { WorkQueue } from '../../../kernel/work-queue.ts';
import { Disruption, isReady, zoneOf } from './disruption.ts';
import { NodeHealth } from './node-health.ts';
import { startTaintEviction } from './taint-eviction.ts';
import { hasNoExecute, type TaintChange, taintsAfter, wantedNoExecute } from './taints.ts';

const monitorEveryMs = 5_000;
// A survey looks at every node; in a burst of changes one for all of them will do.
const surveyEveryMs = 250;
// Ticks this far apart: the controller itself stood still. Upstream's would have lost its lease of 15 s and begun anew, with a full grace period for every node.
const deafAfterMs = 15_000;
// Beyond that, a cluster is simulated, and news of every node would only push out other events.
const maximumAnnounced = 200;
const leaseSelection = { namespace: 'kube-node-lease' };
const podsByNode = 'node';
const nodeOf = (pod: { spec: { nodeName?: string } }): readonly string[] => (pod.spec.nodeName ? [pod.spec.nodeName] : []);

/** Notices nodes that went silent, taints nodes by their conditions, marks pods of unready nodes unready, and evicts pods that do not tolerate NoExecute taints. */
export function nodeLifecycleController(): NamedController {
  return { name: 'node-controller', start: (deps) => start(deps) };
}

async function start(deps: ControllerDeps): Promise<AsyncDisposable> {
  const { informers, clock, log } = deps;
  informers.informer(pods).addIndex(podsByNode, nodeOf);
  await Promise.all([informers.informer(nodes).synced(), informers.informer(leases, leaseSelection).synced(), informers.informer(pods).synced()]);
  const stack = new DisposalStack();
  const monitor = new NodeMonitor({ ...deps, events: deps.events.as('node-controller') });
  const onError = (key: string, error: unknown): void =>
    log[isConflict(error) ? 'debug' : 'warn']('looking after a node failed and will be retried', { node: key, error });
  const queue = stack.use(new WorkQueue({ clock, workers: 8, onError, maximumDelayMs: monitorEveryMs }, (name) => monitor.look(name)));
  const add = (node: Node): void => queue.add(nameOf(node));
  stack.use(
    informers.informer(nodes).onChange({
      added: (node) => (monitor.noteArrival(node), add(node)),
      updated: (node, old) => (wantedNoExecute(node) !== wantedNoExecute(old) && monitor.noteChange(), add(node)),
      deleted: (node) => monitor.forget(node),
    }),
  );
  const ticks = stack.use(
    new WorkQueue({ clock, onError }, async () => {
      monitor.listen();
      monitor.survey();
      for (const node of informers.informer(nodes).list()) add(node);
      return { requeueAfterMs: monitorEveryMs };
    }),
  );
  stack.use(startTaintEviction({ ...deps, events: deps.events.as('taint-eviction-controller') }, podsByNode));
  monitor.survey();
  queue.start();
  ticks.add('tick');
  ticks.start();
  return stack;
}

class NodeMonitor {
  readonly #deps: ControllerDeps;
  readonly #health = new NodeHealth();
  readonly #disruption = new Disruption();
  /** Nodes that stopped being heard, or were not ready when first seen, and whose pods are still to be marked. */
  readonly #unmarked = new Set<string>();
  readonly #known = new Set<string>();
  #isSurveyStale = true;
  #surveyedMs = 0;
  #listenedMs: number;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#listenedMs = deps.clock.now();
  }

  /** Notes that signs of life are being heard now. After a time in which they could not be, no node is blamed for its silence. */
  listen(): void {
    const nowMs = this.#deps.clock.now();
    if (nowMs - this.#listenedMs > deafAfterMs) this.#health.restart(nowMs);
    this.#listenedMs = nowMs;
  }

  /** Looks at all nodes together: is it them, or is it us? */
  survey(): void {
    const wasTotal = this.#disruption.isTotal;
    this.#disruption.update(this.#deps.informers.informer(nodes).list());
    this.#isSurveyStale = false;
    this.#surveyedMs = this.#deps.clock.now();
    if (wasTotal && !this.#disruption.isTotal) this.#health.restart(this.#deps.clock.now());
  }

  /** A node was registered, or was there when the controller started. */
  noteArrival(node: Node): void {
    this.noteChange();
    if (!isReady(node)) this.#unmarked.add(nameOf(node));
    if (this.#known.size < maximumAnnounced && !this.#known.has(nameOf(node)))
      this.#tell(node, 'RegisteredNode', `Registered Node ${nameOf(node)} in Controller`);
    this.#known.add(nameOf(node));
  }

  /** Nodes came or changed their readiness: the next decision to evict needs a new survey. */
  noteChange(): void {
    this.#isSurveyStale = true;
  }

  forget(node: Node): void {
    const name = nameOf(node);
    this.noteChange();
    if (this.#known.size <= maximumAnnounced && this.#known.has(name)) this.#tell(node, 'RemovingNode', `Removing Node ${name} from Controller`);
    this.#known.delete(name);
    this.#health.forget(name);
    this.#unmarked.delete(name);
  }

  #tell(node: Node, reason: string, message: string): void {
    this.#deps.events.record(node, 'Normal', reason, `Node ${nameOf(node)} event: ${message}`);
  }

  async look(name: string): Promise<{ requeueAfterMs: number } | void> {
    const { informers, clock, client } = this.#deps;
    const known = informers.informer(nodes).get({ name });
    if (!known) return;
    this.listen();
    const conditions = this.#health.check(known, informers.informer(leases, leaseSelection).get({ ...leaseSelection, name }), clock.now());
    const node = conditions ? await client.replace(nodes, { ...known, status: { ...known.status, conditions } }, { subresource: 'status' }) : known;
    if (conditions && isReady(known)) {
      this.#deps.events.record(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
      this.#unmarked.add(name);
    }
    await this.#followReadiness(node);
    return this.#taint(node);
  }

  /** Pods are marked once for each time a node is lost: an agent that can be heard says itself which of its pods are ready. */
  async #followReadiness(node: Node): Promise<void> {
    if (!isReady(node) && this.#unmarked.has(nameOf(node))) await this.#markPodsUnready(node);
    this.#unmarked.delete(nameOf(node));
  }

  /** The node agent cannot say any more that its pods are ready, and services must not send traffic to them. */
  async #markPodsUnready(node: Node): Promise<void> {
    const { informers, client, clock, events } = this.#deps;
    for (const pod of informers.informer(pods).byIndex(podsByNode, nameOf(node)).filter(isPodReady)) {
      const { lastTransitionTime: _, ...current } = podCondition(pod, 'Ready') ?? { type: 'Ready' };
      const conditions = [...setCondition(pod.status?.conditions, { ...current, status: 'False' }, new Date(clock.now()))];
      const isWritten = await client.replace(pods, { ...pod, status: { ...pod.status, conditions } }, { subresource: 'status' }).then(
        () => true,
        (error: unknown) => {
          if (isNotFound(error)) return false;
          throw error;
        },
      );
      if (isWritten) events.record(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    }
  }

  async #taint(node: Node): Promise<{ requeueAfterMs: number } | void> {
    const { clock, client } = this.#deps;
    const { change, waitMs } = this.#allowedChange(node);
    if (taintsAfter(node, change, clock.now())) {
      await retryOnConflict(async () => {
        const live = await client.get(nodes, keyOf(node));
        const taints = taintsAfter(live, change, clock.now());
        if (taints) await client.replace(nodes, { ...live, spec: { ...live.spec, taints } });
      });
    }
    return waitMs > 0 ? { requeueAfterMs: waitMs } : undefined;
  }

  /** Removing NoExecute taints, or swapping one for the other, is free; setting the first one must be allowed by the zone. */
  #allowedChange(node: Node): { change: TaintChange; waitMs: number } {
    const key = this.#disruption.isTotal ? undefined : wantedNoExecute(node);
    const hasAny = hasNoExecute(node, 'node.kubernetes.io/not-ready') || hasNoExecute(node, 'node.kubernetes.io/unreachable');
    if (!key || hasAny) return { change: { noExecute: { key } }, waitMs: 0 };
    if (!this.#isSurveyFresh()) return { change: { noExecute: 'keep' }, waitMs: surveyEveryMs };
    if (this.#disruption.isTotal) return { change: { noExecute: { key: undefined } }, waitMs: 0 };
    const waitMs = this.#disruption.take(zoneOf(node), this.#deps.clock.now());
    return waitMs === 0 ? { change: { noExecute: { key } }, waitMs } : { change: { noExecute: 'keep' }, waitMs };
  }

  #isSurveyFresh(): boolean {
    if (this.#isSurveyStale && this.#deps.clock.now() - this.#surveyedMs >= surveyEveryMs) this.survey();
    return !this.#isSurveyStale;
  }
}
