import type { Pod } from '../../../api/generated/core-v1.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { type Status, unresolvable } from '../../../extension-points/scheduling/contract.ts';
import {
  canBeReserved,
  claimReferenceOf,
  extendedResourceClaimAnnotation,
  isReservedFor,
  ownershipProblem,
} from '../../../extension-points/scheduling/devices/claims-of-pod.ts';
import type { ExtendedResourceClasses } from '../../../extension-points/scheduling/devices/extended-resource-classes.ts';
import { podRequests } from '../../../extension-points/scheduling/pod-requests.ts';
import { type ClassLookup, claimText } from './allocation/device-request.ts';
import type { ClaimLedger } from './claim-ledger.ts';
import { type CycleClaim, noClaims, type PodCycle, specialName } from './pod-cycle.ts';

export interface Lookups {
  readonly ledger: ClaimLedger;
  readonly classOf: ClassLookup;
  readonly extendedClasses: ExtendedResourceClasses;
}

/** The claims that a pod refers to by name or that were made for it, or why it has to wait for one of them. Those found not to be needed are left out. */
export function claimsOf(pod: Pod, { ledger }: Pick<Lookups, 'ledger'>): readonly ResourceClaim[] | string {
  const found: ResourceClaim[] = [];
  for (const entry of pod.spec?.resourceClaims ?? []) {
    const reference = claimReferenceOf(pod, entry);
    if (reference.kind === 'missing') return reference.problem;
    if (reference.kind === 'none') continue;
    const claim = ledger.get({ namespace: pod.metadata.namespace ?? '', name: reference.name });
    if (!claim) return `resourceclaim.resource.k8s.io ${JSON.stringify(reference.name)} not found`;
    if (claim.metadata.deletionTimestamp) return `resourceclaim ${JSON.stringify(reference.name)} is being deleted`;
    const problem = reference.isGenerated ? ownershipProblem(pod, claim) : undefined;
    if (problem !== undefined) return problem;
    found.push(claim);
  }
  return found;
}

/** What PreFilter is to know of a pod, or its refusal. Undefined: no claim stands for anything that the pod needs. */
export function readPod(pod: Pod, lookups: Lookups): PodCycle | Status | undefined {
  const own = claimsOf(pod, lookups);
  if (typeof own === 'string') return unresolvable(own);
  const scalars = delegatedScalars(pod, lookups.extendedClasses);
  if (own.length === 0 && !scalars) return undefined;
  const claims: CycleClaim[] = own.map((claim) => ({ claim, isExtended: false, uid: claim.metadata.uid ?? '' }));
  if (scalars) {
    const claim = lookups.ledger.extendedClaimOf(pod) ?? newExtendedClaim(pod);
    claims.push({ claim, isExtended: true, uid: claim.metadata.uid ?? '' });
  }
  for (const entry of claims) {
    const objection = objectionTo(entry, pod, lookups);
    if (objection) return objection;
  }
  return { ...noClaims(), claims, scalars: scalars ?? new Map() };
}

function objectionTo({ claim, isExtended, uid }: CycleClaim, pod: Pod, { ledger, classOf }: Lookups): Status | undefined {
  if (claim.status?.allocation) return canBeReserved(claim) || isReservedFor(claim, pod) ? undefined : unresolvable('resourceclaim in use');
  // Whoever began it writes it; its news wakes this pod.
  if (ledger.isInFlight(uid)) return unresolvable(`resource claim ${claimText(claim)} is in the process of being allocated`);
  if (isExtended) return undefined;
  for (const request of claim.spec.devices?.requests ?? []) {
    const { name, exactly, firstAvailable = [] } = request;
    if (!exactly && firstAvailable.length === 0) return unresolvable(`resource claim ${claimText(claim)}, request ${name}: unknown request type`);
    const wanted = exactly ? [{ name, ...exactly }] : firstAvailable.map((part) => ({ ...part, name: `${name}/${part.name}` }));
    for (const { name: requestName, deviceClassName } of wanted) {
      if (deviceClassName === '') return failure(new Error(`request ${requestName}: unsupported request type`));
      if (!classOf(deviceClassName)) return unresolvable(`request ${requestName}: device class ${deviceClassName} does not exist`);
    }
  }
  return undefined;
}

export const failure = (error: unknown): Status => ({ code: 'error', reasons: [error instanceof Error ? error.message : String(error)], error });

/** The extended resources of a pod when a class stands behind one of them. */
function delegatedScalars(pod: Pod, classes: ExtendedResourceClasses): ReadonlyMap<string, number> | undefined {
  if (classes.isEmpty) return undefined;
  const { scalar } = podRequests(pod);
  for (const [name, amount] of scalar) if (amount > 0 && classes.classOf(name)) return scalar;
  return undefined;
}

/** Only in memory: what it asks for depends on the node. */
function newExtendedClaim({ metadata }: Pod): ResourceClaim {
  const owner = { apiVersion: 'v1', kind: 'Pod', name: metadata.name ?? '', uid: metadata.uid ?? '', controller: true };
  return {
    metadata: {
      ...{ namespace: metadata.namespace ?? '', name: specialName, uid: crypto.randomUUID(), generateName: `${metadata.name}-extended-resources-` },
      ownerReferences: [owner],
      annotations: { [extendedResourceClaimAnnotation]: 'true' },
    },
    spec: {},
  };
}
