import type { ContainerExtendedResourceRequest } from '../../../api/generated/core-v1.ts';
import type { AllocationResult, ResourceClaim } from '../../../api/generated/resource-v1.ts';
import type { CycleState, Status } from '../../../extension-points/scheduling/contract.ts';
import type { ReadClaim } from './allocation/allocate.ts';
import type { ChosenDevices } from './allocation/device-search.ts';

/** A claim of the pod in its cycle. */
export interface CycleClaim {
  /** As it was when the cycle began; replaced by what was written since. */
  claim: ResourceClaim;
  /** The claim for extended resources. Until it is created it is not in the API and has no requests: these depend on the node. */
  readonly isExtended: boolean;
  /** What identifies it while it is in flight. */
  readonly uid: string;
  /** Decided on by Reserve, to be written by PreBind. */
  allocation?: AllocationResult;
}

/** What Filter found for a node. */
export interface NodeAllocation {
  /** The claims that need one, and the ways in which their requests are satisfied. */
  readonly wanted: readonly CycleClaim[];
  readonly chosen: readonly ChosenDevices[];
  /** The allocations of `wanted`; made anew each time. */
  results(): readonly AllocationResult[];
  readonly extended?: ExtendedRequests;
}

/** The claim for extended resources as this node needs it. */
export interface ExtendedRequests {
  readonly claim: ResourceClaim;
  readonly mappings: readonly ContainerExtendedResourceRequest[];
}

/** What is known of a pod's claims in one cycle. Shared by clones of the state: what is found for a node does not depend on other pods. */
export interface PodCycle {
  readonly claims: readonly CycleClaim[];
  /** The pod's extended resources, where a claim stands for some of them. */
  readonly scalars: ReadonlyMap<string, number>;
  readonly byNode: Map<string, NodeAllocation>;
  /** Allocated claims that keep the pod off some node. */
  readonly unavailable: Set<CycleClaim>;
  /** Claims with their requests read, once for all nodes. */
  readonly read: Map<ResourceClaim, ReadClaim>;
  /** By what they say. */
  readonly refusals: Map<string, Status>;
}

const stateKey = 'DynamicResources';

export const writeCycle = (state: CycleState, cycle: PodCycle): void => state.write(stateKey, cycle);
/** Undefined when PreFilter did not come so far: another plugin refused the pod before. */
export const readCycle = (state: CycleState): PodCycle | undefined => state.read<PodCycle>(stateKey);

export const noClaims = (): PodCycle => ({ claims: [], scalars: new Map(), byNode: new Map(), unavailable: new Set(), read: new Map(), refusals: new Map() });

export const extendedOf = ({ claims }: PodCycle): CycleClaim | undefined => claims.find(({ isExtended }) => isExtended);

/** Whether the claim for extended resources is in the API already. */
export const isCreated = ({ claim }: CycleClaim): boolean => claim.metadata.name !== specialName;

/** No valid name, so that it is nobody else's: upstream's stand-in for the claim until it is created. */
export const specialName = '<extended-resources>';

export const toAllocate = ({ claims }: PodCycle): readonly CycleClaim[] => claims.filter(({ claim }) => !claim.status?.allocation);
