import type { ReplicaSet } from '../../../api/generated/apps-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods, replicasets } from '../../../api/generated/resource-types.ts';
import { keyOf, keyText, type ObjectKey } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import { claimObjects } from '../../../extension-points/controllers/claim.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { addControllerIndex, controlledBy, orphansIn } from '../../../extension-points/controllers/controlled-index.ts';
import { Expectations } from '../../../extension-points/controllers/expectations.ts';
import { controllerOf } from '../../../extension-points/controllers/owner-references.ts';
import { createPod, deletePod, isNamespaceTerminating } from '../../../extension-points/controllers/pod-control.ts';
import { sortForDeletion } from '../../../extension-points/controllers/pod-ranking.ts';
import { availableInMs, isPodActive, isPodTerminating } from '../../../extension-points/controllers/pod-state.ts';
import { defineStatefulReconciler, type NamedController, ownerKey, type ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { isEmptySelector, matchesSelector } from '../../../extension-points/controllers/selectors.ts';
import { slowStart } from '../../../extension-points/controllers/slow-start.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { isSameStatus, type Observed, statusOf } from './replica-set-status.ts';

// Upstream's bound of one sync; the rest follows when these are seen.
const burstReplicas = 500;

/** Keeps as many pods of a replica set's template as it asks for. */
export function replicaSetController(): NamedController {
  return defineStatefulReconciler({ name: 'replicaset-controller', primary: replicasets }, (host) => {
    const expectations = new Expectations(host.clock);
    addControllerIndex(host.informers.informer(pods));
    listenToPods({ ...host, events: host.events.as('replicaset-controller') }, expectations);
    return (key) => reconcile(key, { ...host, events: host.events.as('replicaset-controller') }, expectations);
  });
}

async function reconcile(key: ObjectKey, deps: ControllerDeps, expectations: Expectations): Promise<WorkOutcome | void> {
  const replicaSet = deps.informers.informer(replicasets).get(key);
  if (!replicaSet) return expectations.forget(keyText(key)); // garbage collection does the rest
  const mayAct = expectations.isSatisfied(keyText(key)) && !replicaSet.metadata.deletionTimestamp;
  const all = [...controlledBy(deps.informers.informer(pods), replicaSet), ...orphansIn(deps.informers.informer(pods), key.namespace ?? '')];
  const active = await claimPods(replicaSet, all.filter(isPodActive), deps);
  const terminating = all.filter((pod) => isPodTerminating(pod) && controllerOf(pod)?.uid === replicaSet.metadata.uid);
  const failure = mayAct ? await adjust(replicaSet, active, deps, expectations) : undefined;
  await updateStatus(replicaSet, { active, terminating, nowMs: deps.clock.now(), ...(failure ? { failure } : {}) }, deps);
  if (failure) throw failure.error;
  return nextAvailability(replicaSet, active, deps.clock.now());
}

const claimPods = async (replicaSet: ReplicaSet, candidates: readonly Pod[], { client }: ControllerDeps): Promise<Pod[]> =>
  isEmptySelector(replicaSet.spec.selector)
    ? []
    : claimObjects({ client, type: pods, owner: replicaSet, ownerType: replicasets, selector: replicaSet.spec.selector, candidates });

/** Creates or deletes pods. Answers what went wrong, for the status, rather than throwing. */
async function adjust(replicaSet: ReplicaSet, active: readonly Pod[], deps: ControllerDeps, expectations: Expectations): Promise<Observed['failure']> {
  const wanted = replicaSet.spec.replicas ?? 1;
  const missing = wanted - active.length;
  if (missing === 0) return undefined;
  const error =
    missing > 0
      ? await createMissing(replicaSet, Math.min(missing, burstReplicas), deps, expectations)
      : await deleteSurplus(replicaSet, active, { ...deps, count: Math.min(-missing, burstReplicas) }, expectations);
  return error === undefined ? undefined : { error, wereTooFew: missing > 0 };
}

async function createMissing(replicaSet: ReplicaSet, count: number, { client, events }: ControllerDeps, expectations: Expectations): Promise<unknown> {
  const key = keyText(keyOf(replicaSet));
  const template = replicaSet.spec.template;
  if (!template) return undefined;
  expectations.expect(key, { creations: count });
  const { succeeded, error } = await slowStart(count, async () => {
    try {
      await createPod({ client, events, owner: replicaSet, ownerType: replicasets }, template);
    } catch (fault) {
      if (!isNamespaceTerminating(fault)) throw fault;
      expectations.creationSeen(key); // it will never be seen, and asking again is of no use
    }
  });
  expectations.creationSeen(key, count - succeeded);
  return error;
}

async function deleteSurplus(
  replicaSet: ReplicaSet,
  active: readonly Pod[],
  deps: ControllerDeps & { count: number },
  expectations: Expectations,
): Promise<unknown> {
  const key = keyText(keyOf(replicaSet));
  const victims = sortForDeletion(withCrowds(replicaSet, active, deps), deps.clock.now()).slice(0, deps.count);
  expectations.expect(key, { deletions: victims.map((pod) => keyText(keyOf(pod))) });
  const results = await Promise.allSettled(
    victims.map(async (pod) => {
      try {
        await deletePod({ client: deps.client, events: deps.events, owner: replicaSet, ownerType: replicasets }, pod);
      } catch (error) {
        expectations.deletionSeen(key, keyText(keyOf(pod))); // no deletion of ours will be seen
        if (!isNotFound(error)) throw error;
      }
    }),
  );
  return results.find((result) => result.status === 'rejected')?.reason;
}

/** Related pods are those of all replica sets under the same owner: a deployment's old and new ones share nodes. */
function withCrowds(replicaSet: ReplicaSet, active: readonly Pod[], { informers }: ControllerDeps): { pod: Pod; crowd: number }[] {
  const owner = controllerOf(replicaSet)?.uid;
  const siblings = owner
    ? informers
        .informer(replicasets)
        .list(replicaSet.metadata.namespace ?? '')
        .filter((other) => controllerOf(other)?.uid === owner)
    : [replicaSet];
  const onNode = new Map<string, number>();
  for (const pod of siblings.flatMap((sibling) => controlledBy(informers.informer(pods), sibling)).filter(isPodActive)) {
    onNode.set(pod.spec.nodeName ?? '', (onNode.get(pod.spec.nodeName ?? '') ?? 0) + 1);
  }
  return active.map((pod) => ({ pod, crowd: pod.spec.nodeName ? (onNode.get(pod.spec.nodeName) ?? 0) : 0 }));
}

async function updateStatus(replicaSet: ReplicaSet, observed: Observed, { client }: ControllerDeps): Promise<void> {
  const status = statusOf(replicaSet, observed);
  if (isSameStatus(replicaSet.status, status)) return;
  await client.replace(replicasets, { ...replicaSet, status }, { subresource: 'status' }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error; // deleted meanwhile
  });
}

/** With minReadySeconds, a ready pod becomes available without any event. */
function nextAvailability({ spec: { minReadySeconds = 0 } }: ReplicaSet, active: readonly Pod[], nowMs: number): WorkOutcome | undefined {
  if (minReadySeconds === 0) return undefined;
  const waits = active.map((pod) => availableInMs(pod, minReadySeconds, nowMs)).filter((wait): wait is number => wait !== undefined && wait > 0);
  return waits.length === 0 ? undefined : { requeueAfterMs: Math.min(...waits) };
}

function listenToPods(host: ReconcilerHost, expectations: Expectations): void {
  const owner = (pod: Pod): ObjectKey | undefined => ownerKey(pod, replicasets);
  const enqueue = (key: ObjectKey | undefined): void => void (key && host.enqueue(key));
  const enqueueAdopters = (pod: Pod): void => {
    if (controllerOf(pod)) return;
    const inNamespace = host.informers.informer(replicasets).list(pod.metadata.namespace ?? '');
    for (const replicaSet of inNamespace)
      if (!isEmptySelector(replicaSet.spec.selector) && matchesSelector(replicaSet.spec.selector, pod.metadata.labels)) host.enqueue(keyOf(replicaSet));
  };
  const gone = (pod: Pod): void => {
    const key = owner(pod);
    if (key) expectations.deletionSeen(keyText(key), keyText(keyOf(pod)));
    enqueue(key);
  };
  host.listen(pods, {
    added(pod) {
      if (pod.metadata.deletionTimestamp) return gone(pod);
      const key = owner(pod);
      if (key) expectations.creationSeen(keyText(key));
      enqueue(key);
      enqueueAdopters(pod);
    },
    updated(pod, old) {
      if (pod.metadata.deletionTimestamp) return gone(pod); // graceful deletion counts from its beginning
      enqueue(owner(old));
      enqueue(owner(pod));
      enqueueAdopters(pod);
    },
    deleted: gone,
  });
}
