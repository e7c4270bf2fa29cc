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

  /** Takes a new list in place of the one before; of a device that is listed twice the last entry counts. Answers the ids of devices whose health is another, or that are new. */
  replace(devices: readonly Device[]): readonly string[] {
    const before = this.#devices;
    const [all, healthy, unhealthy] = [new Map<string, Device>(), new Set<string>(), new Set<string>()];
    for (const device of devices) all.set(device.id, device);
    const changed: string[] = [];
    for (const device of all.values()) {
      const { id, health } = device;
      (health === 'Healthy' ? healthy : unhealthy).add(id);
      const old = before.get(id);
      if (old !== device && old?.health !== health) changed.push(id);
    }
    this.#devices = all;
    this.#healthy = healthy;
    this.#unhealthy = unhealthy;
    return changed;
  }

  /** Nobody vouches for the devices any more. What was last said of each is still known. */
  markUnhealthy(): void {
    for (const id of this.#healthy) this.#unhealthy.add(id);
    this.#healthy = new Set();
  }
}
