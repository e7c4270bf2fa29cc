import { isDeepStrictEqual } from 'node:util';
import type { DaemonSet } from '../../../api/generated/apps-v1.ts';
import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import { controllerrevisions, daemonsets, nodes as nodeType, pods as podType } from '../../../api/generated/resource-types.ts';
import { keyOf, keyText, type ObjectKey } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import { claimObjects } from '../../../extension-points/controllers/claim.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { addControllerIndex, controlledBy, orphansIn } from '../../../extension-points/controllers/controlled-index.ts';
import { Expectations } from '../../../extension-points/controllers/expectations.ts';
import { controllerOf } from '../../../extension-points/controllers/owner-references.ts';
import { createPod, deletePod, isNamespaceTerminating } from '../../../extension-points/controllers/pod-control.ts';
import { availableInMs, isPodFinished } from '../../../extension-points/controllers/pod-state.ts';
import { defineStatefulReconciler, type NamedController, ownerKey, type ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { isEmptySelector, matchesSelector } from '../../../extension-points/controllers/selectors.ts';
import { slowStart } from '../../../extension-points/controllers/slow-start.ts';
import { Backoff } from '../../../kernel/backoff.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { boundTo, daemonTemplate, hashLabel, nodeOf } from './daemon-pods.ts';
import { statusOf } from './daemon-set-status.ts';
import { type EndedPods, type Observed, type Plan, planPresence, planUpdate } from './plan.ts';
import { dropOldRevisions, reviseHistory } from './revisions.ts';

// Upstream's bound of one sync; the rest follows when these are seen.
const burst = 250;

interface State extends ControllerDeps {
  readonly expectations: Expectations;
  /** Of failed pods, by set, generation and node: an agent that refuses a pod would otherwise be fought with. */
  readonly failures: FailureBackoff;
}

/** Keeps one pod of a set's template on every node that is to have it (apps/v1 DaemonSet). */
export function daemonSetController(): NamedController {
  return defineStatefulReconciler({ name: 'daemon-set-controller', primary: daemonsets, owns: [controllerrevisions] }, (host) => {
    const expectations = new Expectations(host.clock);
    addControllerIndex(host.informers.informer(podType));
    addControllerIndex(host.informers.informer(controllerrevisions));
    listenToPods(host, expectations);
    listenToNodes(host);
    const state = { ...host, events: host.events.as('daemonset-controller'), expectations, failures: new FailureBackoff(() => host.clock.now()) };
    return (key) => reconcile(key, state);
  });
}

async function reconcile(key: ObjectKey, state: State): Promise<WorkOutcome | void> {
  const { informers, events, expectations, failures, clock } = state;
  const daemonSet = informers.informer(daemonsets).get(key);
  if (!daemonSet) {
    failures.forget(keyText(key));
    return expectations.forget(keyText(key)); // garbage collection does the rest
  }
  if (isEmptySelector(daemonSet.spec.selector))
    return events.record(daemonSet, 'Warning', 'SelectingAll', 'This daemon set is selecting all pods. A non-empty selector is required.');
  // Its revisions may be gone already: nothing could be said of its pods.
  if (daemonSet.metadata.deletionTimestamp) return;
  const all = await claimPods(daemonSet, state);
  const { current, old } = await reviseHistory(daemonSet, all, state);
  const observe = (pods: readonly Pod[]): Observed => ({
    daemonSet,
    nodes: informers.informer(nodeType).list(),
    podsByNode: byNode(pods),
    hash: current.metadata.labels?.[hashLabel] ?? '',
    nowMs: clock.now(),
  });
  const observed = observe(all);
  let error: unknown;
  let retryMs: number | undefined;
  const mayAct = expectations.isSatisfied(keyText(key));
  if (mayAct) {
    const ended = endedPods(daemonSet, state);
    error = await carryOut(planPresence(observed, ended), observed, state);
    retryMs = ended.retryMs();
    if (error === undefined && expectations.isSatisfied(keyText(key))) error = await carryOut(planUpdate(observed), observed, state);
    if (error === undefined) await dropOldRevisions(daemonSet, old, all, state);
  }
  await updateStatus(observe(podsOf(daemonSet, state)), mayAct, state);
  if (error !== undefined) throw error;
  return nextLook(observed, retryMs);
}

const podsOf = (daemonSet: DaemonSet, { informers }: ControllerDeps): readonly Pod[] =>
  controlledBy(informers.informer(podType), daemonSet).filter(({ metadata }) => matchesSelector(daemonSet.spec.selector, metadata.labels));

const claimPods = (daemonSet: DaemonSet, { client, informers }: ControllerDeps): Promise<Pod[]> =>
  claimObjects({
    client,
    type: podType,
    owner: daemonSet,
    ownerType: daemonsets,
    selector: daemonSet.spec.selector,
    candidates: [...controlledBy(informers.informer(podType), daemonSet), ...orphansIn(informers.informer(podType), daemonSet.metadata.namespace ?? '')],
  });

function byNode(all: readonly Pod[]): Map<string, Pod[]> {
  const podsByNode = new Map<string, Pod[]>();
  for (const pod of all) {
    // It has ended and is leaving: nothing is left to do about it.
    if (isPodFinished(pod) && pod.metadata.deletionTimestamp) continue;
    const name = nodeOf(pod);
    if (name === undefined) continue;
    const onNode = podsByNode.get(name);
    if (onNode) onNode.push(pod);
    else podsByNode.set(name, [pod]);
  }
  return podsByNode;
}

function endedPods(daemonSet: DaemonSet, { events, failures }: State): EndedPods & { retryMs(): number | undefined } {
  let retryMs: number | undefined;
  const about = (pod: Pod, nodeName: string): string => `daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${nodeName}`;
  return {
    mayReplace(pod, nodeName) {
      const waitMs = failures.waitMs(daemonSet, nodeName);
      if (waitMs > 0) {
        retryMs = Math.min(retryMs ?? waitMs, waitMs);
        return false;
      }
      events.record(daemonSet, 'Warning', 'FailedDaemonPod', `Found failed ${about(pod, nodeName)}, will try to kill it`);
      return true;
    },
    succeeded: (pod, nodeName) => events.record(daemonSet, 'Normal', 'SucceededDaemonPod', `Found succeeded ${about(pod, nodeName)}, will try to delete it`),
    retryMs: () => retryMs,
  };
}

/** Creates and deletes; answers the first failure, rather than throwing, so that the status is written. */
async function carryOut(plan: Plan, { daemonSet, hash }: Observed, { client, events, expectations }: State): Promise<unknown> {
  const create = plan.create.slice(0, burst);
  const remove = [...new Set(plan.remove)].slice(0, burst);
  if (create.length + remove.length === 0) return undefined;
  const key = keyText(keyOf(daemonSet));
  const control = { client, events, owner: daemonSet, ownerType: daemonsets };
  expectations.expect(key, { creations: create.length, deletions: remove.map((pod) => keyText(keyOf(pod))) });
  const template = daemonTemplate(daemonSet, hash);
  const { succeeded, error } = await slowStart(create.length, async (index) => {
    try {
      await createPod(control, template, (pod) => boundTo(pod, create[index]!));
    } catch (fault) {
      if (!isNamespaceTerminating(fault)) throw fault;
      expectations.creationSeen(key); // it will never be seen, and asking again is of no use
    }
  });
  expectations.creationSeen(key, create.length - succeeded);
  const results = await Promise.allSettled(
    remove.map(async (pod) => {
      try {
        await deletePod(control, pod);
      } catch (fault) {
        expectations.deletionSeen(key, keyText(keyOf(pod))); // no deletion of ours will be seen
        if (!isNotFound(fault)) throw fault;
      }
    }),
  );
  return error ?? results.find((result) => result.status === 'rejected')?.reason;
}

async function updateStatus(observed: Observed, isProcessed: boolean, { client }: ControllerDeps): Promise<void> {
  const { daemonSet } = observed;
  const status = statusOf(observed, isProcessed);
  if (isDeepStrictEqual(status, daemonSet.status)) return;
  await client.replace(daemonsets, { ...daemonSet, status }, { subresource: 'status' }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error; // deleted meanwhile
  });
}

/** With minReadySeconds, a ready pod becomes available without any event; and a failed one may go after its back-off. */
function nextLook({ daemonSet, podsByNode, nowMs }: Observed, retryMs: number | undefined): WorkOutcome | undefined {
  const { minReadySeconds = 0 } = daemonSet.spec;
  const waits = minReadySeconds === 0 ? [] : [...podsByNode.values()].flat().map((pod) => availableInMs(pod, minReadySeconds, nowMs));
  const due = [...waits, retryMs].filter((wait): wait is number => wait !== undefined && wait > 0);
  return due.length === 0 ? undefined : { requeueAfterMs: Math.min(...due) };
}

function listenToPods(host: ReconcilerHost, expectations: Expectations): void {
  const enqueue = (pod: Pod): void => {
    const key = ownerKey(pod, daemonsets);
    if (key) return host.enqueue(key);
    if (controllerOf(pod)) return;
    for (const daemonSet of host.informers.informer(daemonsets).list(pod.metadata.namespace ?? ''))
      if (!isEmptySelector(daemonSet.spec.selector) && matchesSelector(daemonSet.spec.selector, pod.metadata.labels)) host.enqueue(keyOf(daemonSet));
  };
  const gone = (pod: Pod): void => {
    const key = ownerKey(pod, daemonsets);
    if (!key) return;
    expectations.deletionSeen(keyText(key), keyText(keyOf(pod)));
    host.enqueue(key);
  };
  host.listen(podType, {
    added(pod) {
      if (pod.metadata.deletionTimestamp) return gone(pod);
      const key = ownerKey(pod, daemonsets);
      if (key) expectations.creationSeen(keyText(key));
      enqueue(pod);
    },
    updated(pod, old) {
      if (pod.metadata.deletionTimestamp) return gone(pod); // graceful deletion counts from its beginning
      if (controllerOf(old)?.uid !== controllerOf(pod)?.uid) enqueue(old);
      enqueue(pod);
    },
    deleted: gone,
  });
}

/** What a set looks at of a node. */
function listenToNodes(host: ReconcilerHost): void {
  const enqueueAll = (): void => {
    for (const daemonSet of host.informers.informer(daemonsets).list()) host.enqueue(keyOf(daemonSet));
  };
  const seenOf = ({ metadata, spec }: Node): unknown[] => [metadata.labels, spec?.taints];
  host.listen(nodeType, {
    added: enqueueAll,
    updated: (node, old) => (isDeepStrictEqual(seenOf(node), seenOf(old)) ? undefined : enqueueAll()),
    deleted: enqueueAll,
  });
}

/** 1 s doubling to 15 minutes between two removals of failed pods of one set from one node; begun anew with each generation of the set. */
class FailureBackoff {
  readonly #bySet = new Map<string, { readonly generation: number | undefined; readonly delays: Backoff }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** 0 when a failed pod of the node may go now, which counts as its removal. */
  waitMs(daemonSet: DaemonSet, nodeName: string): number {
    const key = keyText(keyOf(daemonSet));
    const { generation } = daemonSet.metadata;
    let known = this.#bySet.get(key);
    if (!known || known.generation !== generation) {
      known = { generation, delays: new Backoff({ initialMs: 1_000, maximumMs: 900_000, forgetAfterMs: 1_800_000, now: this.#now }) };
      this.#bySet.set(key, known);
    }
    const waitMs = known.delays.remaining(nodeName);
    if (waitMs === 0) known.delays.next(nodeName);
    return waitMs;
  }

  forget(key: string): void {
    this.#bySet.delete(key);
  }
}
