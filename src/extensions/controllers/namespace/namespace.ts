import type { Namespace } from '../../../api/generated/core-v1.ts';
import { namespaces, pods } from '../../../api/generated/resource-types.ts';
import { isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import { retryOnConflict } from '../../../client/retry.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { defineReconciler, type NamedController, watching } from '../../../extension-points/controllers/reconcile.ts';
import type { DiscoverResources } from '../../../extension-points/controllers/served-resources.ts';
import { timeText } from '../../../kernel/clock.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { conditionsAfter } from './namespace-conditions.ts';
import { deleteContent } from './namespace-content.ts';

const finalizer = 'kubernetes';

/**
 * Empties namespaces that are being deleted and then lets them go. Upstream waits 5 s first, for other API servers to learn that the namespace is terminating;
 * one API server knows at once, so `graceMs` is 0 unless there are several.
 */
export function namespaceController({ discover, graceMs = 0 }: { discover: DiscoverResources; graceMs?: number }): NamedController {
  const isTerminating = (deps: ControllerDeps, name: string): boolean =>
    deps.informers.informer(namespaces).get({ name })?.metadata.deletionTimestamp !== undefined;
  return defineReconciler({
    name: 'namespace-controller',
    primary: namespaces,
    workers: 10,
    maximumDelayMs: 60_000,
    // The last pod's end is what a terminating namespace waits for; without this it would be noticed only after half a grace period.
    watches: [
      watching(pods, ({ metadata: { namespace = '' } }, deps) =>
        isTerminating(deps, namespace) && deps.informers.informer(pods).list(namespace).length === 0 ? [{ name: namespace }] : [],
      ),
    ],
    async reconcile({ name }, deps) {
      const cached = deps.informers.informer(namespaces).get({ name });
      if (!cached?.metadata.deletionTimestamp) return;
      const waitMs = Date.parse(cached.metadata.deletionTimestamp) + graceMs - deps.clock.now();
      if (graceMs > 0 && waitMs > 0) return { requeueAfterMs: waitMs };
      return finish(name, deps, discover);
    },
  });
}

async function finish(name: string, { client, clock }: ControllerDeps, discover: DiscoverResources): Promise<WorkOutcome | void> {
  const namespace = await startTerminating(client, name);
  if (!namespace?.metadata.deletionTimestamp || !namespace.spec.finalizers?.includes(finalizer)) return;
  const result = await deleteContent(client, name, await discover());
  await updateConditions(client, name, (old) => conditionsAfter(result, old, timeText(clock.now())));
  // What could not be seen may still hold something: the namespace stays until it can.
  if (result.contentErrors.length > 0 || result.discoveryFailures.size > 0)
    throw new Error(`the content of namespace ${name} could not be deleted: ${[...result.contentErrors, ...result.discoveryFailures.keys()].join(', ')}`);
  if (result.estimateSeconds > 0) return { requeueAfterMs: (Math.floor(result.estimateSeconds / 2) + 1) * 1000 };
  await finalize(client, name);
}

async function startTerminating(client: Client, name: string): Promise<Namespace | undefined> {
  return retryOnConflict(async () => {
    const namespace = await client.get(namespaces, { name }).catch(undefinedWhenGone);
    if (!namespace?.metadata.deletionTimestamp || namespace.status?.phase === 'Terminating') return namespace;
    return client.replace(namespaces, { ...namespace, status: { ...namespace.status, phase: 'Terminating' } }, { subresource: 'status' });
  });
}

async function updateConditions(
  client: Client,
  name: string,
  change: (old: NonNullable<NonNullable<Namespace['status']>['conditions']>) => NonNullable<Namespace['status']>['conditions'],
): Promise<void> {
  await retryOnConflict(async () => {
    const namespace = await client.get(namespaces, { name }).catch(undefinedWhenGone);
    const conditions = namespace && change(namespace.status?.conditions ?? []);
    if (namespace && conditions) await client.replace(namespaces, { ...namespace, status: { ...namespace.status, conditions } }, { subresource: 'status' });
  });
}

async function finalize(client: Client, name: string): Promise<void> {
  await retryOnConflict(async () => {
    const namespace = await client.get(namespaces, { name }).catch(undefinedWhenGone);
    if (!namespace?.spec.finalizers?.includes(finalizer)) return;
    const spec = { ...namespace.spec, finalizers: namespace.spec.finalizers.filter((entry) => entry !== finalizer) };
    await client.replace(namespaces, { ...namespace, spec }, { subresource: 'finalize' }).catch(undefinedWhenGone);
  });
}

function undefinedWhenGone(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}
