import type { Pod } from '../../../api/generated/core-v1.ts';
import { nameOf } from '../../../api/object.ts';
import type { DevicePlugins } from '../../../extension-points/devices/run.ts';
import { podUid } from '../directories.ts';
import type { Allocations } from './allocations.ts';

/** Of one resource of a node: its plugins, the one that is asked first in front, and its devices with who holds them. */
export interface DeviceResourceReport {
  readonly resource: string;
  /** Sockets, or where else the plugins came from. Empty: the plugin has gone. */
  readonly plugins: readonly string[];
  readonly devices: readonly DeviceReport[];
}

export interface DeviceReport {
  readonly id: string;
  /** `Unknown`: no plugin lists the device, but a pod holds it. */
  readonly health: 'Healthy' | 'Unhealthy' | 'Unknown';
  readonly numaNodes: readonly number[];
  /** Containers of one pod may share a device when they never run together. */
  readonly heldBy?: { readonly namespace: string; readonly pod: string; readonly uid: string; readonly containers: readonly string[]; readonly since?: string };
}

/** What `wherry devices` shows of a node. */
export function reportDevices(plugins: DevicePlugins, allocations: Allocations, pods: readonly Pod[]): readonly DeviceResourceReport[] {
  const names = new Set([...plugins.resourceNames(), ...allocations.resourceNames()]);
  const byUid = new Map(pods.map((pod) => [podUid(pod), pod]));
  return [...names].sort().map((resource) => {
    const state = plugins.resource(resource);
    const held = heldDevices(resource, allocations, byUid);
    const ids = new Set([...(state?.devices.keys() ?? []), ...held.keys()]);
    return {
      resource,
      plugins: plugins.originsOf(resource),
      devices: [...ids].map((id) => {
        const known = state?.devices.get(id);
        const heldBy = held.get(id);
        return {
          id,
          health: !known ? 'Unknown' : state!.healthy.has(id) ? 'Healthy' : 'Unhealthy',
          numaNodes: known?.numaNodes ?? [],
          ...(heldBy ? { heldBy } : {}),
        };
      }),
    };
  });
}

function heldDevices(resource: string, allocations: Allocations, pods: ReadonlyMap<string, Pod>): Map<string, NonNullable<DeviceReport['heldBy']>> {
  const held = new Map<string, NonNullable<DeviceReport['heldBy']>>();
  for (const { podUid: uid, containerName, resourceName, devices } of allocations.all()) {
    if (resourceName !== resource) continue;
    const pod = pods.get(uid);
    const since = pod?.status?.startTime;
    for (const { id } of devices) {
      const containers = [...(held.get(id)?.containers ?? []), containerName];
      held.set(id, { namespace: pod?.metadata.namespace ?? '', pod: pod ? nameOf(pod) : '', uid, containers, ...(since ? { since } : {}) });
    }
  }
  return held;
}
