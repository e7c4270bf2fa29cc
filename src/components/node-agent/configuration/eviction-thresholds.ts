import { parseQuantity } from '../../../api/quantity.ts';
import { type Availability, defaultThresholds, type PressureThresholds, readAvailability } from '../node/pressure.ts';
import type { NodeAgentOptions } from '../options.ts';
import { quantityValue } from '../quantities.ts';
import type { EvictionSignal, Threshold } from './node-settings.ts';

const signals: readonly EvictionSignal[] = ['memory.available', 'nodefs.available', 'nodefs.inodesFree', 'pid.available'];
/** Upstream's others, which this agent does not look at. */
const otherSignals = ['allocatableMemory.available', 'imagefs.available', 'imagefs.inodesFree', 'containerfs.available', 'containerfs.inodesFree'];

const upstreamDefaults: ReadonlyMap<EvictionSignal, Threshold> = new Map<EvictionSignal, Threshold>([
  ['memory.available', { amount: 100 * 1024 ** 2 }],
  ['nodefs.available', { part: 0.1 }],
  ['nodefs.inodesFree', { part: 0.05 }],
]);

export interface EvictionThresholds {
  readonly thresholds: ReadonlyMap<EvictionSignal, Threshold>;
  /** Signals that were given and are not looked at. */
  readonly ignored: readonly string[];
}

/** Reads `evictionHard`; what is not named has no threshold, unless upstream's defaults are to be merged in. Throws as upstream words it. */
export function evictionThresholds(given: Readonly<Record<string, string>>, mergesDefaults: boolean): EvictionThresholds {
  const thresholds = new Map(mergesDefaults ? upstreamDefaults : []);
  const ignored: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    const signal = signals.find((known) => known === name);
    if (!signal && !otherSignals.includes(name)) throw new Error(`unsupported eviction signal ${name}`);
    const threshold = thresholdOf(name, value);
    if (!signal) ignored.push(name);
    else if (threshold) thresholds.set(signal, threshold);
    else thresholds.delete(signal);
  }
  return { thresholds, ignored };
}

/** Undefined for `0%` and `100%`, which upstream does not look at. */
function thresholdOf(signal: string, value: string): Threshold | undefined {
  if (value === '0%' || value === '100%') return undefined;
  if (value.endsWith('%')) {
    const percent = value.slice(0, -1);
    if (!/^[+-]?\d+(\.\d*)?$/.test(percent)) throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(percent)}: invalid syntax`);
    const part = Number(percent) / 100;
    if (part < 0) throw new Error(`eviction percentage threshold ${signal} must be >= 0%: ${value}`);
    if (part > 1) throw new Error(`eviction percentage threshold ${signal} must be <= 100%: ${value}`);
    return { part };
  }
  if (parseQuantity(value).nano <= 0n) throw new Error(`eviction threshold ${signal} must be positive: ${value}`);
  return { amount: quantityValue(value) };
}

/** When an agent's node counts as short of something: as its settings say, else its options, else as is usual. */
export async function agentThresholds(
  { settings, thresholds = defaultThresholds, directory }: Pick<NodeAgentOptions, 'settings' | 'thresholds' | 'directory'>,
  memoryBytes: number,
): Promise<PressureThresholds> {
  return settings?.evictionHard ? pressureThresholds(settings.evictionHard, await readAvailability(directory), memoryBytes) : thresholds;
}

/** The same in the terms in which the agent watches the machine. */
export function pressureThresholds(thresholds: ReadonlyMap<EvictionSignal, Threshold>, machine: Availability, memoryBytes: number): PressureThresholds {
  const partOf = (signal: EvictionSignal, total: number): number => {
    const threshold = thresholds.get(signal) ?? { part: 0 };
    return 'part' in threshold ? threshold.part : threshold.amount / Math.max(1, total);
  };
  return {
    memoryAvailableBytes: Math.floor(partOf('memory.available', memoryBytes) * memoryBytes),
    diskAvailable: partOf('nodefs.available', machine.diskTotalBytes),
    inodesFree: partOf('nodefs.inodesFree', machine.inodesTotal),
    pidsAvailable: Number.isFinite(machine.pidsTotal) ? partOf('pid.available', machine.pidsTotal) : 0,
  };
}
