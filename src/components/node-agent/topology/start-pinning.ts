import type { ResourceList } from '../../../api/generated/core-v1.ts';
import { defaultNodeSettings } from '../configuration/node-settings.ts';
import { CpusetUpdates, type CpusetUpdatesParts } from '../cpus/cpuset-updates.ts';
import { nodeReservation } from '../node/node-reservation.ts';
import type { NodeAgentOptions } from '../options.ts';
import { createPinning, unpinned } from './create-pinning.ts';
import { readMachineTopology } from './machine-topology.ts';
import type { Pinning } from './pinning.ts';

export interface StartedPinning {
  readonly pinning: Pinning;
  /** To be started when pods and containers are known; undefined when no container has CPUs of its own. */
  readonly cpusets: CpusetUpdates | undefined;
  readonly numaNodes: readonly number[];
}

/** What an agent places its containers with. Throws, as upstream words it, when the options do not go with the machine or with what was given before a restart. */
export function startPinning(options: NodeAgentOptions, capacity: ResourceList, seen: Pick<CpusetUpdatesParts, 'activePods' | 'observed'>): StartedPinning {
  const { settings = defaultNodeSettings, isSimulated, machineRoot, directory, devices, runtime, clock, log } = options;
  if (isSimulated && machineRoot === undefined) return { pinning: unpinned(devices, log), cpusets: undefined, numaNodes: [0] };
  const topology = readMachineTopology(machineRoot);
  const reservation = nodeReservation(settings, capacity);
  const pinning = createPinning({ settings, machine: topology, reservation, directory, devices, log });
  const cpusets =
    pinning.cpus &&
    new CpusetUpdates({
      cpus: pinning.cpus,
      runtime,
      ...seen,
      periodMs: settings.cpuManagerReconcilePeriodMs,
      clock,
      log,
    });
  return { pinning, cpusets, numaNodes: topology.numaNodes.map(({ id }) => id) };
}
