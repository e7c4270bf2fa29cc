import type { DeviceClass, DeviceSelector, ResourceClaim } from '../../../../api/generated/resource-v1.ts';
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

/** What became of the devices that were looked at for a demand. */
export class Tally {
  offered = 0;
  unselected = 0;
  inUse = 0;
  tainted = 0;
  withoutRoom = 0;

  /** `3 offered: 1 not selected, 2 in use`. */
  toString(): string {
    const parts = [
      [this.inUse, 'in use'],
      [this.unselected, 'not selected'],
      [this.tainted, 'tainted'],
      [this.withoutRoom, 'without room'],
    ] as const;
    const shown = parts.flatMap(([count, text]) => (count > 0 ? [`${count} ${text}`] : []));
    return `${this.offered} offered${shown.length > 0 ? `, of which ${shown.join(', ')}` : ''}`;
  }
}

/** What would do for a demand of which some number of devices is enough, in the order in which they are tried. */
export function* candidatesFor(
  claim: ResourceClaim,
  demand: Demand,
  pools: readonly PoolView[],
  inUse: DevicesInUse,
  tally: Tally,
): Generator<Candidate, undefined> {
  for (const pool of pools) {
    if (pool.state !== 'usable') continue;
    for (const device of pool.devices) {
      tally.offered++;
      if (!demand.isAdministrative && inUse.isTaken(device.id)) {
        tally.inUse++;
        continue;
      }
      const candidate = candidateOf(claim, demand, device, pool);
      if (!candidate) tally.unselected++;
      else if (candidate.failure) yield candidate;
      else if (isTaintedFor(device.device.taints, demand.terms.tolerations)) tally.tainted++;
      else if (hasRoom(device, candidate.consumption, inUse.consumedOf(device.id), undefined)) yield candidate;
      else tally.withoutRoom++;
    }
  }
}

/** Every device that a demand for all of them selects, whether it can be had or not, but for those that others have used up. Throws an `AllocationError` when nobody can know which these are. */
export function allSelectedBy(claim: ResourceClaim, demand: Demand, pools: readonly PoolView[], inUse: DevicesInUse): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const pool of pools) {
    if (pool.state !== 'usable') {
      const state = pool.state === 'incomplete' ? 'being updated' : 'invalid';
      throw new AllocationError(
        `claim ${claimText(claim)}, request ${ownName(demand)}: asks for all devices, but resource pool ${pool.id} is currently ${state}`,
      );
    }
    for (const device of pool.devices) {
      const candidate = candidateOf(claim, demand, device, pool);
      if (candidate?.failure) throw candidate.failure;
      if (candidate && hasRoom(device, candidate.consumption, inUse.consumedOf(device.id), undefined)) found.push(candidate);
    }
  }
  return found;
}

/** Whether nothing but the choices of the search itself can be in the way of it. */
export const isUsable = ({ device, consumption }: Candidate, demand: Demand, inUse: DevicesInUse): boolean =>
  !isTaintedFor(device.device.taints, demand.terms.tolerations) && hasRoom(device, consumption, inUse.consumedOf(device.id), undefined);

function candidateOf(claim: ResourceClaim, demand: Demand, device: OfferedDevice, pool: PoolView): Candidate | undefined {
  const selected = selection(claim, demand, device);
  if (selected === false) return undefined;
  if (selected !== true) return { device, pool, consumption: new Map(), failure: selected };
  const consumption = consumptionOf(device, demand.terms.capacity);
  return consumption && { device, pool, consumption };
}

/** Whether the selectors of class and request select a device, or how they failed. */
function selection(claim: ResourceClaim, { deviceClass, terms }: Demand, device: OfferedDevice): boolean | Error {
  try {
    return isSelectedByAll(device, deviceClass.spec.selectors, deviceClass) && isSelectedByAll(device, terms.selectors, claim);
  } catch (error) {
    return error as Error;
  }
}

function isSelectedByAll(device: OfferedDevice, selectors: readonly DeviceSelector[] | undefined, source: DeviceClass | ResourceClaim): boolean {
  if (!selectors) return true;
  for (let index = 0; index < selectors.length; index++) {
    const expression = selectors[index]!.cel?.expression ?? '';
    try {
      if (!device.isSelectedBy(expression)) return false;
    } catch (error) {
      const what = 'devices' in source.spec ? `claim ${claimText(source as ResourceClaim)}` : `class ${source.metadata.name}`;
      throw new AllocationError(`${what}: selector #${index}: ${(error as Error).message}`, { cause: error });
    }
  }
  return true;
}
