import type { Pod } from '../../../api/generated/core-v1.ts';
import type { PreferredAllocationRequest } from '../../../extension-points/devices/contract.ts';
import type { ResourceDevices } from '../../../extension-points/devices/resource-devices.ts';
import { podUid } from '../directories.ts';
import { isSidecar } from '../resources.ts';
import type { Allocations } from './allocations.ts';

export interface DeviceChoice {
  readonly pod: Pod;
  readonly containerName: string;
  readonly resourceName: string;
  readonly required: number;
  /** Undefined for a resource that no plugin has. */
  readonly resource: ResourceDevices | undefined;
  readonly allocations: Allocations;
  /** Undefined when the plugin has no wishes. */
  readonly prefer: (request: PreferredAllocationRequest) => Promise<readonly string[] | undefined>;
}

/**
 * Chooses devices for a container; empty when it holds what it needs already. Order and errors are upstream's: what ordinary init containers of the pod leave behind,
 * then what the plugin prefers of the free ones, then any of them.
 */
export async function chooseDevices(choice: DeviceChoice): Promise<readonly string[]> {
  const { pod, containerName, resourceName, required, allocations } = choice;
  const held = allocations.get(podUid(pod), containerName, resourceName)?.devices.map(({ id }) => id);
  if (held && held.length !== required)
    throw new Error(`pod "${podUid(pod)}" container "${containerName}" changed request for resource "${resourceName}" from ${held.length} to ${required}`);
  const healthy = healthyDevices(choice);
  if (held?.some((id) => !healthy.has(id)))
    throw new Error(`previously allocated devices are no longer healthy; cannot allocate unhealthy devices ${resourceName}`);
  if (held || required === 0) return [];
  const reused = reusableDevices(choice).slice(0, required);
  const needed = required - reused.length;
  if (needed === 0) return reused;
  const available = [...healthy].filter((id) => allocations.ownerOf(resourceName, id) === undefined);
  if (available.length < needed)
    throw new Error(`requested number of devices unavailable for ${resourceName}. Requested: ${needed}, Available: ${available.length}`);
  const preferred = new Set((await choice.prefer({ availableIds: [...available, ...reused], mustIncludeIds: reused, size: required })) ?? []);
  const inOrder = [...available.filter((id) => preferred.has(id)), ...available.filter((id) => !preferred.has(id))];
  return [...reused, ...inOrder.slice(0, needed)];
}

function healthyDevices({ resource, resourceName }: DeviceChoice): ReadonlySet<string> {
  if (!resource) throw new Error(`cannot allocate unregistered device ${resourceName}`);
  if (resource.healthy.size === 0) throw new Error(`no healthy devices present; cannot allocate unhealthy devices ${resourceName}`);
  return resource.healthy;
}

/** Ordinary init containers have ended when others run, so their devices are used again; sidecars keep theirs. */
function reusableDevices({ pod, resourceName, allocations }: DeviceChoice): readonly string[] {
  const heldBy = (names: readonly string[]): string[] =>
    names.flatMap((name) => allocations.get(podUid(pod), name, resourceName)?.devices.map(({ id }) => id) ?? []);
  const init = pod.spec.initContainers ?? [];
  const kept = new Set(heldBy([...init.filter(isSidecar), ...pod.spec.containers].map(({ name }) => name)));
  return [...new Set(heldBy(init.filter((container) => !isSidecar(container)).map(({ name }) => name)))].filter((id) => !kept.has(id));
}
