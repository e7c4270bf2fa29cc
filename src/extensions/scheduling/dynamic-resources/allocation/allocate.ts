import type { Node } from '../../../../api/generated/core-v1.ts';
import type { AllocationResult, ResourceClaim } from '../../../../api/generated/resource-v1.ts';
import { AllocationError } from './allocation-error.ts';
import { allocationResult } from './allocation-result.ts';
import { type AllocationConstraint, readConstraint } from './constraint.ts';
import { type ClassLookup, claimText, type DemandedRequest, readRequests } from './device-request.ts';
import { DeviceSearch } from './device-search.ts';
import { type DevicesInUse, type Shortfall, shortfallOf } from './node-offer.ts';
import type { PoolView } from './pool-view.ts';

/** A claim whose requests were read, once for all nodes. */
export interface ReadClaim {
  readonly claim: ResourceClaim;
  readonly requests: readonly DemandedRequest[];
}

export type AllocationOutcome =
  /** One result for each claim, in their order. */
  | { readonly kind: 'allocated'; readonly results: readonly AllocationResult[] }
  /** This node has not enough. `isInvalid`: it has pools that nothing is given out from, because their slices contradict each other. */
  | { readonly kind: 'refused'; readonly isInvalid: boolean };

/** Reads a claim. Throws an `AllocationError` that is meant for whoever wrote it. */
export const readClaim = (claim: ResourceClaim, classOf: ClassLookup): ReadClaim => ({ claim, requests: readRequests(claim, classOf) });

/**
 * Finds devices for claims on one node. `pools`: what the node is offered. `limitMs`: how long it may take; 0 is no limit. Throws `AllocationError` when no node can
 * help, and `AllocationTimeout`.
 */
export function allocate(claims: readonly ReadClaim[], node: Node, pools: readonly PoolView[], inUse: DevicesInUse, limitMs: number): AllocationOutcome {
  const deadlineMs = limitMs > 0 ? performance.now() + limitMs : Infinity;
  const entries = claims.map((read) => ({ ...read, constraints: constraintsOf(read.claim) }));
  const chosen = new DeviceSearch(entries, pools, inUse, deadlineMs).run();
  if (!chosen) return { kind: 'refused', isInvalid: pools.some(({ state }) => state === 'invalid') };
  const nodeName = node.metadata.name ?? '';
  return { kind: 'allocated', results: claims.map(({ claim }, index) => allocationResult(claim, chosen[index]!, nodeName)) };
}

/** What there was for each demand of each claim. */
export const shortfalls = (claims: readonly ReadClaim[], pools: readonly PoolView[], inUse: DevicesInUse): readonly Shortfall[] =>
  claims.flatMap(({ claim, requests }) => requests.flatMap(({ demands }) => demands.map((demand) => shortfallOf(claim, demand, pools, inUse))));

const constraintsOf = (claim: ResourceClaim): readonly AllocationConstraint[] =>
  (claim.spec.devices?.constraints ?? []).map((given, index) => {
    const constraint = readConstraint(given);
    if (!constraint) throw new AllocationError(`claim ${claimText(claim)}, constraint #${index}: empty constraint (unsupported constraint type?)`);
    return constraint;
  });
