import type { AllocationResult, ResourceClaim } from '../../../api/generated/resource-v1.ts';
import type { NodeAllocation, PodCycle } from './pod-cycle.ts';

/** As many alternatives may a request have: `FirstAvailableDeviceRequestMaxSize`. */
const mostAlternatives = 8;

/** Whether nodes can differ in how well they satisfy the pod. */
export const hasAlternatives = ({ claims }: PodCycle): boolean =>
  claims.some(({ claim }) => !claim.status?.allocation && claim.spec.devices?.requests?.some(({ firstAvailable }) => firstAvailable?.length));

/** The earlier in their lists the alternatives are that a node can satisfy, the higher. */
export function scoreAlternatives({ results }: NodeAllocation): number {
  let score = 0;
  for (const [{ claim, isExtended }, result] of results) if (!isExtended) score += scoreOf(claim, result);
  return score;
}

function scoreOf({ spec }: ResourceClaim, { devices }: AllocationResult): number {
  const chosen = new Set(devices?.results?.map(({ request }) => request));
  let score = 0;
  for (const { name, firstAvailable = [] } of spec.devices?.requests ?? [])
    for (const [place, alternative] of firstAvailable.entries()) if (chosen.has(`${name}/${alternative.name}`)) score += mostAlternatives - place;
  return score;
}
