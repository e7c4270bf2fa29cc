import { type AdminCredentials, requireCluster } from './cluster-client.ts';
import { dataDirectoryOf } from './directories.ts';
import { fetchJson } from './fetch-json.ts';
import { table } from './table.ts';

/** As the agent's `/devices` answers. */
interface ResourceReport {
  readonly resource: string;
  readonly plugins: readonly string[];
  readonly devices: readonly {
    readonly id: string;
    readonly health: string;
    readonly numaNodes: readonly number[];
    readonly heldBy?: {
      readonly namespace: string;
      readonly pod: string;
      readonly uid: string;
      readonly containers: readonly string[];
      readonly since?: string;
    };
  }[];
}

interface NodeReport {
  readonly node: string;
  readonly resources: readonly ResourceReport[];
}

/** Lists the devices of all nodes: plugin, health, NUMA node, and which container holds each since when. Simulated nodes have none. */
export async function listDevices(options: { dataDir?: string; output: 'table' | 'json' }): Promise<void> {
  const nodes = await readDevices(requireCluster(dataDirectoryOf(options)));
  process.stdout.write(options.output === 'json' ? `${JSON.stringify(nodes, null, 2)}\n` : devicesTable(nodes, Date.now()));
}

async function readDevices(cluster: { url: string; admin: AdminCredentials; isSimulated: boolean }): Promise<NodeReport[]> {
  if (cluster.isSimulated) return [];
  const { items } = await fetchJson<{ items: { metadata: { name: string } }[] }>(cluster, '/api/v1/nodes');
  return Promise.all(
    items.map(async ({ metadata: { name } }) => ({
      node: name,
      resources: await fetchJson<ResourceReport[]>(cluster, `/api/v1/nodes/${encodeURIComponent(name)}/proxy/devices`),
    })),
  );
}

/** The table people see; a line says so when there is nothing in it. */
export function devicesTable(nodes: readonly NodeReport[], nowMs: number): string {
  const rows = nodes.flatMap(({ node, resources }) =>
    resources.flatMap(({ resource, plugins, devices }) => {
      const plugin = plugins[0] ?? 'gone';
      if (devices.length === 0) return [[node, resource, plugin, '', '', '', '', '']];
      return devices.map(({ id, health, numaNodes, heldBy }) => [
        node,
        resource,
        plugin,
        id,
        health,
        numaNodes.join(',') || '-',
        heldBy ? `${heldBy.namespace}/${heldBy.pod || heldBy.uid} ${heldBy.containers.join(',')}` : '-',
        heldBy?.since ? ageText(nowMs - Date.parse(heldBy.since)) : '-',
      ]);
    }),
  );
  if (rows.length === 0) return 'no device plugin has registered\n';
  return table(['NODE', 'RESOURCE', 'PLUGIN', 'DEVICE', 'HEALTH', 'NUMA', 'HELD BY', 'SINCE'], rows);
}

/** `5s`, `12m`, `3h`, `2d`. */
function ageText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
