import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import type { ChosenDevices } from './allocation/device-search.ts';
import type { NodeAllocation, PodCycle } from './pod-cycle.ts';

/** As many alternatives may a request have: `FirstAvailableDeviceRequestMaxSize`. */
const mostAlternatives = 8;

/** Whether nodes can differ in how well they satisfy the pod. */
export const hasAlternatives = ({ claims }: PodCycle): boolean =>
  claims.some(({ claim }) => !claim.status?.allocation && claim.spec.devices?.requests?.some(({ firstAvailable }) => firstAvailable?.length));

/** The earlier in their lists the alternatives are that a node can satisfy, the higher. */
export function scoreAlternatives({ wanted, chosen }: NodeAllocation): number {
  let score = 0;
  for (const [index, { claim, isExtended }] of wanted.entries()) if (!isExtended) score += scoreOf(claim, chosen[index]!);
  return score;
}

function scoreOf({ spec }: ResourceClaim, { demands }: ChosenDevices): number {
  let score = 0;
  for (const [place, { name, firstAvailable = [] }] of (spec.devices?.requests ?? []).entries()) {
    const chosen = firstAvailable.findIndex((alternative) => demands[place]!.name === `${name}/${alternative.name}`);
    if (chosen >= 0) score += mostAlternatives - chosen;
  }
  return score;
}
