import type { Device } from './contract.ts';

/** What is known of one resource's devices, whichever plugin said it. */
export class ResourceDevices {
  readonly resourceName: string;
  /** As last listed. */
  #devices: ReadonlyMap<string, Device> = new Map();
  #healthy = new Set<string>();
  #unhealthy = new Set<string>();

  constructor(resourceName: string) {
    this.resourceName = resourceName;
  }

  get devices(): ReadonlyMap<string, Device> {
    return this.#devices;
  }
  /** Those that may be given to containers. */
  get healthy(): ReadonlySet<string> {
    return this.#healthy;
  }
  get capacity(): number {
    return this.#healthy.size + this.#unhealthy.size;
  }

  /** Takes a new list in place of the one before. Answers the ids of devices whose health is another, or that are new. */
  replace(devices: readonly Device[]): readonly string[] {
    const before = this.#devices;
    this.#devices = new Map(devices.map((device) => [device.id, device]));
    this.#healthy = new Set(devices.filter(({ health }) => health === 'Healthy').map(({ id }) => id));
    this.#unhealthy = new Set(devices.filter(({ health }) => health !== 'Healthy').map(({ id }) => id));
    return devices.filter(({ id, health }) => before.get(id)?.health !== health).map(({ id }) => id);
  }

  /** Nobody vouches for the devices any more. What was last said of each is still known. */
  markUnhealthy(): void {
    for (const id of this.#healthy) this.#unhealthy.add(id);
    this.#healthy = new Set();
  }
}
