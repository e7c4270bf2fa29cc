import type { ResourceList } from '../../../api/generated/core-v1.ts';
import type { NodeSettings, Threshold } from '../configuration/node-settings.ts';
import { quantityMilli, quantityValue } from '../quantities.ts';
import { isHugePageResource } from '../resources.ts';
import type { NodeResources } from './node-facts.ts';

/** What of a node's capacity pods never get. Milli for cpu, bytes otherwise. */
export interface NodeReservation {
  readonly milliCpu: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
}

const defaultEviction = new Map<string, Threshold>([
  ['memory.available', { amount: 100 * 1024 ** 2 }],
  ['nodefs.available', { part: 0.1 }],
]);

/** System, kubelet and eviction together (upstream's node allocatable). CPUs that are reserved by name count instead of amounts. */
export function nodeReservation(settings: NodeSettings, capacity: ResourceList): NodeReservation {
  const { systemReserved, kubeReserved, reservedSystemCpus, evictionHard } = settings;
  const both = (name: string): number => quantityValue(systemReserved[name]) + quantityValue(kubeReserved[name]);
  const eviction = (signal: 'memory.available' | 'nodefs.available', all: number): number => {
    const threshold = (evictionHard ?? defaultEviction).get(signal);
    return threshold === undefined ? 0 : 'amount' in threshold ? threshold.amount : Math.floor(threshold.part * all);
  };
  return {
    milliCpu: reservedSystemCpus?.size ? reservedSystemCpus.size * 1000 : quantityMilli(systemReserved['cpu']) + quantityMilli(kubeReserved['cpu']),
    memory: both('memory') + eviction('memory.available', quantityValue(capacity['memory'])),
    ephemeralStorage: both('ephemeral-storage') + eviction('nodefs.available', quantityValue(capacity['ephemeral-storage'])),
  };
}

/** What is left for pods; memory also less all huge pages. */
export function allocatableOf({ capacity, allocatable }: NodeResources, { milliCpu, memory, ephemeralStorage }: NodeReservation): ResourceList {
  const hugePages = Object.keys(capacity)
    .filter(isHugePageResource)
    .reduce((sum, name) => sum + quantityValue(capacity[name]), 0);
  const left = (name: string, taken: number): number => Math.max(0, quantityValue(capacity[name]) - taken);
  const cpu = Math.max(0, quantityMilli(capacity['cpu']) - milliCpu);
  return {
    ...allocatable,
    cpu: cpu % 1000 === 0 ? String(cpu / 1000) : `${cpu}m`,
    memory: bytesText(left('memory', memory + hugePages)),
    'ephemeral-storage': String(left('ephemeral-storage', ephemeralStorage)),
  };
}

const bytesText = (bytes: number): string => (bytes % 1024 === 0 && bytes > 0 ? `${bytes / 1024}Ki` : String(bytes));
