import type { Pod } from '../../../api/generated/core-v1.ts';
import type { PreferredAllocationRequest } from '../../../extension-points/devices/contract.ts';
import type { DeviceChoiceReason } from '../../../extension-points/devices/decision.ts';
import type { ResourceDevices } from '../../../extension-points/devices/resource-devices.ts';
import { podUid } from '../directories.ts';
import { isSidecar } from '../resources.ts';
import { maskOfKnown, type NumaMask } from '../topology/numa-mask.ts';
import type { Allocations } from './allocations.ts';

export interface DeviceChoice {
  readonly pod: Pod;
  readonly containerName: string;
  readonly resourceName: string;
  readonly required: number;
  /** Undefined for a resource that no plugin has. */
  readonly resource: ResourceDevices | undefined;
  readonly allocations: Allocations;
  /** NUMA nodes to take devices from first. Undefined: any. */
  readonly affinity: NumaMask | undefined;
  /** Undefined when the plugin has no wishes. */
  readonly prefer: (request: PreferredAllocationRequest) => Promise<readonly string[] | undefined>;
}

export interface ChosenDevice {
  readonly id: string;
  readonly why: DeviceChoiceReason;
}

const chosen = (ids: readonly string[], why: DeviceChoiceReason): ChosenDevice[] => ids.map((id) => ({ id, why }));

/**
 * Chooses devices for a container; empty when it holds what it needs already. Order and errors are upstream's: what ordinary init containers of the pod leave behind,
 * then free devices on the NUMA nodes of the affinity, then others; among as good ones what the plugin prefers.
 */
export async function chooseDevices(choice: DeviceChoice): Promise<readonly ChosenDevice[]> {
  const { pod, containerName, resourceName, required, allocations } = choice;
  const held = allocations.get(podUid(pod), containerName, resourceName)?.devices.map(({ id }) => id);
  if (held && held.length !== required)
    throw new Error(`pod "${podUid(pod)}" container "${containerName}" changed request for resource "${resourceName}" from ${held.length} to ${required}`);
  const healthy = healthyDevices(choice);
  if (held?.some((id) => !healthy.has(id)))
    throw new Error(`previously allocated devices are no longer healthy; cannot allocate unhealthy devices ${resourceName}`);
  if (held || required === 0) return [];
  const reused = chosen(reusableDevices(choice).slice(0, required), 'Reused');
  const needed = required - reused.length;
  if (needed === 0) return reused;
  const available = [...healthy].filter((id) => allocations.ownerOf(resourceName, id) === undefined);
  if (available.length < needed)
    throw new Error(`requested number of devices unavailable for ${resourceName}. Requested: ${needed}, Available: ${available.length}`);
  const { aligned, others } = byAffinity(choice, available);
  const isEnough = needed < aligned.length;
  const certain = isEnough ? reused : [...reused, ...chosen(aligned, 'Aligned')];
  if (certain.length >= required) return certain;
  // Where enough devices are near the plugin may choose among them; else all of those are taken, and it may choose the rest.
  const open = isEnough ? aligned : others;
  const offered = isEnough ? aligned : available;
  const mustIncludeIds = certain.map(({ id }) => id);
  const preferred = new Set((await choice.prefer({ availableIds: [...new Set([...offered, ...mustIncludeIds])], mustIncludeIds, size: required })) ?? []);
  const unwished = open.filter((id) => !preferred.has(id));
  const inOrder = [
    ...chosen(
      open.filter((id) => preferred.has(id)),
      'Preferred',
    ),
    ...chosen(unwished, isEnough ? 'Aligned' : 'Available'),
  ];
  return [...certain, ...inOrder.slice(0, required - certain.length)];
}

/** Devices near to the affinity's nodes, and the others: those of other nodes in front of those that are near to none. */
function byAffinity({ resource, affinity }: DeviceChoice, available: readonly string[]): { aligned: readonly string[]; others: readonly string[] } {
  if (affinity === undefined || !resource || !hasTopology(resource)) return { aligned: [], others: available };
  const nodesOf = (id: string): readonly number[] => resource.devices.get(id)?.numaNodes ?? [];
  const aligned = available.filter((id) => (maskOfKnown(nodesOf(id)) & affinity) !== 0n);
  const rest = available.filter((id) => (maskOfKnown(nodesOf(id)) & affinity) === 0n);
  return { aligned, others: [...rest.filter((id) => nodesOf(id).length > 0), ...rest.filter((id) => nodesOf(id).length === 0)] };
}

/** Whether any device of a resource is nearer to some NUMA nodes than to others. */
export const hasTopology = (resource: ResourceDevices): boolean => [...resource.devices.values()].some(({ numaNodes }) => numaNodes.length > 0);

function healthyDevices({ resource, resourceName }: DeviceChoice): ReadonlySet<string> {
  if (!resource) throw new Error(`cannot allocate unregistered device ${resourceName}`);
  if (resource.healthy.size === 0) throw new Error(`no healthy devices present; cannot allocate unhealthy devices ${resourceName}`);
  return resource.healthy;
}

/** Ordinary init containers have ended when others run, so their devices are used again; sidecars keep theirs. */
export function reusableDevices({ pod, resourceName, allocations }: Pick<DeviceChoice, 'pod' | 'resourceName' | 'allocations'>): readonly string[] {
  const heldBy = (names: readonly string[]): string[] =>
    names.flatMap((name) => allocations.get(podUid(pod), name, resourceName)?.devices.map(({ id }) => id) ?? []);
  const init = pod.spec.initContainers ?? [];
  const kept = new Set(heldBy([...init.filter(isSidecar), ...pod.spec.containers].map(({ name }) => name)));
  return [...new Set(heldBy(init.filter((container) => !isSidecar(container)).map(({ name }) => name)))].filter((id) => !kept.has(id));
}
