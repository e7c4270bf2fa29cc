import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods, resourceclaims, resourceclaimtemplates } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { keyOf, keyText } from '../../../api/object.ts';
import { defineStatefulReconciler, type NamedController, type ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { canBeReserved, claimReferenceOf, consumerOf, isReservedFor, ownershipProblem } from '../../../extension-points/scheduling/devices/claims-of-pod.ts';
import { ClaimMaker } from './claim-maker.ts';
import { claimKeysOfPod, podsByClaim, podsByTemplate, templateKeysOfPod } from './claims-in-use.ts';

const fieldManager = 'ResourceClaimController';

/** Gives pods the claims that they have templates for, and reserves for them what they need when somebody else than the scheduler gave them a node. */
export function podReconciler(name: string): NamedController {
  return defineStatefulReconciler(
    { name, primary: pods, workers: 50, predicate: { added: mayNeedWork, updated: mayNeedWork, deleted: () => false } },
    (host) => {
      const { enqueue, informers } = host;
      const known = informers.informer(pods);
      known.addIndex(podsByClaim, claimKeysOfPod);
      known.addIndex(podsByTemplate, templateKeysOfPod);
      const enqueueAll = (index: string, key: string): void => {
        for (const pod of known.byIndex(index, key)) if (mayNeedWork(pod)) enqueue(keyOf(pod));
      };
      const concerns = (claim: ResourceClaim): void => enqueueAll(podsByClaim, keyText(keyOf(claim)));
      host.listen(resourceclaims, { added: concerns, updated: concerns, deleted: concerns });
      host.listen(resourceclaimtemplates, { added: (template) => enqueueAll(podsByTemplate, keyText(keyOf(template))) });
      const maker = new ClaimMaker(host);
      const events = host.events.as('resource_claim');
      return async (key) => {
        const pod = known.get(key);
        if (!pod || !mayNeedWork(pod)) return;
        await makeClaims(pod, maker, host, (message) => events.record(pod, 'Warning', 'FailedResourceClaimCreation', message));
        if (pod.spec?.nodeName) await reserveClaims(pod, host);
      };
    },
  );
}

const mayNeedWork = ({ metadata, spec }: Pod): boolean => !metadata.deletionTimestamp && (spec?.resourceClaims?.length ?? 0) > 0;

async function makeClaims(pod: Pod, maker: ClaimMaker, { client }: ReconcilerHost, report: (message: string) => void): Promise<void> {
  const made = new Map<string, string>();
  for (const entry of pod.spec?.resourceClaims ?? []) {
    try {
      const claim = await maker.ensure(pod, entry);
      if (claim !== undefined) made.set(entry.name, claim);
    } catch (error) {
      const problem = `PodResourceClaim ${entry.name}: ${(error as Error).message}`;
      report(problem);
      throw new Error(`pod ${keyText(keyOf(pod))}, ${problem}`, { cause: error });
    }
  }
  if (made.size === 0) return;
  // All of them: what a manager of fields does not name any more is taken away.
  for (const { name, resourceClaimName } of pod.status?.resourceClaimStatuses ?? [])
    if (resourceClaimName && !made.has(name)) made.set(name, resourceClaimName);
  const resourceClaimStatuses = [...made].map(([name, resourceClaimName]) => ({ name, resourceClaimName }));
  const { name = '', namespace = '' } = pod.metadata;
  await client
    .apply(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, status: { resourceClaimStatuses } } as Pod, {
      ...{ fieldManager, force: true, subresource: 'status' },
    })
    .catch((error: unknown) => {
      throw new Error(`update pod ${namespace}/${name} ResourceClaimStatuses: ${(error as Error).message}`, { cause: error });
    });
}

async function reserveClaims(pod: Pod, { client, informers }: ReconcilerHost): Promise<void> {
  const claims = informers.informer(resourceclaims);
  for (const entry of pod.spec?.resourceClaims ?? []) {
    const reference = claimReferenceOf(pod, entry);
    // What was made just now is in the status of the next state of the pod.
    if (reference.kind !== 'named') continue;
    const claim = claims.get({ namespace: pod.metadata.namespace ?? '', name: reference.name });
    if (!claim) return;
    const problem = reference.isGenerated ? ownershipProblem(pod, claim) : undefined;
    if (problem !== undefined) throw new Error(problem);
    if (!claim.status?.allocation || isReservedFor(claim, pod) || !canBeReserved(claim)) continue;
    const status = { ...claim.status, reservedFor: [...(claim.status.reservedFor ?? []), consumerOf(pod)] };
    await client.replace(resourceclaims, { ...claim, status }, { subresource: 'status' });
  }
}
