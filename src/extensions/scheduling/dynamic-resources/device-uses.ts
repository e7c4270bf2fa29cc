import type { AllocationResult } from '../../../api/generated/resource-v1.ts';
import { parseQuantity } from '../../../api/quantity.ts';
import type { Amounts } from './allocation/consumable-capacity.ts';
import type { DevicesInUse } from './allocation/node-offer.ts';
import { deviceId } from './allocation/offered-device.ts';

/** How an allocation uses one device. */
export interface DeviceUse {
  readonly id: string;
  /** What it consumes of a device that claims share, in billionths; undefined: it has the device for itself. */
  readonly share?: ReadonlyMap<string, bigint>;
}

/** Devices that are only looked after (admin access) are not used. */
export const usesOf = (allocation: AllocationResult | undefined): readonly DeviceUse[] =>
  (allocation?.devices?.results ?? []).flatMap(({ adminAccess, driver, pool, device, shareID, consumedCapacity = {} }) => {
    if (adminAccess) return [];
    const id = deviceId(driver, pool, device);
    if (shareID === undefined) return [{ id }];
    return [{ id, share: new Map(Object.entries(consumedCapacity).map(([name, amount]) => [name, parseQuantity(amount).nano])) }];
  });

/** Adds up who uses what. */
export class DeviceUses implements DevicesInUse {
  /** How many claims have a device for themselves: more than one only when somebody else gave it out. */
  readonly #owners = new Map<string, number>();
  readonly #shares = new Map<string, { sharers: number; readonly consumed: Map<string, bigint> }>();

  isTaken(id: string): boolean {
    return this.#owners.has(id);
  }

  sharersOf(id: string): number {
    return this.#shares.get(id)?.sharers ?? 0;
  }

  consumedOf(id: string): Amounts | undefined {
    return this.#shares.get(id)?.consumed;
  }

  add(uses: readonly DeviceUse[]): void {
    for (const use of uses) this.#change(use, 1);
  }

  remove(uses: readonly DeviceUse[]): void {
    for (const use of uses) this.#change(use, -1);
  }

  #change({ id, share }: DeviceUse, sign: 1 | -1): void {
    if (!share) {
      const owners = (this.#owners.get(id) ?? 0) + sign;
      if (owners > 0) this.#owners.set(id, owners);
      else this.#owners.delete(id);
      return;
    }
    let shared = this.#shares.get(id);
    if (!shared) this.#shares.set(id, (shared = { sharers: 0, consumed: new Map() }));
    shared.sharers += sign;
    for (const [name, nano] of share) shared.consumed.set(name, (shared.consumed.get(name) ?? 0n) + BigInt(sign) * nano);
    if (shared.sharers === 0) this.#shares.delete(id);
  }
}
