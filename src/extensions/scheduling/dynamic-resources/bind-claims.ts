import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods, resourceclaims } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { keyOf } from '../../../api/object.ts';
import { isConflict } from '../../../api/status.ts';
import type { SchedulingHandle } from '../../../extension-points/scheduling/contract.ts';
import { claimFinalizer, consumerOf, isReservedFor } from '../../../extension-points/scheduling/devices/claims-of-pod.ts';
import { timeText } from '../../../kernel/clock.ts';
import { claimText } from './allocation/device-request.ts';
import type { ClaimLedger } from './claim-ledger.ts';
import { type CycleClaim, isCreated, type PodCycle } from './pod-cycle.ts';

export interface WriteDeps extends Pick<SchedulingHandle, 'client' | 'clock'> {
  readonly ledger: ClaimLedger;
}

/** Upstream's `retry.DefaultRetry`. */
const attempts = 5;
const pauseMs = 10;

/** Writes what Reserve decided, and reserves every claim for the pod. Rejects, in upstream's words, when somebody else was faster; then Unreserve takes back what was done. */
export async function bindClaims(cycle: PodCycle, pod: Pod, nodeName: string, deps: WriteDeps): Promise<void> {
  for (const entry of cycle.claims) if (!isReservedFor(entry.claim, pod)) await bindClaim(entry, { cycle, pod, nodeName }, deps);
}

interface Binding {
  readonly cycle: PodCycle;
  readonly pod: Pod;
  readonly nodeName: string;
}

async function bindClaim(entry: CycleClaim, binding: Binding, deps: WriteDeps): Promise<void> {
  const { isExtended, allocation, uid } = entry;
  // Device plugins have all of the extended resources.
  if (isExtended && !allocation && !entry.claim.spec.devices?.requests) return;
  try {
    if (isExtended && !isCreated(entry)) entry.claim = await createExtendedClaim(binding, deps);
    entry.claim = await reserveClaim(entry, binding.pod, deps);
    deps.ledger.written(entry.claim);
  } finally {
    // While it is unwritten nobody else may have the devices; the stored claim speaks for itself.
    if (uid !== entry.claim.metadata.uid || !isReservedFor(entry.claim, binding.pod)) deps.ledger.withdraw(uid);
  }
  if (isExtended) await noteExtendedClaim(entry.claim, binding, deps);
}

async function createExtendedClaim({ cycle, nodeName }: Binding, { client }: WriteDeps): Promise<ResourceClaim> {
  const extended = cycle.byNode.get(nodeName)?.extended;
  if (!extended) throw new Error(`extended resource claim not found for node ${nodeName}`);
  const { namespace, generateName, ownerReferences, annotations } = extended.claim.metadata;
  const metadata = {
    ...(namespace ? { namespace } : {}),
    ...(generateName ? { generateName } : {}),
    ownerReferences: ownerReferences!,
    annotations: annotations!,
  };
  return await saying(
    `create claim for extended resources ${claimText(extended.claim)}`,
    client.create<ResourceClaim>(resourceclaims, { metadata, spec: extended.claim.spec }),
  );
}

/** Adds the allocation, if there is one to write, and the pod. Others may change the claim meanwhile: then its newest state is tried. */
async function reserveClaim({ claim: known, allocation }: CycleClaim, pod: Pod, deps: WriteDeps): Promise<ResourceClaim> {
  const { client, clock } = deps;
  let claim = known;
  for (let attempt = 1; ; attempt++) {
    try {
      return await writeReservation(claim, allocation, pod, deps);
    } catch (error) {
      if (!isConflict((error as Error).cause) || attempt === attempts) throw error;
      await clock.sleep(pauseMs);
      claim = await saying(`get updated claim ${claimText(claim)} after conflict`, client.get(resourceclaims, keyOf(claim)));
    }
  }
}

async function writeReservation(given: ResourceClaim, allocation: CycleClaim['allocation'], pod: Pod, { client, clock }: WriteDeps): Promise<ResourceClaim> {
  let claim = given;
  const text = claimText(claim);
  if (claim.metadata.deletionTimestamp) throw new Error(`claim ${text} got deleted in the meantime`);
  if (allocation && claim.status?.allocation) throw new Error(`claim ${text} got allocated elsewhere in the meantime`);
  if (!allocation && !claim.status?.allocation) throw new Error(`claim ${text} got deallocated elsewhere in the meantime`);
  const { finalizers = [] } = claim.metadata;
  if (allocation && !finalizers.includes(claimFinalizer)) {
    const protectedClaim = { ...claim, metadata: { ...claim.metadata, finalizers: [...finalizers, claimFinalizer] } };
    claim = await saying(`add finalizer to claim ${text}`, client.replace(resourceclaims, protectedClaim));
  }
  const chosen = allocation ?? claim.status!.allocation!;
  const status = {
    ...claim.status,
    allocation: { ...chosen, allocationTimestamp: chosen.allocationTimestamp ?? timeText(clock.now()) },
    reservedFor: [...(claim.status?.reservedFor ?? []), consumerOf(pod)],
  };
  const what = allocation ? 'add allocation and reservation to' : 'add reservation to';
  return await saying(`${what} claim ${text}`, client.replace(resourceclaims, { ...claim, status }, { subresource: 'status' }));
}

/** Tells the node agent which container uses which request. */
async function noteExtendedClaim({ metadata }: ResourceClaim, { cycle, pod, nodeName }: Binding, { client }: WriteDeps): Promise<void> {
  const text = `${pod.metadata.namespace}/${pod.metadata.name}`;
  const requestMappings = cycle.byNode.get(nodeName)?.extended?.mappings ?? [];
  if (requestMappings.length === 0) throw new Error(`nil or empty request mappings, no update of pod ${text} ExtendedResourceClaimStatus`);
  const body = { status: { extendedResourceClaimStatus: { resourceClaimName: metadata.name, requestMappings } } };
  await saying(`update pod ${text} ExtendedResourceClaimStatus`, client.patch(pods, keyOf(pod), { type: 'merge', body }, { subresource: 'status' }));
}

async function saying<T>(what: string, done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
  }
}
