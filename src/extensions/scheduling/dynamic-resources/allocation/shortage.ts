import type { AllocationConstraint } from './constraint.ts';
import type { Demand, DemandedRequest } from './device-request.ts';
import type { Candidate } from './node-offer.ts';

export interface DemandingClaim {
  readonly requests: readonly DemandedRequest[];
  readonly constraints: readonly AllocationConstraint[];
}

/** What would do for a demand of some number of devices. */
export type CandidatesOf<Claim> = (claim: Claim, demand: Demand) => readonly Candidate[];

/**
 * Whether claims want more devices together than there are for them, or than a constraint lets be taken together: that is seen at once, where it would take very long to
 * try every combination. False says nothing. Requests for all devices, and those that only look after devices, are left out of account.
 */
export function areTooFew<Claim extends DemandingClaim>(claims: readonly Claim[], candidatesOf: CandidatesOf<Claim>): boolean {
  const counted = claims.map((claim) => ({ claim, needs: claim.requests.filter(isCounted).map((request) => needOf(claim, request, candidatesOf)) }));
  const all = counted.flatMap(({ needs }) => needs);
  if (groupsOf(all).some(({ count, devices }) => count > mostOf(devices))) return true;
  return counted.some(({ claim, needs }) =>
    claim.constraints.some((constraint) => {
      const concerned = needs.filter(({ request }) => request.demands.every(({ names }) => constraint.concerns(names)));
      return groupsOf(concerned).some(({ count, devices }) => count > constraint.mostOf([...devices]));
    }),
  );
}

type Devices = ReadonlySet<Candidate['device']>;

interface Need {
  readonly request: DemandedRequest;
  /** By whichever alternative wants the fewest. */
  readonly count: number;
  /** What would do for any alternative. */
  readonly devices: Devices;
}

const isCounted = ({ demands }: DemandedRequest): boolean => demands.every(({ takesAll, isAdministrative }) => !takesAll && !isAdministrative);

const needOf = <Claim>(claim: Claim, request: DemandedRequest, candidatesOf: CandidatesOf<Claim>): Need => ({
  request,
  count: Math.min(...request.demands.map(({ count }) => count)),
  devices: new Set(request.demands.flatMap((demand) => candidatesOf(claim, demand).map(({ device }) => device))),
});

/** All needs together, and for each those that can be met from nothing else than it. */
function groupsOf(needs: readonly Need[]): { readonly count: number; readonly devices: Devices }[] {
  const whole = needs.reduce<Devices>((sum, { devices }) => sum.union(devices), new Set());
  return [whole, ...needs.map(({ devices }) => devices)].map((devices) => ({
    count: needs.reduce((sum, need) => sum + (need.devices.isSubsetOf(devices) ? need.count : 0), 0),
    devices,
  }));
}

/** Each for one request, where none can be shared. */
const mostOf = (devices: Devices): number => (Array.from(devices).some(({ isShareable }) => isShareable) ? Infinity : devices.size);
