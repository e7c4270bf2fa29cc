import type { Node, NodeSelector } from '../../../../api/generated/core-v1.ts';
import type { ResourceSlice } from '../../../../api/generated/resource-v1.ts';
import { parseQuantity } from '../../../../api/quantity.ts';
import { matchesNodeSelector } from '../../../../extension-points/scheduling/node-selector.ts';
import { devicesOf, type OfferedDevice } from './offered-device.ts';

/** What one pool has for one node. */
export interface PoolView {
  readonly driver: string;
  readonly pool: string;
  /** `driver/pool`. */
  readonly id: string;
  /** `incomplete`: a driver is still writing it. `invalid`: its slices contradict each other. Nothing is given out from such pools. */
  readonly state: 'usable' | 'incomplete' | 'invalid';
  readonly invalidReason?: string;
  /** The devices that the node reaches, in the order of the names of their slices. */
  readonly devices: readonly OfferedDevice[];
  /** All devices of the pool, of any node, that take from its counters. */
  readonly consumers: readonly OfferedDevice[];
  /** What there is of each counter in all, in billionths: by set, then by name. */
  readonly counters: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
  /** Such pools come last: devices that are ready at once are better. */
  readonly hasBindingConditions: boolean;
}

/** A slice with its devices. */
export interface PoolSlice {
  readonly slice: ResourceSlice;
  readonly devices: readonly OfferedDevice[];
}

export const readSlice = (slice: ResourceSlice): PoolSlice => ({ slice, devices: devicesOf(slice) });

/**
 * What the slices of a pool, in any generation, offer to a node; undefined when that is nothing. Rule: upstream's `GatherPools`. Only slices that concern the node decide
 * which generation counts, unless they are not all of it.
 */
export function viewPool(slices: readonly PoolSlice[], node: Node): PoolView | undefined {
  const newest = newestOf(slices.filter((part) => concerns(part, node)));
  const first = newest[0];
  if (!first) return undefined;
  const { driver, pool } = first.slice.spec;
  const base = { driver, pool: pool.name, id: `${driver}/${pool.name}`, devices: [], consumers: [], counters: new Map(), hasBindingConditions: false };
  let all = newest;
  if (newest.length !== pool.resourceSliceCount) {
    // The driver is replacing this generation: what is left of it must not be used any more.
    if (slices.some(({ slice }) => slice.spec.pool.generation > pool.generation)) return undefined;
    all = slices.filter(({ slice }) => slice.spec.pool.generation === pool.generation);
    if (all.length !== pool.resourceSliceCount) return { ...base, state: 'incomplete' };
  }
  const ordered = newest.toSorted((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
  const offered = ordered.flatMap(({ slice, devices }) => (slice.spec.sharedCounters?.length ? [] : devices));
  const invalidReason = duplicateDevice(offered) ?? duplicateSet(newest) ?? danglingCounter(all, newest);
  if (invalidReason !== undefined) return { ...base, state: 'invalid', invalidReason };
  return {
    ...base,
    state: 'usable',
    devices: offered.filter((entry) => reaches(entry, node)),
    consumers: all.flatMap(({ devices }) => devices.filter(({ counters }) => counters.length > 0)),
    counters: countersOf(newest),
    hasBindingConditions: offered.some(({ device }) => device.bindingConditions !== undefined),
  };
}

const nameOf = ({ slice }: PoolSlice): string => slice.metadata.name ?? '';

function newestOf(slices: readonly PoolSlice[]): readonly PoolSlice[] {
  const generation = slices.reduce((newest, { slice }) => Math.max(newest, slice.spec.pool.generation), -1);
  return slices.filter(({ slice }) => slice.spec.pool.generation === generation);
}

/** Whether a slice has anything for a node. Counters concern all nodes. */
function concerns({ slice, devices }: PoolSlice, node: Node): boolean {
  const { sharedCounters, nodeName, allNodes, nodeSelector, perDeviceNodeSelection } = slice.spec;
  if (sharedCounters?.length) return true;
  if (nodeName || allNodes || nodeSelector) return isPlace({ nodeName, allNodes, nodeSelector }, node);
  return perDeviceNodeSelection === true && devices.some(({ device }) => isPlace(device, node));
}

const reaches = ({ slice, device }: OfferedDevice, node: Node): boolean => slice.spec.perDeviceNodeSelection !== true || isPlace(device, node);

interface Place {
  readonly nodeName?: string | undefined;
  readonly allNodes?: boolean | undefined;
  readonly nodeSelector?: NodeSelector | undefined;
}

function isPlace({ nodeName, allNodes, nodeSelector }: Place, node: Node): boolean {
  if (nodeName) return node.metadata.name === nodeName;
  return allNodes === true || (nodeSelector !== undefined && matchesNodeSelector(nodeSelector, node));
}

function duplicateDevice(devices: readonly OfferedDevice[]): string | undefined {
  const seen = new Set<string>();
  for (const { name } of devices) {
    if (seen.has(name)) return `duplicate device name ${name}`;
    seen.add(name);
  }
  return undefined;
}

function duplicateSet(slices: readonly PoolSlice[]): string | undefined {
  const seen = new Set<string>();
  for (const { slice } of slices) {
    for (const { name } of slice.spec.sharedCounters ?? []) {
      if (seen.has(name)) return `duplicate counter set name ${name}`;
      seen.add(name);
    }
  }
  return undefined;
}

/** A device that takes from counters that are not there. */
function danglingCounter(slices: readonly PoolSlice[], withCounters: readonly PoolSlice[]): string | undefined {
  const counters = countersOf(withCounters);
  for (const { devices } of slices) {
    for (const { device } of devices) {
      for (const { counterSet, counters: taken } of device.consumesCounters ?? []) {
        const set = counters.get(counterSet);
        if (!set) return `counter set ${counterSet} not found`;
        for (const counter in taken) if (!set.has(counter)) return `counter ${counter} not found in counter set ${counterSet}`;
      }
    }
  }
  return undefined;
}

function countersOf(slices: readonly PoolSlice[]): ReadonlyMap<string, ReadonlyMap<string, bigint>> {
  const sets = new Map<string, ReadonlyMap<string, bigint>>();
  for (const { slice } of slices) {
    for (const { name, counters } of slice.spec.sharedCounters ?? [])
      sets.set(name, new Map(Object.entries(counters ?? {}).map(([counter, { value }]) => [counter, parseQuantity(value).nano])));
  }
  return sets;
}
