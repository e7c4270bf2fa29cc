import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import type { DeviceAllocationRecord } from '../../../extension-points/devices/decision.ts';
import type { DevicePlugins } from '../../../extension-points/devices/run.ts';
import { podUid } from '../directories.ts';
import { isClaimed } from '../dynamic-resources/pod-claims.ts';
import { quantityValue } from '../quantities.ts';
import { type NumaMask, nodesIn } from '../topology/numa-mask.ts';
import { containersOf } from '../topology/topology-manager.ts';
import { AllocationNotes } from './allocation-notes.ts';
import type { Allocations } from './allocations.ts';
import { type ChosenDevice, chooseDevices, type DeviceChoice } from './choose-devices.ts';

export interface DeviceAllocatorDeps {
  readonly allocations: Allocations;
  readonly plugins: DevicePlugins;
  /** Resolves when what is allocated now outlives the process. */
  readonly save: () => Promise<void>;
}

/** Gives containers devices: chooses, asks the plugin once for each container and resource, and records the answer before anybody acts on it. */
export class DeviceAllocator {
  readonly #deps: DeviceAllocatorDeps;
  /** Choosing may wait for a plugin's wish, so of each resource one container is chosen for at a time. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #notes = new AllocationNotes();

  constructor(deps: DeviceAllocatorDeps) {
    this.#deps = deps;
  }

  /** What was tried for a pod since this was asked last, for those who want to know why. */
  takeNotes(pod: Pod): readonly DeviceAllocationRecord[] {
    return this.#notes.take(pod);
  }

  /** Gives all containers of a pod what they need, init containers first. Idempotent. Throws upstream's reason; then what was chosen so far is still the pod's until it is released. */
  async allocatePod(pod: Pod, signal?: AbortSignal): Promise<void> {
    let hasChanged = false;
    for (const container of containersOf(pod)) hasChanged = (await this.#allocateContainer(pod, container, undefined, signal)) || hasChanged;
    if (hasChanged) await this.#deps.save();
  }

  /** The same for one container, from these NUMA nodes as far as they have what it needs. */
  async allocateContainer(pod: Pod, container: Container, affinity: NumaMask | undefined, signal: AbortSignal): Promise<void> {
    if (await this.#allocateContainer(pod, container, affinity, signal)) await this.#deps.save();
  }

  /** Before a container starts: tells the plugins that want to know, and makes up for devices that were never recorded. */
  async prepareStart(pod: Pod, container: Container, signal: AbortSignal): Promise<void> {
    const { allocations, plugins } = this.#deps;
    let isMissing = false;
    for (const [resourceName, required] of this.#wanted(pod, container)) {
      if (required === 0) continue;
      const held = allocations.get(podUid(pod), container.name, resourceName);
      if (plugins.wantsPreStart(resourceName)) {
        if (!held) throw new Error(`no devices found allocated in local cache for pod ${podUid(pod)}, container ${container.name}, resource ${resourceName}`);
        await plugins.preStartContainer(
          resourceName,
          held.devices.map(({ id }) => id),
        );
      }
      isMissing ||= held === undefined;
    }
    if (isMissing && (await this.#allocateContainer(pod, container, undefined, signal))) await this.#deps.save();
  }

  /** What a container asks of resources that are devices here. */
  #wanted(pod: Pod, container: Container): [string, number][] {
    const { allocations, plugins } = this.#deps;
    return Object.entries(container.resources?.limits ?? {})
      .filter(([name]) => (plugins.resource(name) !== undefined || allocations.countInUse(name) > 0) && !isClaimed(pod, container.name, name))
      .map(([name, value]) => [name, quantityValue(value)]);
  }

  async #allocateContainer(pod: Pod, container: Container, affinity: NumaMask | undefined, signal?: AbortSignal): Promise<boolean> {
    let hasChanged = false;
    for (const [resourceName, required] of this.#wanted(pod, container)) {
      const note = this.#note(container.name, resourceName, required, affinity);
      try {
        const devices = await this.#inTurn(resourceName, () => this.#reserve({ pod, containerName: container.name, resourceName, required, affinity }, signal));
        if (devices.length === 0) continue;
        const startedMs = performance.now();
        await this.#ask(podUid(pod), container.name, resourceName, idsOf(devices), signal);
        this.#notes.add(pod, note(devices, { pluginMilliseconds: performance.now() - startedMs }));
        hasChanged = true;
      } catch (error) {
        this.#notes.add(pod, note([], { error: (error as Error).message }));
        throw error;
      }
    }
    return hasChanged;
  }

  async #reserve(wanted: Omit<DeviceChoice, 'resource' | 'allocations' | 'prefer'>, signal?: AbortSignal): Promise<readonly ChosenDevice[]> {
    const { allocations, plugins } = this.#deps;
    const { pod, resourceName } = wanted;
    const devices = await chooseDevices({
      ...wanted,
      resource: plugins.resource(resourceName),
      allocations,
      prefer: (request) => plugins.preferredAllocation(resourceName, request),
    });
    signal?.throwIfAborted();
    allocations.reserve(podUid(pod), resourceName, idsOf(devices));
    return devices;
  }

  /** What there was before anything was taken; completed with what became of it. */
  #note(
    container: string,
    resourceName: string,
    requested: number,
    affinity: NumaMask | undefined,
  ): (devices: readonly ChosenDevice[], outcome: Pick<DeviceAllocationRecord, 'pluginMilliseconds' | 'error'>) => DeviceAllocationRecord {
    const { allocations, plugins } = this.#deps;
    const [plugin] = plugins.pluginsOf(resourceName);
    const resource = plugins.resource(resourceName);
    const before = {
      container,
      resource: resourceName,
      requested,
      ...(plugin ? { plugin: plugin.name } : {}),
      listed: resource?.capacity ?? 0,
      healthy: resource?.healthy.size ?? 0,
      free: resource ? [...resource.healthy].filter((id) => allocations.ownerOf(resourceName, id) === undefined).length : 0,
      ...(affinity === undefined ? {} : { wantedNumaNodes: nodesIn(affinity) }),
    };
    return (devices, outcome) => ({
      ...before,
      devices: devices.map(({ id, why }) => ({ id, numaNodes: resource?.devices.get(id)?.numaNodes ?? [], why })),
      ...outcome,
    });
  }

  async #ask(uid: string, containerName: string, resourceName: string, ids: readonly string[], signal?: AbortSignal): Promise<void> {
    const { allocations, plugins } = this.#deps;
    const known = plugins.resource(resourceName)?.devices;
    try {
      const answer = await plugins.allocate(resourceName, ids);
      signal?.throwIfAborted(); // released meanwhile
      const devices = ids.map((id) => ({ id, numaNodes: known?.get(id)?.numaNodes ?? [] }));
      allocations.record({ podUid: uid, containerName, resourceName, devices, answer });
    } catch (error) {
      allocations.unreserve(uid, resourceName, ids);
      throw error;
    }
  }

  #inTurn<T>(resourceName: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(resourceName) ?? Promise.resolve()).then(work, work);
    this.#turns.set(resourceName, turn);
    const forget = (): void => {
      if (this.#turns.get(resourceName) === turn) this.#turns.delete(resourceName);
    };
    turn.then(forget, forget);
    return turn;
  }
}

const idsOf = (devices: readonly ChosenDevice[]): readonly string[] => devices.map(({ id }) => id);
