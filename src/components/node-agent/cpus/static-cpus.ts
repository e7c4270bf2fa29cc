import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import { podUid } from '../directories.ts';
import { AdmissionError, type HintProvider, noHints, type ResourceHints, type TopologyHint } from '../topology/contract.ts';

import { type NumaMask, nodesIn } from '../topology/numa-mask.ts';
import { isOrdinaryInit } from '../topology/pod-peak.ts';
import type { StateFile } from '../topology/state-file.ts';
import { containersOf } from '../topology/topology-manager.ts';
import { cpuHints } from './cpu-hints.ts';
import type { CpuLayout } from './cpu-layout.ts';
import { type CpuSet, cpuListText, noCpus } from './cpu-list.ts';
import type { CpuAssignments, CpuState } from './cpu-state.ts';
import { guaranteedCpus, podGuaranteedCpus } from './guaranteed-cpus.ts';
import { pickDistributed, pickPacked } from './pick-cpus.ts';
import type { CpuPolicyOptions } from './policy-options.ts';

export interface StaticCpusOptions {
  readonly machine: CpuLayout;
  /** How many CPUs pods never have for themselves alone. */
  readonly reservedCount: number;
  /** Which ones; default: chosen. */
  readonly reservedCpus: CpuSet | undefined;
  readonly options: CpuPolicyOptions;
  readonly file: StateFile<CpuState>;
}

const policyName = 'static';

/** Upstream's CPU manager with the static policy: guaranteed containers that ask for whole CPUs get them for themselves, all others share the rest. */
export class StaticCpus implements HintProvider {
  readonly #machine: CpuLayout;
  readonly #options: CpuPolicyOptions;
  readonly #file: StateFile<CpuState>;
  readonly #reserved: CpuSet;
  /** The reserved CPUs and the other threads of their cores. */
  readonly #reservedCores: CpuSet;
  readonly #listeners = new Set<() => void>();
  #state: CpuState;

  /** Reads what was known before a restart. Throws, as upstream words it, when the options or what was read do not go with the machine. */
  constructor({ machine, reservedCount, reservedCpus, options, file }: StaticCpusOptions) {
    this.#machine = machine;
    this.#options = options;
    this.#file = file;
    this.#reserved = reservedCpus && reservedCpus.size > 0 ? reservedCpus : this.#pick(machine.ids, reservedCount);
    if (this.#reserved.size !== reservedCount)
      throw new Error(`[cpumanager] unable to reserve the required amount of CPUs (size of ${cpuListText(this.#reserved)} did not equal ${reservedCount})`);
    for (const cpu of this.#reserved)
      if (!machine.get(cpu)) throw new Error(`[cpumanager] unable to build the reserved physical CPUs from the reserved set: unknown CPU ID: ${cpu}`);
    this.#reservedCores = machine.cpusIn('core', ...Array.from(this.#reserved, (cpu) => machine.get(cpu)!.coreId));
    this.#state = this.#restore();
  }

  /** CPUs that can be given to one container alone. */
  get allocatable(): CpuSet {
    return this.#machine.ids.difference(this.#reserved);
  }

  /** The container's own; none when it shares the others. */
  exclusiveCpus(uid: string, containerName: string): CpuSet {
    return this.#state.assignments.get(uid)?.get(containerName) ?? noCpus;
  }

  /** Where the container runs. */
  cpusOf(uid: string, containerName: string): CpuSet {
    return this.#state.assignments.get(uid)?.get(containerName) ?? this.#state.sharedCpus;
  }

  get podUids(): readonly string[] {
    return [...this.#state.assignments.keys()];
  }

  containerHints(pod: Pod, container: Container): ResourceHints {
    const count = guaranteedCpus(pod, container);
    if (count === 0) return noHints;
    const held = this.#state.assignments.get(podUid(pod))?.get(container.name);
    if (held) return new Map([['cpu', held.size === count ? this.#hints(held, noCpus, count) : []]]);
    return new Map([['cpu', this.#hints(this.#available, this.#reusable(pod), count)]]);
  }

  podHints(pod: Pod): ResourceHints {
    const count = podGuaranteedCpus(pod);
    if (count === 0) return noHints;
    let held: CpuSet = noCpus;
    for (const container of containersOf(pod)) {
      const own = this.#state.assignments.get(podUid(pod))?.get(container.name);
      if (own && own.size !== guaranteedCpus(pod, container)) return new Map([['cpu', []]]);
      if (own) held = held.union(own);
    }
    if (held.size === count) return new Map([['cpu', this.#hints(held, noCpus, count)]]);
    return new Map([['cpu', this.#hints(this.#available, this.#reusable(pod).union(held), count)]]);
  }

  async allocateContainer(pod: Pod, container: Container, { affinity }: TopologyHint): Promise<void> {
    const count = guaranteedCpus(pod, container);
    if (count === 0 || this.#state.assignments.get(podUid(pod))?.has(container.name)) return;
    this.#checkCores(count);
    const free = this.#available.union(this.#reusable(pod));
    const near = affinity === undefined ? noCpus : this.#pickNear(affinity, free, count);
    const cpus = near.union(this.#pick(free.difference(near), count - near.size));
    const containers = new Map(this.#state.assignments.get(podUid(pod))).set(container.name, cpus);
    this.#change(this.#state.sharedCpus.difference(cpus), new Map(this.#state.assignments).set(podUid(pod), containers));
  }

  /** Gives a pod's CPUs back to the others. Throws when that cannot be written; then the pod still has them. */
  release(uid: string): void {
    const containers = this.#state.assignments.get(uid);
    if (!containers) return;
    const assignments = new Map(this.#state.assignments);
    assignments.delete(uid);
    const released = [...containers.values()].reduce((all, cpus) => all.union(cpus), noCpus);
    this.#change(this.#state.sharedCpus.union(released), assignments);
  }

  /** Told when the CPUs of any container are others than before. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  get #available(): Set<number> {
    return this.#state.sharedCpus.difference(this.#reserved);
  }

  #hints(available: CpuSet, reusable: CpuSet, count: number): readonly TopologyHint[] {
    return cpuHints({ machine: this.#machine, available, reusable, count, alignsBySocket: this.#options.has('align-by-socket') });
  }

  #reusable(pod: Pod): Set<number> {
    const own = this.#state.assignments.get(podUid(pod)) ?? new Map<string, CpuSet>();
    let ofInit: Set<number> = new Set();
    let ofOthers: Set<number> = new Set();
    for (const container of containersOf(pod)) {
      const cpus = own.get(container.name) ?? noCpus;
      if (isOrdinaryInit(pod, container)) ofInit = ofInit.union(cpus);
      else ofOthers = ofOthers.union(cpus);
    }
    return ofInit.difference(ofOthers);
  }

  #pickNear(affinity: NumaMask, free: CpuSet, count: number): CpuSet {
    const nodes = nodesIn(affinity);
    const sockets = nodes.flatMap((node) => [...this.#machine.groupsIn('socket', 'numa', node)]);
    const cpus = this.#options.has('align-by-socket') ? this.#machine.cpusIn('socket', ...sockets) : this.#machine.cpusIn('numa', ...nodes);
    const near = free.intersection(cpus);
    return this.#pick(near, Math.min(count, near.size));
  }

  #pick(free: CpuSet, count: number): CpuSet {
    const order = this.#options.has('distribute-cpus-across-cores') ? 'spread' : 'packed';
    const request = { machine: this.#machine, free, count, order } as const;
    if (!this.#options.has('distribute-cpus-across-numa')) return pickPacked(request, this.#options.has('prefer-align-cpus-by-uncorecache'));
    return pickDistributed(request, this.#options.has('full-pcpus-only') ? this.#machine.cpusPer('core') : 1);
  }

  /** Throws when whole cores are wanted and the request does not fill or find them. */
  #checkCores(count: number): void {
    if (!this.#options.has('full-pcpus-only')) return;
    const perCore = this.#machine.cpusPer('core');
    if (count % perCore !== 0)
      throw new AdmissionError('SMTAlignmentError', `SMT Alignment Error: requested ${count} cpus not multiple cpus per core = ${perCore}`);
    const available = this.#state.sharedCpus.difference(this.#reservedCores).size;
    if (count <= available) return;
    const numbers = `available physical CPUs = ${available}, requested CPUs = ${count}, CPUs per core = ${perCore}`;
    throw new AdmissionError('SMTAlignmentError', `SMT Alignment Error: not enough free physical CPUs: ${numbers}`);
  }

  #change(sharedCpus: CpuSet, assignments: CpuAssignments): void {
    const next = { policyName, sharedCpus, assignments };
    this.#file.write(next);
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }

  #restore(): CpuState {
    const all = this.#options.has('strict-cpu-reservation') ? this.#machine.ids.difference(this.#reserved) : this.#machine.ids;
    const known = this.#read();
    if (!known || (known.sharedCpus.size === 0 && known.assignments.size === 0)) {
      const fresh = { policyName, sharedCpus: all, assignments: new Map() };
      this.#file.write(fresh);
      return fresh;
    }
    this.#validate(known, all);
    return known;
  }

  #read(): CpuState | undefined {
    try {
      const known = this.#file.read();
      if (known && known.policyName !== policyName)
        throw new Error(`configured policy "${policyName}" differs from state checkpoint policy ${JSON.stringify(known.policyName)}`);
      return known;
    } catch (error) {
      const advice = `please drain this node and delete the CPU manager checkpoint file "${this.#file.path}" before restarting Kubelet`;
      throw new Error(`could not restore state from checkpoint: ${(error as Error).message}, ${advice}`, { cause: error });
    }
  }

  #validate({ sharedCpus, assignments }: CpuState, all: CpuSet): void {
    if (sharedCpus.size === 0) throw new Error('default cpuset cannot be empty');
    const [reserved, shared] = [cpuListText(this.#reserved), cpuListText(sharedCpus)];
    const common = this.#reserved.intersection(sharedCpus);
    if (this.#options.has('strict-cpu-reservation') && common.size > 0)
      throw new Error(`some of strictly reserved cpus: "${cpuListText(common)}" are present in defaultCpuSet: "${shared}"`);
    if (!this.#options.has('strict-cpu-reservation') && common.size !== this.#reserved.size)
      throw new Error(`not all reserved cpus: "${reserved}" are present in defaultCpuSet: "${shared}"`);
    let known = new Set(sharedCpus);
    for (const [uid, containers] of assignments)
      for (const [name, cpus] of containers) {
        if (!sharedCpus.isDisjointFrom(cpus))
          throw new Error(`pod: ${uid}, container: ${name} cpuset: "${cpuListText(cpus)}" overlaps with default cpuset "${shared}"`);
        known = known.union(cpus);
      }
    if (known.size !== all.size || !known.isSubsetOf(all))
      throw new Error(`current set of available CPUs "${cpuListText(all)}" doesn't match with CPUs in state "${cpuListText(known)}"`);
  }
}
