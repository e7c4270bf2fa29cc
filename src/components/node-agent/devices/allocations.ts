import type { ContainerAllocation } from '../../../extension-points/devices/contract.ts';
import type { AllocationChange } from './allocation-journal.ts';

/** A device as it was when it was given away. */
export interface AllocatedDevice {
  readonly id: string;
  readonly numaNodes: readonly number[];
}

/** What one container holds of one resource, and what its plugin answered. */
export interface DeviceAllocation {
  readonly podUid: string;
  readonly containerName: string;
  readonly resourceName: string;
  readonly devices: readonly AllocatedDevice[];
  readonly answer: ContainerAllocation;
}

/** Who holds which device. A device belongs to one pod at a time; within the pod, containers that never run together may share it. */
export class Allocations {
  /** By pod, container, resource. */
  readonly #byPod = new Map<string, Map<string, Map<string, DeviceAllocation>>>();
  /** By resource and device: the pod, also while its plugin is still being asked. */
  readonly #owners = new Map<string, Map<string, string>>();
  /** Told of what is to outlive the process. */
  onChange: ((change: AllocationChange) => void) | undefined;

  all(): DeviceAllocation[] {
    return [...this.#byPod.values()].flatMap((containers) => [...containers.values()].flatMap((resources) => [...resources.values()]));
  }

  podUids(): readonly string[] {
    return [...this.#byPod.keys()];
  }

  hasPod(uid: string): boolean {
    return this.#byPod.has(uid);
  }

  ofContainer(uid: string, containerName: string): readonly DeviceAllocation[] {
    return [...(this.#byPod.get(uid)?.get(containerName)?.values() ?? [])];
  }

  get(uid: string, containerName: string, resourceName: string): DeviceAllocation | undefined {
    return this.#byPod.get(uid)?.get(containerName)?.get(resourceName);
  }

  ownerOf(resourceName: string, id: string): string | undefined {
    return this.#owners.get(resourceName)?.get(id);
  }

  countInUse(resourceName: string): number {
    return this.#owners.get(resourceName)?.size ?? 0;
  }

  /** Resources of which anything is held. */
  resourceNames(): readonly string[] {
    return [...this.#owners].filter(([, owners]) => owners.size > 0).map(([name]) => name);
  }

  /** Takes devices for a pod before its plugin is asked. Throws when one of them is another pod's: that must never be. */
  reserve(uid: string, resourceName: string, ids: readonly string[]): void {
    const owners = this.#owners.get(resourceName) ?? new Map<string, string>();
    for (const id of ids) {
      const owner = owners.get(id);
      if (owner !== undefined && owner !== uid) throw new Error(`device ${id} of ${resourceName} is held by another pod`);
    }
    for (const id of ids) owners.set(id, uid);
    this.#owners.set(resourceName, owners);
  }

  /** Gives back what was reserved and came to nothing; what another container of the pod holds stays. */
  unreserve(uid: string, resourceName: string, ids: readonly string[]): void {
    const held = new Set([...(this.#byPod.get(uid)?.values() ?? [])].flatMap((resources) => resources.get(resourceName)?.devices.map(({ id }) => id) ?? []));
    const owners = this.#owners.get(resourceName);
    for (const id of ids) if (!held.has(id) && owners?.get(id) === uid) owners.delete(id);
  }

  record(allocation: DeviceAllocation): void {
    const { podUid, containerName, resourceName, devices } = allocation;
    this.reserve(
      podUid,
      resourceName,
      devices.map(({ id }) => id),
    );
    const containers = this.#byPod.get(podUid) ?? new Map<string, Map<string, DeviceAllocation>>();
    this.#byPod.set(podUid, containers);
    const resources = containers.get(containerName) ?? new Map<string, DeviceAllocation>();
    containers.set(containerName, resources);
    resources.set(resourceName, allocation);
    this.onChange?.({ recorded: allocation });
  }

  /** Answers whether the pod held anything. */
  release(uid: string): boolean {
    let hasHeld = this.#byPod.delete(uid);
    if (hasHeld) this.onChange?.({ released: uid });
    for (const owners of this.#owners.values())
      for (const [id, owner] of owners)
        if (owner === uid) {
          owners.delete(id);
          hasHeld = true;
        }
    return hasHeld;
  }
}
