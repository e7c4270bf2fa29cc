import type { Pod } from '../../../api/generated/core-v1.ts';
import { resourceclaims } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { keyOf } from '../../../api/object.ts';
import { isConflict, isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import { claimFinalizer, isReservedFor } from '../../../extension-points/scheduling/devices/claims-of-pod.ts';
import type { ClaimLedger } from './claim-ledger.ts';
import { type CycleClaim, extendedOf, isCreated, type PodCycle } from './pod-cycle.ts';

/** What would help a pod that fits no node: an allocated claim that keeps it off some node, and nobody else's, can be allocated anew elsewhere. */
export type Release =
  | { readonly kind: 'deallocate'; readonly claim: ResourceClaim }
  /** The claim for extended resources of a former attempt. */
  | { readonly kind: 'delete'; readonly claim: ResourceClaim }
  | { readonly kind: 'nothing' };

export function releaseFor(cycle: PodCycle, pod: Pod): Release {
  const movable = [...cycle.unavailable].filter((entry) => !entry.isExtended && isNobodyElses(entry, pod));
  // There is no better heuristic: one by lot, as upstream.
  const chosen = movable[Math.floor(Math.random() * movable.length)];
  if (chosen) return { kind: 'deallocate', claim: chosen.claim };
  const extended = extendedOf(cycle);
  return extended && isCreated(extended) ? { kind: 'delete', claim: extended.claim } : { kind: 'nothing' };
}

const isNobodyElses = ({ claim }: CycleClaim, { metadata }: Pod): boolean => {
  const { reservedFor = [] } = claim.status ?? {};
  return reservedFor.length === 0 || (reservedFor.length === 1 && reservedFor[0]!.uid === metadata.uid);
};

/** Gives up an allocation. */
export async function deallocateClaim(claim: ResourceClaim, client: Client): Promise<void> {
  const { allocation: _allocation, reservedFor: _consumers, devices: _devices, ...status } = claim.status ?? {};
  await client.replace(resourceclaims, { ...claim, status }, { subresource: 'status' });
}

/** Removes a claim that only the scheduler had use for. */
export async function deleteClaim(claim: ResourceClaim, client: Client): Promise<void> {
  try {
    await unprotect(claim, client);
    await client.delete(resourceclaims, keyOf(claim));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

const attempts = 5;

async function unprotect(known: ResourceClaim, client: Client): Promise<void> {
  let claim = known;
  for (let attempt = 1; ; attempt++) {
    const finalizers = claim.metadata.finalizers ?? [];
    if (!finalizers.includes(claimFinalizer)) return;
    try {
      const kept = finalizers.filter((finalizer) => finalizer !== claimFinalizer);
      await client.replace(resourceclaims, { ...claim, metadata: { ...claim.metadata, finalizers: kept } });
      return;
    } catch (error) {
      if (!isConflict(error) || attempt === attempts) throw error;
      claim = await client.get(resourceclaims, keyOf(claim));
    }
  }
}

/**
 * Takes back what Reserve and PreBind did. Writes go on in the background, and whoever fails to write is right not to mind: the next attempt finds the claim reserved
 * for the pod, or deletes it.
 */
export function unreserveClaims(cycle: PodCycle, pod: Pod, ledger: ClaimLedger, client: Client): void {
  for (const entry of cycle.claims) {
    delete entry.allocation;
    ledger.withdraw(entry.uid);
    const { claim, isExtended } = entry;
    if (isExtended && isCreated(entry)) void deleteClaim(claim, client).catch(() => undefined);
    else if (!isExtended && claim.status?.allocation && isReservedFor(claim, pod)) void removeConsumer(claim, pod, client).catch(() => undefined);
  }
}

/** A strategic merge removes one consumer without knowing the others. */
async function removeConsumer(claim: ResourceClaim, pod: Pod, client: Client): Promise<void> {
  const body = { metadata: { uid: claim.metadata.uid }, status: { reservedFor: [{ $patch: 'delete', uid: pod.metadata.uid }] } };
  await client.patch(resourceclaims, keyOf(claim), { type: 'strategic', body }, { subresource: 'status' });
}
