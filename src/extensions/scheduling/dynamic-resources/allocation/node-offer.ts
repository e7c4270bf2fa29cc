import type { DeviceSelector, ResourceClaim } from '../../../../api/generated/resource-v1.ts';
import { isTaintedFor } from '../../../../extension-points/scheduling/devices/device-taints.ts';
import { AllocationError } from './allocation-error.ts';
import { type Amounts, type Consumption, consumptionOf, hasRoom } from './consumable-capacity.ts';
import { claimText, type Demand, ownName } from './device-request.ts';
import type { OfferedDevice } from './offered-device.ts';
import type { PoolView } from './pool-view.ts';

/** What is in use before a search: by claims that are stored, or about to be. */
export interface DevicesInUse {
  /** Whether a claim has the device for itself. */
  isTaken(deviceId: string): boolean;
  /** How many claims share the device. */
  sharersOf(deviceId: string): number;
  /** What they consume of it. */
  consumedOf(deviceId: string): Amounts | undefined;
}

/** A device that would do for a demand. */
export interface Candidate {
  readonly device: OfferedDevice;
  readonly pool: PoolView;
  readonly consumption: Consumption;
  /** Its selectors failed: whoever gets to it gives up. Others that come first may do. */
  readonly failure?: Error;
}

/** How many devices there were, and why they would not do: for those who ask. */
export interface Shortfall {
  readonly demand: Demand;
  readonly offered: number;
  readonly selected: number;
  readonly inUse: number;
  readonly tainted: number;
  readonly withoutRoom: number;
}

/** What would do for a demand of which some number of devices is enough, in the order in which they are tried. */
export function candidatesFor(claim: ResourceClaim, demand: Demand, pools: readonly PoolView[], inUse: DevicesInUse): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const pool of pools) {
    if (pool.state !== 'usable') continue;
    for (const device of pool.devices) {
      if (!demand.isAdministrative && inUse.isTaken(device.id)) continue;
      const candidate = candidateOf(claim, demand, device, pool);
      if (candidate?.failure) found.push(candidate);
      else if (candidate && isUsable(candidate, demand, inUse)) found.push(candidate);
    }
  }
  return found;
}

/** Every device that a demand for all of them selects, whether it can be had or not, but for those that others have used up. Throws an `AllocationError` when nobody can know which these are. */
export function allSelectedBy(claim: ResourceClaim, demand: Demand, pools: readonly PoolView[], inUse: DevicesInUse): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const pool of pools) {
    if (pool.state !== 'usable') {
      const state = pool.state === 'incomplete' ? 'being updated' : 'invalid';
      throw new AllocationError(`claim ${claimText(claim)}, request ${ownName(demand)}: asks for all devices, but resource pool ${pool.id} is currently ${state}`);
    }
    for (const device of pool.devices) {
      const candidate = candidateOf(claim, demand, device, pool);
      if (candidate?.failure) throw candidate.failure;
      if (candidate && hasRoom(device, candidate.consumption, inUse.consumedOf(device.id), undefined)) found.push(candidate);
    }
  }
  return found;
}

/** Counts what became of the devices that a node offers. Selectors that fail count as not selected. */
export function shortfallOf(claim: ResourceClaim, demand: Demand, pools: readonly PoolView[], inUse: DevicesInUse): Shortfall {
  const counts = { offered: 0, selected: 0, inUse: 0, tainted: 0, withoutRoom: 0 };
  for (const pool of pools) {
    for (const device of pool.devices) {
      counts.offered++;
      if (!isSelected(claim, demand, device, () => false)) continue;
      counts.selected++;
      const consumption = consumptionOf(device, demand.terms.capacity);
      if (!demand.isAdministrative && inUse.isTaken(device.id)) counts.inUse++;
      else if (isTaintedFor(device.device.taints, demand.terms.tolerations)) counts.tainted++;
      else if (!consumption || !hasRoom(device, consumption, inUse.consumedOf(device.id), undefined)) counts.withoutRoom++;
    }
  }
  return { demand, ...counts };
}

/** Whether nothing but the choices of the search itself can be in the way of it. */
export const isUsable = ({ device, consumption }: Candidate, demand: Demand, inUse: DevicesInUse): boolean =>
  !isTaintedFor(device.device.taints, demand.terms.tolerations) && hasRoom(device, consumption, inUse.consumedOf(device.id), undefined);

function candidateOf(claim: ResourceClaim, demand: Demand, device: OfferedDevice, pool: PoolView): Candidate | undefined {
  let failure: Error | undefined;
  const isChosen = isSelected(claim, demand, device, (error) => {
    failure = error;
    return true;
  });
  if (!isChosen) return undefined;
  if (failure) return { device, pool, consumption: new Map(), failure };
  const consumption = consumptionOf(device, demand.terms.capacity);
  return consumption && { device, pool, consumption };
}

function isSelected(claim: ResourceClaim, { deviceClass, terms }: Demand, device: OfferedDevice, onFailure: (error: Error) => boolean): boolean {
  try {
    return (
      isSelectedByAll(device, deviceClass.spec.selectors, `class ${deviceClass.metadata.name}`) && isSelectedByAll(device, terms.selectors, `claim ${claimText(claim)}`)
    );
  } catch (error) {
    return onFailure(error as Error);
  }
}

function isSelectedByAll(device: OfferedDevice, selectors: readonly DeviceSelector[] | undefined, source: string): boolean {
  if (!selectors) return true;
  for (let index = 0; index < selectors.length; index++) {
    const expression = selectors[index]!.cel?.expression ?? '';
    try {
      if (!device.isSelectedBy(expression)) return false;
    } catch (error) {
      throw new AllocationError(`${source}: selector #${index}: ${(error as Error).message}`, { cause: error });
    }
  }
  return true;
}
