import type { PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, pods } from '../../../api/generated/resource-types.ts';
import { keyOf, keyText } from '../../../api/object.ts';
import { isUnsettled, settled } from '../../../extension-points/controllers/in-use-finalizer.ts';
import { isPodFinished } from '../../../extension-points/controllers/pod-state.ts';
import { defineStatefulReconciler, type NamedController, type ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { claimKeysOfPod, claimOfVolume, claimsOfPod, ownershipProblem, podsByClaim } from '../../../extension-points/scheduling/volumes/claims-of-pod.ts';

const finalizer = 'kubernetes.io/pvc-protection';

/** Keeps a claim that is deleted until no pod on a node uses it any more: by a finalizer that every claim has. */
export function claimProtectionController(): NamedController {
  return defineStatefulReconciler(
    { name: 'pvc-protection-controller', primary: persistentvolumeclaims, predicate: { added: needsWork, updated: needsWork, deleted: () => false } },
    (host) => {
      const { client, informers } = host;
      informers.informer(pods).addIndex(podsByClaim, claimKeysOfPod);
      host.listen(pods, { added: (pod) => enqueueFreed(pod, host), updated: (pod) => enqueueFreed(pod, host), deleted: (pod) => enqueueClaims(pod, host) });
      return async (key) => {
        const claim = informers.informer(persistentvolumeclaims).get(key);
        if (!claim || !needsWork(claim)) return;
        if (claim.metadata.deletionTimestamp && (await isInUse(claim, host))) return;
        await client.replace(persistentvolumeclaims, settled(claim, finalizer));
      };
    },
  );
}

const needsWork = (claim: PersistentVolumeClaim): boolean => isUnsettled(claim, finalizer);

/** A pod that runs keeps its claims. */
function enqueueFreed(pod: Pod, host: ReconcilerHost): void {
  if (isPodFinished(pod) || pod.metadata.deletionTimestamp || !pod.spec?.nodeName) enqueueClaims(pod, host);
}

function enqueueClaims(pod: Pod, { enqueue, informers }: ReconcilerHost): void {
  const claims = informers.informer(persistentvolumeclaims);
  for (const { name } of claimsOfPod(pod)) {
    const key = { namespace: pod.metadata.namespace ?? '', name };
    const claim = claims.get(key);
    if (claim && needsWork(claim)) enqueue(key);
  }
}

/** The API server is asked too: a pod that has just been given a node may not be known here. */
async function isInUse(claim: PersistentVolumeClaim, { client, informers }: ReconcilerHost): Promise<boolean> {
  if (
    informers
      .informer(pods)
      .byIndex(podsByClaim, keyText(keyOf(claim)))
      .some((pod) => uses(pod, claim))
  )
    return true;
  const { items } = await client.list(pods, { namespace: claim.metadata.namespace! });
  return items.some((pod) => uses(pod, claim));
}

/** A pod without a node cannot start any more with a claim that is deleted. */
const uses = (pod: Pod, claim: PersistentVolumeClaim): boolean =>
  Boolean(pod.spec?.nodeName) &&
  (pod.spec.volumes ?? []).some((volume) => {
    const use = claimOfVolume(pod, volume);
    if (use?.name !== claim.metadata.name) return false;
    return !use?.isEphemeral || (!isShutDown(pod) && ownershipProblem(pod, claim) === undefined);
  });

/** The node agent is done with it. Its own claims need not wait for what else may hold it: that might be waiting for them. */
const isShutDown = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
