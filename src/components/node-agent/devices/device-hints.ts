import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import type { ResourceDevices } from '../../../extension-points/devices/resource-devices.ts';
import type { DevicePlugins } from '../../../extension-points/devices/run.ts';
import { podUid } from '../directories.ts';
import { isClaimed } from '../dynamic-resources/pod-claims.ts';
import { quantityValue } from '../quantities.ts';
import type { ResourceHints, TopologyHint } from '../topology/contract.ts';
import { countOf, maskOf, maskOfKnown, masksOver, type NumaMask } from '../topology/numa-mask.ts';
import { podPeak } from '../topology/pod-peak.ts';
import { containersOf } from '../topology/topology-manager.ts';
import type { Allocations } from './allocations.ts';
import { hasTopology, reusableDevices } from './choose-devices.ts';

export interface DeviceHintParts {
  readonly allocations: Allocations;
  readonly plugins: DevicePlugins;
  /** Of the machine. */
  readonly numaNodes: readonly number[];
}

/** From which NUMA nodes a container could have its devices. */
export function containerDeviceHints(pod: Pod, container: Container, parts: DeviceHintParts): ResourceHints {
  const { allocations } = parts;
  const requests = deviceRequests(pod, [container], parts).map((name) => [name, quantityValue(container.resources?.limits?.[name])] as const);
  return hintsOf(requests, parts, (resourceName) => ({
    held: allocations.get(podUid(pod), container.name, resourceName)?.devices.map(({ id }) => id) ?? [],
    reusable: reusableDevices({ pod, resourceName, allocations }),
  }));
}

/** The same for all containers of a pod together. */
export function podDeviceHints(pod: Pod, parts: DeviceHintParts): ResourceHints {
  const { allocations } = parts;
  const requests = deviceRequests(pod, containersOf(pod), parts).map(
    (name) => [name, podPeak(pod, (container) => (isClaimed(pod, container.name, name) ? 0 : quantityValue(container.resources?.limits?.[name])))] as const,
  );
  return hintsOf(requests, parts, (resourceName) => ({
    held: [...new Set(containersOf(pod).flatMap(({ name }) => allocations.get(podUid(pod), name, resourceName)?.devices.map(({ id }) => id) ?? []))],
    reusable: [],
  }));
}

function deviceRequests(pod: Pod, containers: readonly Container[], { plugins, allocations }: DeviceHintParts): string[] {
  const names = new Set(
    containers.flatMap(({ name, resources }) => Object.keys(resources?.limits ?? {}).filter((resource) => !isClaimed(pod, name, resource))),
  );
  return [...names].filter((name) => plugins.resource(name) !== undefined || allocations.countInUse(name) > 0);
}

interface KnownDevices {
  readonly held: readonly string[];
  readonly reusable: readonly string[];
}

function hintsOf(
  requests: readonly (readonly [string, number])[],
  { plugins, allocations, numaNodes }: DeviceHintParts,
  known: (resourceName: string) => KnownDevices,
): ResourceHints {
  return new Map(
    requests.map(([name, count]) => {
      const resource = plugins.resource(name);
      if (!resource || !hasTopology(resource)) return [name, undefined];
      const { held, reusable } = known(name);
      if (held.length > 0) return [name, held.length === count ? deviceHints(resource, held, [], count, numaNodes) : []];
      const available = [...resource.healthy].filter((id) => allocations.ownerOf(name, id) === undefined);
      if (new Set([...available, ...reusable]).size < count) return [name, []];
      return [name, deviceHints(resource, available, reusable, count, numaNodes)];
    }),
  );
}

/** The sets of NUMA nodes that have as many devices, all reusable ones among them; preferred are those that are no more nodes than the request ever needs. */
function deviceHints(
  resource: ResourceDevices,
  available: readonly string[],
  reusable: readonly string[],
  count: number,
  machineNodes: readonly number[],
): TopologyHint[] {
  const { devices } = resource;
  const all = countByNodes([...devices.keys()], devices);
  const free = countByNodes(available, devices);
  const reused = countByNodes(reusable, devices);
  reused.delete(0n); // near to no node: they do not bind the others
  // A plugin may name nodes that the machine does not have.
  const withDevices = machineNodes.filter((node) => nearTo(all, maskOf([node])) > 0);
  const nodes = withDevices.length > 0 ? withDevices : machineNodes;
  const masks = masksOver(nodes);
  const fewest = Math.min(nodes.length, ...masks.filter((affinity) => nearTo(all, affinity) >= count).map(countOf));
  const mustHave = total(reused);
  return masks
    .filter((affinity) => nearTo(reused, affinity) === mustHave && mustHave + nearTo(free, affinity) >= count)
    .map((affinity) => ({ affinity, isPreferred: countOf(affinity) === fewest }));
}

/** There may be thousands of devices, but they are near to few different sets of nodes. */
type DeviceCounts = Map<NumaMask, number>;

function countByNodes(ids: readonly string[], devices: ResourceDevices['devices']): DeviceCounts {
  const counts: DeviceCounts = new Map();
  for (const id of ids) {
    const mask = maskOfKnown(devices.get(id)?.numaNodes ?? []);
    counts.set(mask, (counts.get(mask) ?? 0) + 1);
  }
  return counts;
}

const total = (counts: DeviceCounts): number => [...counts.values()].reduce((sum, count) => sum + count, 0);
const nearTo = (counts: DeviceCounts, affinity: NumaMask): number =>
  [...counts].reduce((sum, [mask, count]) => sum + ((mask & affinity) === 0n ? 0 : count), 0);
