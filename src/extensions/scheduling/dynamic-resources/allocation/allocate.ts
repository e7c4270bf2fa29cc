import type { Node } from '../../../../api/generated/core-v1.ts';
import type { AllocationResult, ResourceClaim } from '../../../../api/generated/resource-v1.ts';
import { AllocationError } from './allocation-error.ts';
import { allocationResult } from './allocation-result.ts';
import { type AllocationConstraint, readConstraint } from './constraint.ts';
import { type ClassLookup, claimText, type DemandedRequest, readRequests } from './device-request.ts';
import { type ChosenDevices, DeviceSearch } from './device-search.ts';
import type { DevicesInUse } from './node-offer.ts';
import type { PoolView } from './pool-view.ts';

/** A claim whose requests were read, once for all nodes. */
export interface ReadClaim {
  readonly claim: ResourceClaim;
  readonly requests: readonly DemandedRequest[];
}

export type AllocationOutcome =
  /** `results`: makes one for each claim, in their order; of most nodes nobody asks. */
  | { readonly kind: 'allocated'; readonly chosen: readonly ChosenDevices[]; results(): readonly AllocationResult[] }
  /** This node has not enough; `why` says of what. `isInvalid`: it has pools that nothing is given out from, because their slices contradict each other. */
  | { readonly kind: 'refused'; readonly isInvalid: boolean; readonly why: string };

/** Reads a claim. Throws an `AllocationError` that is meant for whoever wrote it. */
export const readClaim = (claim: ResourceClaim, classOf: ClassLookup): ReadClaim => ({ claim, requests: readRequests(claim, classOf) });

/**
 * Finds devices for claims on one node. `pools`: what the node is offered. `limitMs`: how long it may take; 0 is no limit. Throws `AllocationError` when no node can
 * help, and `AllocationTimeout`.
 */
export function allocate(claims: readonly ReadClaim[], node: Node, pools: readonly PoolView[], inUse: DevicesInUse, limitMs: number): AllocationOutcome {
  const deadlineMs = limitMs > 0 ? performance.now() + limitMs : Infinity;
  const entries = claims.map((read) => ({ ...read, constraints: constraintsOf(read.claim) }));
  const search = new DeviceSearch(entries, pools, inUse, deadlineMs);
  const chosen = search.run();
  if (!chosen)
    return { kind: 'refused', isInvalid: pools.some(({ state }) => state === 'invalid'), why: [search.explanation(), ...pools.flatMap(troubleOf)].join('; ') };
  const nodeName = node.metadata.name ?? '';
  return { kind: 'allocated', chosen, results: () => claims.map(({ claim }, index) => allocationResult(claim, chosen[index]!, nodeName)) };
}

/** Why nothing is given out from a pool. */
const troubleOf = ({ id, state, invalidReason }: PoolView): string[] =>
  state === 'usable' ? [] : [state === 'incomplete' ? `pool ${id} is being updated` : `pool ${id} is invalid: ${invalidReason}`];

const constraintsOf = (claim: ResourceClaim): readonly AllocationConstraint[] =>
  (claim.spec.devices?.constraints ?? []).map((given, index) => {
    const constraint = readConstraint(given);
    if (!constraint) throw new AllocationError(`claim ${claimText(claim)}, constraint #${index}: empty constraint (unsupported constraint type?)`);
    return constraint;
  });
