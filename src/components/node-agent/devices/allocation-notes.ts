import type { Pod } from '../../../api/generated/core-v1.ts';
import { type DeviceAllocationRecord, longestText, mostAllocations, mostDevices } from '../../../extension-points/devices/decision.ts';

/** What was tried for pods, until somebody asks: by the pod as it was given, so what nobody asks for goes with it. */
export class AllocationNotes {
  readonly #notes = new WeakMap<Pod, DeviceAllocationRecord[]>();

  add(pod: Pod, { devices, error, ...note }: DeviceAllocationRecord): void {
    const known = this.#notes.get(pod) ?? [];
    this.#notes.set(pod, known);
    const omitted = devices.length - mostDevices;
    known.push({
      ...note,
      devices: devices.slice(0, mostDevices),
      ...(omitted > 0 ? { omittedDevices: omitted } : {}),
      ...(error === undefined ? {} : { error: error.slice(0, longestText) }),
    });
    // The last one says why a pod was refused.
    if (known.length > mostAllocations) known.shift();
  }

  take(pod: Pod): readonly DeviceAllocationRecord[] {
    const known = this.#notes.get(pod) ?? [];
    this.#notes.delete(pod);
    return known;
  }
}
