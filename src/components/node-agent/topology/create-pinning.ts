import { join } from 'node:path';
import type { Log } from '../../../kernel/log.ts';
import type { NodeSettings } from '../configuration/node-settings.ts';
import { CpuLayout } from '../cpus/cpu-layout.ts';
import { type CpuSet, cpuListText } from '../cpus/cpu-list.ts';
import { cpuStateFormat } from '../cpus/cpu-state.ts';
import { checkAlignBySocket, cpuPolicyOptions } from '../cpus/policy-options.ts';
import { StaticCpus } from '../cpus/static-cpus.ts';
import { memoryStateFormat } from '../memory/memory-state.ts';
import { reservedMemory } from '../memory/reserved-memory.ts';
import { StaticMemory } from '../memory/static-memory.ts';
import type { NodeReservation } from '../node/node-reservation.ts';
import type { HintProvider } from './contract.ts';
import type { MachineTopology } from './machine-topology.ts';
import { distancesOf } from './numa-distances.ts';
import { Pinning } from './pinning.ts';
import { StateFile } from './state-file.ts';
import { TopologyManager } from './topology-manager.ts';

export interface CreatePinningOptions {
  readonly settings: NodeSettings;
  readonly machine: MachineTopology;
  readonly reservation: NodeReservation;
  /** Holds `cpu_manager_state` and `memory_manager_state`. */
  readonly directory: string;
  readonly devices: HintProvider | undefined;
  readonly log: Log;
}

/** For nodes that have no machine: only devices are given out. */
export function unpinned(devices: HintProvider | undefined, log: Log): Pinning {
  const topology = new TopologyManager({ policy: 'none', scope: 'container', policyOptions: {}, distances: new Map(), nodeIds: [0], log });
  return new Pinning({ topology, devices, cpus: undefined, memory: undefined, log });
}

/** Makes what the settings ask for, and takes up what was given before a restart. Throws, as upstream words it, when they do not go with the machine or with that. */
export function createPinning(options: CreatePinningOptions): Pinning {
  const { settings, machine, devices, log } = options;
  const { topologyManagerPolicy: policy, topologyManagerScope: scope, topologyManagerPolicyOptions: policyOptions } = settings;
  const distances = distancesOf(machine.numaNodes);
  const topology = new TopologyManager({ policy, scope, policyOptions, distances, nodeIds: machine.numaNodes.map(({ id }) => id), log });
  return new Pinning({ topology, devices, cpus: createCpus(options), memory: createMemory(options), log });
}

function createCpus({ settings, machine, reservation, directory }: CreatePinningOptions): StaticCpus | undefined {
  const { cpuManagerPolicy, cpuManagerPolicyOptions, reservedSystemCpus, topologyManagerPolicy, featureGates } = settings;
  const file = new StateFile(join(directory, 'cpu_manager_state'), cpuStateFormat);
  const layout = new CpuLayout(machine.cpus);
  if (reservedSystemCpus) checkReserved(reservedSystemCpus, layout);
  if (cpuManagerPolicy === 'none') {
    const names = Object.entries(cpuManagerPolicyOptions).map(([name, value]) => `${name}:${value}`);
    if (names.length > 0) throw new Error(`new none policy error: None policy: received unsupported options=map[${names.sort().join(' ')}]`);
    requireUnused(file, 'none', 'CPU', (error) => new Error(`start cpu manager error: ${error.message}`, { cause: error }));
    return undefined;
  }
  const reservedCount = Math.ceil(reservation.milliCpu / 1000);
  if (reservedCount === 0) throw new Error('[cpumanager] unable to determine reserved CPU resources for static policy');
  try {
    const options = cpuPolicyOptions(cpuManagerPolicyOptions, featureGates);
    checkAlignBySocket(options, layout, topologyManagerPolicy);
    return new StaticCpus({ machine: layout, reservedCount, reservedCpus: reservedSystemCpus, options, file });
  } catch (error) {
    throw new Error(`new static policy error: ${(error as Error).message}`, { cause: error });
  }
}

function checkReserved(reserved: CpuSet, machine: CpuLayout): void {
  if (reserved.isSubsetOf(machine.ids)) return;
  throw new Error(`reserved-cpus: ${cpuListText(reserved)} is not a subset of online-cpus: ${cpuListText(machine.ids)}`);
}

function createMemory({ settings, machine, reservation, directory }: CreatePinningOptions): StaticMemory | undefined {
  const file = new StateFile(join(directory, 'memory_manager_state'), memoryStateFormat);
  const wrapped = (error: Error): Error => new Error(`start memory manager error: ${error.message}`, { cause: error });
  if (settings.memoryManagerPolicy === 'None') {
    requireUnused(file, 'None', 'memory', wrapped);
    return undefined;
  }
  const reserved = reservedMemory(machine.numaNodes, settings.reservedMemory, { memory: String(reservation.memory) });
  try {
    return new StaticMemory({ nodes: machine.numaNodes, reserved, file });
  } catch (error) {
    throw wrapped(error as Error);
  }
}

/** Containers that were pinned would stay so with nobody to look after them: upstream has the node drained before its policy is changed. */
function requireUnused(
  file: StateFile<{ readonly policyName: string; readonly assignments: ReadonlyMap<string, unknown> }>,
  policyName: string,
  what: string,
  wrap: (error: Error) => Error,
): void {
  try {
    const known = file.read();
    if (!known || known.policyName === policyName || known.assignments.size === 0) return;
    throw new Error(`configured policy "${policyName}" differs from state checkpoint policy ${JSON.stringify(known.policyName)}`);
  } catch (error) {
    const advice = `please drain this node and delete the ${what} manager checkpoint file "${file.path}" before restarting Kubelet`;
    throw wrap(new Error(`could not restore state from checkpoint: ${(error as Error).message}, ${advice}`, { cause: error }));
  }
}
