import type { DeviceClass, DeviceRequest, DeviceSubRequest, ExactDeviceRequest, ResourceClaim } from '../../../../api/generated/resource-v1.ts';
import { AllocationError } from './allocation-error.ts';

/** One way to satisfy a request: the request itself, or one of its alternatives. */
export interface Demand {
  /** `request`, or `request/alternative`. */
  readonly name: string;
  /** The names that constraints and configurations may use. */
  readonly names: readonly string[];
  readonly deviceClass: DeviceClass;
  readonly terms: ExactDeviceRequest | DeviceSubRequest;
  readonly isAdministrative: boolean;
  readonly takesAll: boolean;
  /** Of a request that does not take all. */
  readonly count: number;
}

/** The ways to satisfy a request, the best first. */
export interface DemandedRequest {
  readonly request: DeviceRequest;
  readonly demands: readonly Demand[];
}

export type ClassLookup = (name: string) => DeviceClass | undefined;

/** Reads the requests of a claim. Throws an `AllocationError` for what cannot be understood, and for classes that are not there. */
export const readRequests = (claim: ResourceClaim, classOf: ClassLookup): readonly DemandedRequest[] =>
  (claim.spec.devices?.requests ?? []).map((request) => ({
    request,
    demands: request.firstAvailable?.length
      ? request.firstAvailable.map((terms) => readDemand(claim, request, terms, classOf))
      : [readDemand(claim, request, request.exactly, classOf)],
  }));

function readDemand(claim: ResourceClaim, request: DeviceRequest, terms: ExactDeviceRequest | DeviceSubRequest | undefined, classOf: ClassLookup): Demand {
  const own = terms && 'name' in terms ? terms.name : request.name;
  const fail = (problem: string): AllocationError => new AllocationError(`claim ${claimText(claim)}, request ${own}${problem}`);
  if (!terms?.deviceClassName) throw fail(': missing device class name (unsupported request type?)');
  for (const [index, { cel }] of (terms.selectors ?? []).entries())
    if (!cel) throw fail(`, selector #${index}: CEL expression empty (unsupported selector type?)`);
  const deviceClass = classOf(terms.deviceClassName);
  if (!deviceClass)
    throw fail(`: could not retrieve device class ${terms.deviceClassName}: deviceclass.resource.k8s.io ${JSON.stringify(terms.deviceClassName)} not found`);
  const { allocationMode = 'ExactCount', count = 1 } = terms;
  if (allocationMode !== 'ExactCount' && allocationMode !== 'All') throw fail(`: unsupported count mode ${allocationMode}`);
  const name = own === request.name && !('name' in terms) ? own : `${request.name}/${own}`;
  return {
    name,
    names: name === request.name ? [name] : [request.name, name],
    deviceClass,
    terms,
    isAdministrative: 'adminAccess' in terms && terms.adminAccess === true,
    takesAll: allocationMode === 'All',
    count,
  };
}

/** The name of a demand without that of its request, as messages have it. */
export const ownName = ({ name }: Demand): string => name.slice(name.indexOf('/') + 1);

/** `namespace/name`. */
export const claimText = ({ metadata }: ResourceClaim): string => (metadata.namespace ? `${metadata.namespace}/${metadata.name}` : `${metadata.name}`);
