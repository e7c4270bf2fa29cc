import type { Pod } from '../../../api/generated/core-v1.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { type NodeInfo, type Status, success, unresolvable } from '../../../extension-points/scheduling/contract.ts';
import { type ExtendedResourceClasses, implicitPrefix } from '../../../extension-points/scheduling/devices/extended-resource-classes.ts';
import { matchesNodeSelector } from '../../../extension-points/scheduling/node-selector.ts';
import { allocate, type ReadClaim, readClaim } from './allocation/allocate.ts';
import { AllocationError, AllocationTimeout } from './allocation/allocation-error.ts';
import type { ClassLookup } from './allocation/device-request.ts';
import type { DevicesInUse } from './allocation/node-offer.ts';
import type { SliceIndex } from './allocation/slice-index.ts';
import { readiness } from './binding-conditions.ts';
import { requestsFor } from './extended-requests.ts';
import { type CycleClaim, type ExtendedRequests, extendedOf, type PodCycle, toAllocate } from './pod-cycle.ts';
import { failure } from './read-pod.ts';

export interface FilterDeps {
  readonly slices: SliceIndex;
  readonly inUse: DevicesInUse;
  readonly classOf: ClassLookup;
  readonly extendedClasses: ExtendedResourceClasses;
  readonly filterTimeoutMs: number;
  readonly bindingTimeoutMs: number;
  readonly nowMs: () => number;
}

// One object each: every distinct status is remembered.
const notAllocated = unresolvable('cannot allocate all claims');
const notAvailable = unresolvable('resourceclaim not available on the node');
const notValid = unresolvable('invalid resource pools were encountered');
const notExtended = unresolvable('cannot schedule extended resource claim');
const notFitting = unresolvable('cannot fit resource');

/** Whether a node has what the pod's claims need. What was found for it is remembered for Reserve. */
export function filterNode(cycle: PodCycle, pod: Pod, info: NodeInfo, deps: FilterDeps): Status {
  const extended = extendedRequests(cycle, pod, info, deps.extendedClasses);
  if (isRefusal(extended)) return extended;
  // Its extended resources are all the device plugins' business here.
  if (!extended && cycle.claims.every(({ isExtended }) => isExtended)) return success;
  const unavailable = cycle.claims.filter((entry) => !isAvailable(entry, info, deps));
  const wanted = toAllocate(cycle).filter(({ isExtended }) => !isExtended || extended);
  if (wanted.length > 0) {
    const refusal = find(cycle, wanted, extended, info, deps);
    if (refusal) return refusal;
  }
  if (unavailable.length === 0) return success;
  for (const entry of unavailable) cycle.unavailable.add(entry);
  cycle.byNode.delete(info.name);
  return notAvailable;
}

/** Remembers an allocation for the node, or refuses it. */
function find(
  cycle: PodCycle,
  wanted: readonly CycleClaim[],
  extended: ExtendedRequests | undefined,
  { node, name }: NodeInfo,
  deps: FilterDeps,
): Status | undefined {
  try {
    const claims = wanted.map((entry) => readOnce(cycle, entry.isExtended ? extended!.claim : entry.claim, deps.classOf));
    const outcome = allocate(claims, node, deps.slices.offersTo(node), deps.inUse, deps.filterTimeoutMs);
    if (outcome.kind === 'refused') return explained(outcome.isInvalid ? notValid : notAllocated, outcome.why, cycle);
    const { chosen, results } = outcome;
    cycle.byNode.set(name, { wanted, chosen, results, ...(extended ? { extended } : {}) });
    return undefined;
  } catch (error) {
    if (error instanceof AllocationTimeout) return failure(new Error(`node ${name}: ${error.message}`, { cause: error }));
    if (error instanceof AllocationError) return failure(error);
    throw error;
  }
}

/** The same status for nodes that lack the same. */
function explained(status: Status, detail: string, { refusals }: PodCycle): Status {
  const key = `${status.reasons[0]}: ${detail}`;
  let known = refusals.get(key);
  if (!known) refusals.set(key, (known = { ...status, detail }));
  return known;
}

/** The requests of a claim do not depend on the node; those for extended resources mostly not, either. */
function readOnce({ read }: PodCycle, claim: ResourceClaim, classOf: ClassLookup): ReadClaim {
  let known = read.get(claim);
  if (!known) read.set(claim, (known = readClaim(claim, classOf)));
  return known;
}

/** Whether an allocated claim lets the pod onto a node: its devices are within reach, and nothing failed, or takes too long, in making them ready. */
function isAvailable({ claim }: CycleClaim, { node }: NodeInfo, { bindingTimeoutMs, nowMs }: FilterDeps): boolean {
  const allocation = claim.status?.allocation;
  if (!allocation) return true;
  if (allocation.nodeSelector && !matchesNodeSelector(allocation.nodeSelector, node)) return false;
  const state = readiness(claim, bindingTimeoutMs, nowMs());
  return state.kind === 'ready' || state.kind === 'waiting';
}

/** The claim for what the node has no device plugin for; undefined when it has one for everything. */
function extendedRequests(cycle: PodCycle, pod: Pod, { allocatable }: NodeInfo, classes: ExtendedResourceClasses): ExtendedRequests | Status | undefined {
  const entry = extendedOf(cycle);
  if (!entry) return undefined;
  // It is of a former attempt, and goes in PostFilter: its devices may not do any more.
  if (entry.claim.spec.devices?.requests) return notExtended;
  const delegated: string[] = [];
  for (const [name, amount] of cycle.scalars) {
    if (amount === 0 || !isExtendedResource(name)) continue;
    if (classes.classOf(name) && (allocatable.scalar.get(name) ?? 0) === 0) delegated.push(name);
    else if (!allocatable.scalar.has(name)) return notFitting;
  }
  if (delegated.length === 0) return undefined;
  const key = delegated.sort().join(' ');
  const known = knownRequests.get(cycle)?.get(key);
  if (known) return known;
  const { requests, mappings } = requestsFor(pod, delegated, classes);
  const made: ExtendedRequests = { claim: { ...entry.claim, spec: { devices: { requests: [...requests] } } }, mappings };
  knownRequests.set(cycle, new Map([...(knownRequests.get(cycle) ?? []), [key, made]]));
  return made;
}

/** Nodes differ little in what they have device plugins for. */
const knownRequests = new WeakMap<PodCycle, ReadonlyMap<string, ExtendedRequests>>();

/** Huge pages and the like are counted beside extended resources. */
const isExtendedResource = (name: string): boolean =>
  name.startsWith(implicitPrefix) || (name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.'));

const isRefusal = (found: ExtendedRequests | Status | undefined): found is Status => found !== undefined && 'code' in found;
