import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import { podUid } from '../directories.ts';
import { containerRequest, isHugePageResource, qosClassOf } from '../resources.ts';
import { type HintProvider, noHints, type ResourceHints, type TopologyHint } from '../topology/contract.ts';
import type { NumaNode } from '../topology/machine-topology.ts';
import { maskOf, type NumaMask, nodesIn } from '../topology/numa-mask.ts';
import { hasPodLevelResources, isOrdinaryInit, podPeak } from '../topology/pod-peak.ts';
import type { StateFile } from '../topology/state-file.ts';
import { containersOf } from '../topology/topology-manager.ts';
import { checkMachine, emptyMachine, isSameGroup, withBlock, withoutBlock } from './machine-memory.ts';
import { bestHint, hasFree, type MemoryRequest, memoryHints, wouldMixGroups } from './memory-hints.ts';
import type { MachineMemory, MemoryAssignments, MemoryBlock, MemoryState } from './memory-state.ts';
import type { ReservedMemory } from './reserved-memory.ts';

export interface StaticMemoryOptions {
  readonly nodes: readonly NumaNode[];
  readonly reserved: ReservedMemory;
  readonly file: StateFile<MemoryState>;
}

const policyName = 'Static';

/** Upstream's memory manager with the Static policy: guaranteed containers get memory and huge pages from as few NUMA nodes as can be, and run on those. */
export class StaticMemory implements HintProvider {
  readonly #file: StateFile<MemoryState>;
  #state: MemoryState;

  /** Reads what was known before a restart. Throws, as upstream words it, when that does not go with the machine. */
  constructor({ nodes, reserved, file }: StaticMemoryOptions) {
    this.#file = file;
    const empty = emptyMachine(nodes, reserved);
    const known = this.#read();
    if (known && known.machine.size === 0 && known.assignments.size > 0)
      throw new Error('[memorymanager] machine state can not be empty when it has memory assignments');
    if (known && known.machine.size > 0) checkMachine(empty, known.machine, known.assignments);
    this.#state = known && known.machine.size > 0 ? known : { policyName, machine: empty, assignments: new Map() };
    if (this.#state !== known) file.write(this.#state);
  }

  /** What can be given to containers, by node and resource. */
  get allocatable(): MemoryBlock[] {
    return [...this.#state.machine].flatMap(([id, { memoryMap }]) =>
      [...memoryMap].flatMap(([type, { allocatable }]) => (allocatable === 0 ? [] : [{ numaAffinity: [id], type, size: allocatable }])),
    );
  }

  blocksOf(uid: string, containerName: string): readonly MemoryBlock[] {
    return this.#state.assignments.get(uid)?.get(containerName) ?? [];
  }

  /** The nodes the container's memory is to come from; none when it does not matter. */
  nodesOf(uid: string, containerName: string): ReadonlySet<number> {
    return new Set(this.blocksOf(uid, containerName).flatMap(({ numaAffinity }) => numaAffinity));
  }

  get podUids(): readonly string[] {
    return [...this.#state.assignments.keys()];
  }

  containerHints(pod: Pod, container: Container): ResourceHints {
    if (!isPinned(pod)) return noHints;
    const request = containerMemory(container);
    const held = this.#state.assignments.get(podUid(pod))?.get(container.name);
    return held ? hintsOfHeld(held, request) : this.#hints(pod, request);
  }

  podHints(pod: Pod): ResourceHints {
    if (!isPinned(pod)) return noHints;
    const request = podMemory(pod);
    const containers = this.#state.assignments.get(podUid(pod));
    const held = containersOf(pod).flatMap(({ name }) => {
      const blocks = containers?.get(name);
      return blocks ? [blocks] : [];
    })[0];
    return held ? hintsOfHeld(held, request) : this.#hints(pod, request);
  }

  async allocateContainer(pod: Pod, container: Container, hint: TopologyHint): Promise<void> {
    const uid = podUid(pod);
    if (!isPinned(pod) || this.#state.assignments.get(uid)?.has(container.name)) return;
    const request = containerMemory(container);
    const affinity = this.#chooseNodes(pod, request, hint);
    const numaAffinity = nodesIn(affinity);
    let machine = this.#state.machine;
    const blocks: MemoryBlock[] = [];
    for (const [type, size] of request) {
      blocks.push({ numaAffinity, type, size });
      machine = withBlock(machine, { numaAffinity, type }, Math.max(0, size - this.#reusable(pod, affinity, type)));
    }
    const containers = withReuse(pod, container, new Map(this.#state.assignments.get(uid)), blocks).set(container.name, blocks);
    this.#change(machine, new Map(this.#state.assignments).set(uid, containers));
  }

  /** A container starts: the ordinary init containers before it have ended, so that what they alone had is given back. */
  onStart(pod: Pod, container: Container): void {
    const ended: string[] = [];
    for (const init of pod.spec.initContainers ?? []) {
      if (init.name === container.name) break;
      if (isOrdinaryInit(pod, init)) ended.push(init.name);
    }
    this.#remove(podUid(pod), ended);
  }

  /** Gives a pod's memory back to the others. Throws when that cannot be written; then the pod still has it. */
  release(uid: string): void {
    this.#remove(uid, [...(this.#state.assignments.get(uid)?.keys() ?? [])]);
  }

  /** Where to take from: where the hint says, or a wider set of nodes when that is not enough. */
  #chooseNodes(pod: Pod, request: MemoryRequest, hint: TopologyHint): NumaMask {
    const { machine } = this.#state;
    let { affinity, isPreferred } = hint;
    if (affinity === undefined) {
      const best = bestHint(this.#possible(pod, request));
      if (!best) throw new Error('[memorymanager] failed to get the default NUMA affinity, no NUMA nodes with enough memory is available');
      if (!best.isPreferred && isPreferred) throw new Error('[memorymanager] failed to find the default preferred hint');
      ({ affinity, isPreferred } = best);
    }
    if (!hasFree(machine, nodesIn(affinity), request)) {
      const within = affinity;
      const best = bestHint(this.#possible(pod, request).filter((wider) => (wider.affinity & within) === within));
      if (!best) throw new Error('[memorymanager] failed to find NUMA nodes to extend the current topology hint');
      if (!best.isPreferred && isPreferred) throw new Error('[memorymanager] failed to find the extended preferred hint');
      ({ affinity } = best);
    }
    if (wouldMixGroups(machine, nodesIn(affinity))) throw new Error('[memorymanager] preferred hint violates NUMA node allocation');
    return affinity;
  }

  #hints(pod: Pod, request: MemoryRequest): ResourceHints {
    const hints = this.#possible(pod, request);
    // As upstream: where nothing fits there are no hints, and it is the allocation that fails.
    return hints.length === 0 ? noHints : new Map([...request.keys()].map((type) => [type, hints]));
  }

  #possible(pod: Pod, request: MemoryRequest): ReturnType<typeof memoryHints> {
    return memoryHints(this.#state.machine, request, (mask, type) => this.#reusable(pod, mask, type));
  }

  /** What ordinary init containers of the pod hold on just these nodes: of each block as much as no later container uses again. */
  #reusable(pod: Pod, mask: NumaMask, type: string): number {
    const containers = this.#state.assignments.get(podUid(pod));
    const blocks = containersOf(pod).flatMap((container) => (isOrdinaryInit(pod, container) ? (containers?.get(container.name) ?? []) : []));
    return blocks.reduce((sum, block) => sum + (block.type === type && maskOf(block.numaAffinity) === mask ? block.size : 0), 0);
  }

  #remove(uid: string, names: readonly string[]): void {
    const containers = new Map(this.#state.assignments.get(uid));
    const removed = names.filter((name) => containers.has(name));
    if (removed.length === 0) return;
    let { machine } = this.#state;
    for (const name of removed) {
      for (const block of containers.get(name)!) machine = withoutBlock(machine, block);
      containers.delete(name);
    }
    const assignments = new Map(this.#state.assignments).set(uid, containers);
    if (containers.size === 0) assignments.delete(uid);
    this.#change(machine, assignments);
  }

  #change(machine: MachineMemory, assignments: MemoryAssignments): void {
    const next = { policyName, machine, assignments };
    this.#file.write(next);
    this.#state = next;
  }

  #read(): MemoryState | undefined {
    try {
      const known = this.#file.read();
      if (known && known.policyName !== policyName)
        throw new Error(`[memorymanager] configured policy "${policyName}" differs from state checkpoint policy ${JSON.stringify(known.policyName)}`);
      return known;
    } catch (error) {
      const advice = `please drain this node and delete the memory manager checkpoint file "${this.#file.path}" before restarting Kubelet`;
      throw new Error(`could not restore state from checkpoint: ${(error as Error).message}, ${advice}`, { cause: error });
    }
  }
}

const isPinned = (pod: Pod): boolean => qosClassOf(pod) === 'Guaranteed' && !hasPodLevelResources(pod);

const isMemory = (resource: string): boolean => resource === 'memory' || isHugePageResource(resource);

function containerMemory(container: Container): MemoryRequest {
  const names = Object.keys({ ...container.resources?.limits, ...container.resources?.requests }).filter(isMemory);
  return new Map(names.map((name) => [name, containerRequest(container, name)]));
}

/** Of resources that app containers ask for. */
function podMemory(pod: Pod): MemoryRequest {
  const names = new Set(pod.spec.containers.flatMap((container) => [...containerMemory(container).keys()]));
  return new Map([...names].map((name) => [name, podPeak(pod, (container) => containerRequest(container, name))]));
}

/** What is held already can be had just there; nowhere, when something else is asked for now. */
function hintsOfHeld(held: readonly MemoryBlock[], request: MemoryRequest): ResourceHints {
  if (held.length !== request.size || held.some(({ type, size }) => request.get(type) !== size)) return noHints;
  return new Map(held.map(({ type, numaAffinity }) => [type, [{ affinity: maskOf(numaAffinity), isPreferred: true }]]));
}

/** The pod's blocks after a container took what its earlier ordinary init containers had: they hold that much less, so that all together hold what is reserved. */
function withReuse(
  pod: Pod,
  container: Container,
  containers: Map<string, readonly MemoryBlock[]>,
  blocks: readonly MemoryBlock[],
): Map<string, readonly MemoryBlock[]> {
  for (const taken of blocks) {
    let rest = taken.size;
    for (const init of pod.spec.initContainers ?? []) {
      if (init.name === container.name) break;
      if (!isOrdinaryInit(pod, init) || !containers.has(init.name)) continue;
      const left = containers.get(init.name)!.map((block) => {
        if (block.type !== taken.type || !isSameGroup(block.numaAffinity, taken.numaAffinity)) return block;
        const used = Math.min(rest, block.size);
        rest -= used;
        return { ...block, size: block.size - used };
      });
      containers.set(init.name, left);
    }
  }
  return containers;
}
