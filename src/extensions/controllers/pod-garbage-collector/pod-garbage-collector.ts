import { setCondition } from '../../../api/conditions.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { nodes, pods } from '../../../api/generated/resource-types.ts';
import { keyOf, nameOf } from '../../../api/object.ts';
import { isConflict, isNotFound } from '../../../api/status.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { isPodFinished } from '../../../extension-points/controllers/pod-state.ts';
import type { NamedController } from '../../../extension-points/controllers/reconcile.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { WorkQueue } from '../../../kernel/work-queue.ts';

// Upstream's numbers.
const checkEveryMs = 20_000;
const quarantineMs = 40_000;
const outOfServiceTaint = 'node.kubernetes.io/out-of-service';

/**
 * Removes pods that nobody will: the oldest finished ones beyond a threshold, those on nodes that are gone or out of service, and those that were deleted before they were scheduled.
 */
export function podGarbageCollectorController({ terminatedPodThreshold = 12_500 }: { terminatedPodThreshold?: number } = {}): NamedController {
  return {
    name: 'pod-garbage-collector',
    async start(deps) {
      await Promise.all([deps.informers.informer(pods).synced(), deps.informers.informer(nodes).synced()]);
      const stack = new DisposalStack();
      const missingSinceMs = new Map<string, number>();
      const onError = (_: string, error: unknown): void => deps.log.warn('collecting pods failed and will be retried', { error });
      const queue = stack.use(
        new WorkQueue({ clock: deps.clock, onError, maximumDelayMs: checkEveryMs }, async () => {
          await collect(deps, terminatedPodThreshold, missingSinceMs);
          return { requeueAfterMs: checkEveryMs };
        }),
      );
      queue.add('pods');
      queue.start();
      return stack;
    },
  };
}

async function collect(deps: ControllerDeps, threshold: number, missingSinceMs: Map<string, number>): Promise<void> {
  const all = deps.informers.informer(pods).list();
  for (const pod of finishedBeyond(all, threshold)) await remove(pod, deps);
  for (const pod of await orphaned(all, deps, missingSinceMs)) await remove(await markDisrupted(pod, deps), deps);
  for (const pod of all.filter(isAbandoned)) await remove(await markFailed(pod, deps), deps);
  for (const pod of all.filter((candidate) => candidate.metadata.deletionTimestamp && isOutOfService(candidate, deps)))
    await remove(await markFailed(pod, deps), deps);
}

/** Evicted pods first, then the oldest. A threshold of 0 or less keeps all. */
function finishedBeyond(all: readonly Pod[], threshold: number): Pod[] {
  if (threshold <= 0) return [];
  const finished = all.filter((pod) => isPodFinished(pod) && !pod.metadata.deletionTimestamp);
  const isEvicted = (pod: Pod): number => Number(pod.status?.reason === 'Evicted');
  const created = (pod: Pod): number => Date.parse(pod.metadata.creationTimestamp ?? '') || 0;
  const sorted = finished.sort(
    (left, right) => isEvicted(right) - isEvicted(left) || created(left) - created(right) || (nameOf(left) < nameOf(right) ? -1 : 1),
  );
  return sorted.slice(0, Math.max(0, finished.length - threshold));
}

/** Pods of nodes that have been missing for 40 s, and that the API itself does not know either. */
async function orphaned(all: readonly Pod[], { client, clock, informers }: ControllerDeps, missingSinceMs: Map<string, number>): Promise<Pod[]> {
  const missing = new Set(all.map((pod) => pod.spec.nodeName ?? '').filter((name) => name !== '' && !informers.informer(nodes).get({ name })));
  for (const name of missingSinceMs.keys()) if (!missing.has(name)) missingSinceMs.delete(name);
  const gone = new Set<string>();
  for (const name of missing) {
    const sinceMs = missingSinceMs.get(name) ?? clock.now();
    missingSinceMs.set(name, sinceMs);
    if (clock.now() - sinceMs < quarantineMs) continue;
    const exists = await client.get(nodes, { name }).then(
      () => true,
      (error: unknown) => !isNotFound(error),
    );
    if (!exists) gone.add(name);
  }
  return all.filter((pod) => gone.has(pod.spec.nodeName ?? ''));
}

/** Deleted before any node took it: no node agent will ever finish it. */
const isAbandoned = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined && !pod.spec.nodeName;

function isOutOfService(pod: Pod, { informers }: ControllerDeps): boolean {
  const node = pod.spec.nodeName ? informers.informer(nodes).get({ name: pod.spec.nodeName }) : undefined;
  const isReady = node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return node !== undefined && !isReady && node.spec.taints?.some(({ key }) => key === outOfServiceTaint) === true;
}

/** Tells a Job or an operator why the pod ended: not by its own fault. */
async function markDisrupted(pod: Pod, deps: ControllerDeps): Promise<Pod> {
  const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' };
  return writeStatus(
    pod,
    {
      ...pod.status,
      ...(isPodFinished(pod) ? {} : { phase: 'Failed' }),
      conditions: [...setCondition(pod.status?.conditions, condition, new Date(deps.clock.now()))],
    },
    deps,
  );
}

const markFailed = (pod: Pod, deps: ControllerDeps): Promise<Pod> | Pod =>
  isPodFinished(pod) ? pod : writeStatus(pod, { ...pod.status, phase: 'Failed' }, deps);

const writeStatus = (pod: Pod, status: NonNullable<Pod['status']>, { client }: ControllerDeps): Promise<Pod> =>
  client
    .patch(
      pods,
      keyOf(pod),
      { type: 'merge', body: { metadata: { uid: pod.metadata.uid }, status: { phase: status.phase, conditions: status.conditions } } },
      { subresource: 'status' },
    )
    .catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) throw error;
      return pod;
    });

/** By force: no node agent is left to wait for. */
async function remove(pod: Pod, { client, log }: ControllerDeps): Promise<void> {
  log.info('removing a pod', { pod: nameOf(pod), namespace: pod.metadata.namespace });
  const preconditions = pod.metadata.uid ? { uid: pod.metadata.uid } : {};
  await client.delete(pods, keyOf(pod), { gracePeriodSeconds: 0, preconditions }).catch((error: unknown) => {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  });
}
