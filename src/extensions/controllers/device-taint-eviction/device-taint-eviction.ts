import { setCondition } from '../../../api/conditions.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods, resourceclaims, resourceslices } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim, ResourceSlice } from '../../../api/generated/resource-v1.ts';
import { keyOf, keyText, type ObjectKey } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import { defineStatefulReconciler, type NamedController, type ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { claimReferenceOf, isReservedFor, ownershipProblem } from '../../../extension-points/scheduling/devices/claims-of-pod.ts';
import { claimsByPool, evictionMs, poolsOfClaim, poolsOfSlice, slicesByPool } from './eviction-time.ts';

/** Deletes pods whose devices have taints with the effect `NoExecute` that their claims do not, or no longer, tolerate. */
export function deviceTaintEvictionController(): NamedController {
  return defineStatefulReconciler(
    { name: 'device-taint-eviction-controller', primary: pods, workers: 8, predicate: { added: usesDevices, updated: usesDevices, deleted: () => false } },
    (host) => {
      const { enqueue, informers } = host;
      const claims = informers.informer(resourceclaims);
      claims.addIndex(claimsByPool, poolsOfClaim);
      informers.informer(resourceslices).addIndex(slicesByPool, poolsOfSlice);
      const enqueueUsers = ({ metadata, status }: ResourceClaim): void => {
        for (const { resource, apiGroup, name } of status?.reservedFor ?? [])
          if (resource === 'pods' && !apiGroup) enqueue({ namespace: metadata.namespace ?? '', name });
      };
      const enqueuePool = (slice: ResourceSlice): void => {
        if (mayEvict(slice)) for (const pool of poolsOfSlice(slice)) for (const claim of claims.byIndex(claimsByPool, pool)) enqueueUsers(claim);
      };
      host.listen(resourceclaims, { added: enqueueUsers, updated: (claim, old) => (enqueueUsers(old), enqueueUsers(claim)), deleted: enqueueUsers });
      host.listen(resourceslices, { added: enqueuePool, updated: (slice, old) => (enqueuePool(old), enqueuePool(slice)), deleted: enqueuePool });
      // UIDs of pods that are to be evicted, by key.
      const planned = new Map<string, string>();
      host.listen(pods, { deleted: (pod) => void planned.delete(keyText(keyOf(pod))) });
      return async (key) => await consider(key, planned, host);
    },
  );
}

const usesDevices = ({ spec }: Pod): boolean => Boolean(spec?.nodeName) && (spec?.resourceClaims?.length ?? 0) > 0;

const mayEvict = ({ spec }: ResourceSlice): boolean => spec.devices?.some(({ taints }) => taints?.some(({ effect }) => effect === 'NoExecute')) ?? false;

async function consider(key: ObjectKey, planned: Map<string, string>, host: ReconcilerHost): Promise<{ requeueAfterMs: number } | undefined> {
  const pod = host.informers.informer(pods).get(key);
  const text = keyText(key);
  if (!pod || pod.metadata.deletionTimestamp || !usesDevices(pod)) return void planned.delete(text);
  const events = host.events.as('device-taint-eviction-controller');
  const times = claimsOf(pod, host).map((claim) => evictionMs(claim, host.informers.informer(resourceslices)));
  const atMs = Math.min(Infinity, ...times);
  if (atMs === Infinity) {
    if (planned.delete(text)) events.record(pod, 'Normal', 'DeviceTaintManagerEviction', 'Cancelling deletion');
    return undefined;
  }
  planned.set(text, pod.metadata.uid ?? '');
  const waitMs = atMs - host.clock.now();
  if (waitMs > 0) return { requeueAfterMs: waitMs };
  events.record(pod, 'Normal', 'DeviceTaintManagerEviction', 'Marking for deletion');
  await evict(pod, host);
  return undefined;
}

/** The allocated claims that the pod really uses. */
function claimsOf(pod: Pod, { informers }: ReconcilerHost): ResourceClaim[] {
  return (pod.spec?.resourceClaims ?? []).flatMap((entry) => {
    const reference = claimReferenceOf(pod, entry);
    if (reference.kind !== 'named') return [];
    const claim = informers.informer(resourceclaims).get({ namespace: pod.metadata.namespace ?? '', name: reference.name });
    if (!claim?.status?.allocation || !isReservedFor(claim, pod)) return [];
    return reference.isGenerated && ownershipProblem(pod, claim) !== undefined ? [] : [claim];
  });
}

async function evict(pod: Pod, { client, clock }: ReconcilerHost): Promise<void> {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByDeviceTaintManager',
    message: 'Device Taint manager: deleting due to NoExecute taint',
  };
  const conditions = [...setCondition(pod.status?.conditions, condition, new Date(clock.now()))];
  try {
    await client.replace(pods, { ...pod, status: { ...pod.status, conditions } }, { subresource: 'status' });
    await client.delete(pods, keyOf(pod), pod.metadata.uid ? { preconditions: { uid: pod.metadata.uid } } : {});
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
