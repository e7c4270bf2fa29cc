import type { Pod } from '../../../api/generated/core-v1.ts';
import { nameOf } from '../../../api/object.ts';
import type { ConnectedPlugin, PluginAbsence, PluginRoute } from '../../../extension-points/devices/connected-plugin.ts';
import type { DevicePlugins } from '../../../extension-points/devices/run.ts';
import { timeText } from '../../../kernel/clock.ts';
import { podUid } from '../directories.ts';
import type { Allocations } from './allocations.ts';

/** Of one resource of a node: its plugins, the one that is asked first in front, and its devices with who holds them. Times are RFC 3339. */
export interface DeviceResourceReport {
  readonly resource: string;
  /** As the node's status shows them. */
  readonly capacity: number;
  readonly allocatable: number;
  /** Empty: `absence` says why. */
  readonly plugins: readonly PluginReport[];
  readonly absence?: { readonly state: PluginAbsence['state']; readonly since: string; readonly graceEnds: string; readonly error?: string };
  readonly devices: readonly DeviceReport[];
}

export interface PluginReport {
  readonly name: string;
  /** Its socket, or where else it came from. */
  readonly origin: string;
  readonly route: PluginRoute;
  readonly connectedSince: string;
  /** Whether it has listed its devices yet. */
  readonly hasListed: boolean;
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
  const names = new Set([...plugins.resourceNames(), ...plugins.forgottenNames(), ...allocations.resourceNames()]);
  const byUid = new Map(pods.map((pod) => [podUid(pod), pod]));
  return [...names].sort().map((resource) => {
    const state = plugins.resource(resource);
    const held = heldDevices(resource, allocations, byUid);
    const ids = new Set([...(state?.devices.keys() ?? []), ...held.keys()]);
    const absence = plugins.absenceOf(resource);
    return {
      resource,
      capacity: state?.capacity ?? 0,
      allocatable: state?.healthy.size ?? 0,
      plugins: plugins.pluginsOf(resource).map(pluginReport),
      ...(absence ? { absence: absenceReport(absence) } : {}),
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

const pluginReport = ({ name, origin, route, connectedAtMs, hasListed }: ConnectedPlugin): PluginReport => ({
  name,
  origin,
  route,
  connectedSince: timeText(connectedAtMs),
  hasListed,
});

const absenceReport = ({ state, sinceMs, graceEndsAtMs, error }: PluginAbsence): NonNullable<DeviceResourceReport['absence']> => ({
  state,
  since: timeText(sinceMs),
  graceEnds: timeText(graceEndsAtMs),
  ...(error === undefined ? {} : { error }),
});

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
