import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods, resourceclaims } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim, ResourceClaimConsumerReference } from '../../../api/generated/resource-v1.ts';
import { keyOf, parseKey } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import { defineStatefulReconciler, type NamedController, type ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { claimFinalizer, owningPodOf } from '../../../extension-points/scheduling/devices/claims-of-pod.ts';
import { claimKeysOfPod, isPodDone, usesClaims } from './claims-in-use.ts';

/** So many deleted pods are remembered, so that the API server need not be asked about them. */
const deletedLimit = 500;

/** Takes pods that are done from claims, and devices from claims that nobody uses any more. */
export function claimReconciler(name: string): NamedController {
  return defineStatefulReconciler({ name, primary: resourceclaims, workers: 50, predicate: { deleted: () => false } }, (host) => {
    const deleted = new Set<string>();
    const release = (pod: Pod): void => {
      for (const key of claimKeysOfPod(pod)) host.enqueue(parseKey(key));
    };
    const consider = (pod: Pod): void => (usesClaims(pod) && isPodDone(pod) ? release(pod) : undefined);
    host.listen(pods, {
      added: consider,
      updated: consider,
      deleted(pod) {
        if (!usesClaims(pod)) return;
        deleted.add(pod.metadata.uid ?? '');
        if (deleted.size > deletedLimit) deleted.delete(deleted.values().next().value!);
        release(pod);
      },
    });
    return async (key) => {
      const claim = host.informers.informer(resourceclaims).get(key);
      if (claim) await settleClaim(claim, deleted, host);
    };
  });
}

async function settleClaim(claim: ResourceClaim, deleted: ReadonlySet<string>, host: ReconcilerHost): Promise<void> {
  const consumers = claim.status?.reservedFor ?? [];
  const remaining: ResourceClaimConsumerReference[] = [];
  for (const consumer of consumers) if (await isInUse(consumer, claim, deleted, host)) remaining.push(consumer);
  const isProtected = claim.metadata.finalizers?.includes(claimFinalizer) ?? false;
  if (remaining.length < consumers.length) await writeConsumers(claim, remaining, isProtected, host);
  else if (isProtected && claim.metadata.deletionTimestamp && remaining.length === 0) await letGo(claim, host);
  if (remaining.length === 0) await removeUnused(claim, host);
}

/** Consumers of kinds that are not known here stay. */
async function isInUse(
  consumer: ResourceClaimConsumerReference,
  { metadata }: ResourceClaim,
  deleted: ReadonlySet<string>,
  host: ReconcilerHost,
): Promise<boolean> {
  const { apiGroup = '', resource, name, uid } = consumer;
  if (apiGroup !== '' || resource !== 'pods') return true;
  if (deleted.has(uid)) return false;
  const key = { namespace: metadata.namespace ?? '', name };
  const known = host.informers.informer(pods).get(key);
  if (known) return known.metadata.uid === uid && !isPodDone(known);
  // The informer may be behind: a pod that the scheduler is just about to bind must not lose its devices.
  const stored = await host.client.get(pods, key).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  return stored?.metadata.uid === uid;
}

/** With its last consumer a claim loses the devices that the scheduler gave it: the next one may need them on another node. */
async function writeConsumers(
  claim: ResourceClaim,
  remaining: ResourceClaimConsumerReference[],
  isProtected: boolean,
  { client }: ReconcilerHost,
): Promise<void> {
  const { reservedFor: _consumers, ...status } = claim.status ?? {};
  const isFree = remaining.length === 0 && isProtected;
  if (isFree) delete status.allocation;
  const written = await client.replace(
    resourceclaims,
    { ...claim, status: { ...status, ...(remaining.length > 0 ? { reservedFor: remaining } : {}) } },
    { subresource: 'status' },
  );
  if (!written.status?.allocation) await unprotect(written, client);
}

/** A claim that is deleted while nobody uses it. */
async function letGo(claim: ResourceClaim, { client }: ReconcilerHost): Promise<void> {
  const { allocation, ...status } = claim.status ?? {};
  const freed = allocation ? await client.replace(resourceclaims, { ...claim, status }, { subresource: 'status' }) : claim;
  await unprotect(freed, client);
}

async function unprotect(claim: ResourceClaim, client: ReconcilerHost['client']): Promise<void> {
  const finalizers = claim.metadata.finalizers ?? [];
  if (!finalizers.includes(claimFinalizer)) return;
  const kept = finalizers.filter((finalizer) => finalizer !== claimFinalizer);
  await client.replace(resourceclaims, { ...claim, metadata: { ...claim.metadata, finalizers: kept } });
}

/** A claim that was made for a pod which is done goes before the pod does. When the pod is gone, garbage collection sees to it. */
async function removeUnused(claim: ResourceClaim, { client, informers }: ReconcilerHost): Promise<void> {
  const owner = owningPodOf(claim);
  const pod = owner && informers.informer(pods).get({ namespace: claim.metadata.namespace ?? '', name: owner.name });
  if (!pod || claim.metadata.deletionTimestamp || (pod.metadata.uid === owner.uid && !isPodDone(pod))) return;
  await client.delete(resourceclaims, keyOf(claim), { preconditions: { uid: claim.metadata.uid! } }).catch((error: unknown) => {
    if (isNotFound(error)) return;
    throw new Error(`delete unused generated claim ${claim.metadata.namespace}/${claim.metadata.name}: ${(error as Error).message}`, { cause: error });
  });
}
