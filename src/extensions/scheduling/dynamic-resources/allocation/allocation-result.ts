import type { NodeSelector, NodeSelectorRequirement } from '../../../../api/generated/core-v1.ts';
import type { AllocationResult, DeviceAllocationConfiguration, DeviceRequestAllocationResult, ResourceClaim } from '../../../../api/generated/resource-v1.ts';
import { consumedCapacity } from './consumable-capacity.ts';
import type { Demand } from './device-request.ts';
import type { ChosenDevice, ChosenDevices } from './device-search.ts';

/** What is written to a claim: devices, parameters for their drivers, and where pods can use them. */
export function allocationResult(claim: ResourceClaim, { demands, devices }: ChosenDevices, nodeName: string): AllocationResult {
  const config = [...configurationsOfClasses(demands), ...configurationsOfClaim(claim, demands)];
  const nodeSelector = selectorOf(devices, nodeName);
  return { devices: { results: devices.map(resultOf), ...(config.length > 0 ? { config } : {}) }, ...(nodeSelector ? { nodeSelector } : {}) };
}

function resultOf({ demand, candidate: { device, consumption } }: ChosenDevice): DeviceRequestAllocationResult {
  const { bindingConditions, bindingFailureConditions } = device.device;
  const { tolerations } = demand.terms;
  return {
    ...{ request: demand.name, driver: device.driver, pool: device.pool, device: device.name },
    ...(demand.isAdministrative ? { adminAccess: true } : {}),
    ...(tolerations?.length ? { tolerations } : {}),
    ...(bindingConditions?.length ? { bindingConditions } : {}),
    ...(bindingFailureConditions?.length ? { bindingFailureConditions } : {}),
    ...(device.isShareable ? { shareID: crypto.randomUUID() } : {}),
    ...(device.isShareable && consumption.size > 0 ? { consumedCapacity: consumedCapacity(consumption) } : {}),
  };
}

/** Each class has its say once, for all the requests that chose it. */
function configurationsOfClasses(demands: readonly Demand[]): DeviceAllocationConfiguration[] {
  const namesByClass = new Map<string, { readonly demand: Demand; readonly names: string[] }>();
  for (const demand of demands) {
    const className = demand.deviceClass.metadata.name ?? '';
    const known = namesByClass.get(className);
    if (known) known.names.push(demand.name);
    else namesByClass.set(className, { demand, names: [demand.name] });
  }
  return [...namesByClass.values()].flatMap(({ demand, names }) =>
    (demand.deviceClass.spec.config ?? []).map((config) => ({ ...config, source: 'FromClass' as const, requests: names })),
  );
}

/** Without requests a configuration is for all of them; otherwise it is there once for each that was satisfied the way it names. */
function* configurationsOfClaim({ spec }: ResourceClaim, demands: readonly Demand[]): Iterable<DeviceAllocationConfiguration> {
  for (const { requests = [], ...config } of spec.devices?.config ?? []) {
    const entry = { ...config, source: 'FromClaim' as const, ...(requests.length > 0 ? { requests } : {}) };
    if (requests.length === 0) yield entry;
    else for (const { names } of demands) if (names.some((name) => requests.includes(name))) yield entry;
  }
}

/** A device of one node keeps the claim there; selectors of others add up. Undefined: everywhere. */
function selectorOf(devices: readonly ChosenDevice[], nodeName: string): NodeSelector | undefined {
  const fields: NodeSelectorRequirement[] = [];
  const expressions: NodeSelectorRequirement[] = [];
  for (const { candidate } of devices) {
    const { device, slice } = candidate.device;
    const place = slice.spec.perDeviceNodeSelection ? device : slice.spec;
    if (place.nodeName !== undefined || device.bindsToNode) {
      const here: NodeSelectorRequirement = { key: 'metadata.name', operator: 'In', values: [nodeName] };
      return { nodeSelectorTerms: [{ matchFields: [here] }] };
    }
    const term = place.nodeSelector?.nodeSelectorTerms[0];
    addNew(term?.matchFields, fields);
    addNew(term?.matchExpressions, expressions);
  }
  if (fields.length + expressions.length === 0) return undefined;
  return {
    nodeSelectorTerms: [{ ...(expressions.length > 0 ? { matchExpressions: expressions } : {}), ...(fields.length > 0 ? { matchFields: fields } : {}) }],
  };
}

function addNew(requirements: readonly NodeSelectorRequirement[] | undefined, to: NodeSelectorRequirement[]): void {
  for (const requirement of requirements ?? []) if (!to.some((known) => isSame(known, requirement))) to.push(requirement);
}

function isSame(left: NodeSelectorRequirement, right: NodeSelectorRequirement): boolean {
  const [known, wanted] = [new Set(left.values), new Set(right.values)];
  return left.key === right.key && left.operator === right.operator && known.size === wanted.size && known.isSubsetOf(wanted);
}
