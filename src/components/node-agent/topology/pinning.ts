import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import type { LinuxContainerResources } from '../../../extension-points/runtime/contract.ts';
import type { Log } from '../../../kernel/log.ts';
import { type CpuSet, cpuListText, noCpus, sortedCpus } from '../cpus/cpu-list.ts';
import type { StaticCpus } from '../cpus/static-cpus.ts';
import { podUid } from '../directories.ts';
import type { MemoryBlock } from '../memory/memory-state.ts';
import type { StaticMemory } from '../memory/static-memory.ts';
import { containerLimit, containerRequest, qosClassOf } from '../resources.ts';
import type { AdmissionCounts } from './admission-counts.ts';
import type { HintProvider } from './contract.ts';
import { containersOf, type TopologyManager } from './topology-manager.ts';

export interface PinningParts {
  readonly topology: TopologyManager;
  /** Undefined: nobody hands out devices. */
  readonly devices: HintProvider | undefined;
  /** Undefined: all containers run on all CPUs. */
  readonly cpus: StaticCpus | undefined;
  /** Undefined: memory comes from anywhere. */
  readonly memory: StaticMemory | undefined;
  readonly log: Log;
}

/** Where on the machine containers run: allocates their devices, CPUs and memory together, when their pod is admitted, and says what the runtime is to be told. */
export class Pinning {
  readonly #parts: PinningParts;

  constructor(parts: PinningParts) {
    this.#parts = parts;
    const providers = [parts.devices, parts.cpus, parts.memory];
    parts.topology.use(providers.filter((provider) => provider !== undefined));
  }

  /** Undefined: all containers run on all CPUs. */
  get cpus(): StaticCpus | undefined {
    return this.#parts.cpus;
  }

  get admissionCounts(): AdmissionCounts {
    return this.#parts.topology.counts;
  }

  /** Nobody gives out anything. */
  get isIdle(): boolean {
    const { devices, cpus, memory } = this.#parts;
    return !devices && !cpus && !memory;
  }

  /** Gives a pod all it asks for. Throws an AdmissionError with upstream's reason, or a provider's own error; what was given so far is the pod's until it is released. */
  allocate(pod: Pod, signal: AbortSignal): Promise<void> {
    return this.#parts.topology.allocate(pod, signal);
  }

  /** A container is about to be created: what it is told over and above its resources. */
  forStart(pod: Pod, container: Container): Partial<LinuxContainerResources> {
    const { cpus, memory } = this.#parts;
    const uid = podUid(pod);
    memory?.onStart(pod, container);
    const nodes = memory?.nodesOf(uid, container.name) ?? noCpus;
    return {
      ...(cpus ? { cpusetCpus: cpuListText(cpus.cpusOf(uid, container.name)) } : {}),
      ...(nodes.size > 0 ? { cpusetMems: sortedCpus(nodes).join() } : {}),
      // On CPUs of its own a container needs no quota, which would only make it wait.
      ...(this.hasOwnCpus(pod, container) ? { cpuQuota: -1 } : {}),
    };
  }

  /** Whether the container (without one: any of the pod's) has CPUs for itself alone. */
  hasOwnCpus(pod: Pod, container?: Container): boolean {
    const containers = container ? [container] : containersOf(pod);
    return containers.some(({ name }) => this.cpusOf(podUid(pod), name).size > 0);
  }

  /** The container's own CPUs. */
  cpusOf(uid: string, containerName: string): CpuSet {
    return this.#parts.cpus?.exclusiveCpus(uid, containerName) ?? noCpus;
  }

  memoryOf(uid: string, containerName: string): readonly MemoryBlock[] {
    return this.#parts.memory?.blocksOf(uid, containerName) ?? [];
  }

  get allocatableCpus(): CpuSet {
    return this.#parts.cpus?.allocatable ?? noCpus;
  }

  get allocatableMemory(): readonly MemoryBlock[] {
    return this.#parts.memory?.allocatable ?? [];
  }

  /** Why a pod that runs cannot have other resources, as upstream words it: what a container has for itself does not change its size. */
  refusalOfResize(granted: Pod, wanted: Pod): string | undefined {
    if (qosClassOf(wanted) !== 'Guaranteed') return undefined;
    const refusal = (manager: string, policy: string): string => `Resize is infeasible for Guaranteed Pods alongside ${manager} Manager policy "${policy}"`;
    if (this.#parts.cpus && asksOtherwise(granted, wanted, 'cpu')) return refusal('CPU', 'static');
    if (this.#parts.memory && asksOtherwise(granted, wanted, 'memory')) return refusal('Memory', 'Static');
    return undefined;
  }

  /** Gives a pod's CPUs and memory to others. */
  release(uid: string): void {
    for (const owner of [this.#parts.cpus, this.#parts.memory])
      try {
        owner?.release(uid);
      } catch (error) {
        // They stay the pod's until the next start, which finds that it is gone.
        this.#parts.log.error('the end of a pod is not recorded; what it had is not given to others', { uid, error });
      }
  }

  /** Releases what pods have that are not any more; called once it is known which are. */
  retain(uids: ReadonlySet<string>): void {
    const known = new Set([...(this.#parts.cpus?.podUids ?? []), ...(this.#parts.memory?.podUids ?? [])]);
    for (const uid of known) if (!uids.has(uid)) this.release(uid);
  }
}

function asksOtherwise(granted: Pod, wanted: Pod, resource: string): boolean {
  const before = new Map(containersOf(granted).map((container) => [container.name, container]));
  return containersOf(wanted).some((container) => {
    const had = before.get(container.name) ?? container;
    return containerRequest(had, resource) !== containerRequest(container, resource) || containerLimit(had, resource) !== containerLimit(container, resource);
  });
}
