import type { Node } from '../../api/generated/core-v1.ts';
import { nameOf } from '../../api/object.ts';
import { type AdminCredentials, requireCluster } from './cluster-client.ts';
import { dataDirectoryOf } from './directories.ts';
import { fetchJson } from './fetch-json.ts';

/** Who holds something, and since when the node has had the pod (RFC 3339). */
export interface Holder {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly since?: string;
}

export interface ReportedDevice {
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
}

export interface ReportedResource {
  readonly resource: string;
  readonly capacity: number;
  readonly allocatable: number;
  /** The one that is asked first in front. */
  readonly plugins: readonly {
    readonly name: string;
    readonly origin: string;
    readonly route: string;
    readonly connectedSince: string;
    readonly hasListed: boolean;
  }[];
  /** Why there is no plugin. */
  readonly absence?: { readonly state: 'Gone' | 'Awaited' | 'GivenUp'; readonly since: string; readonly graceEnds: string; readonly error?: string };
  readonly devices: readonly ReportedDevice[];
}

export interface ReportedHugePages {
  readonly resource: string;
  readonly pageBytes: number;
  readonly pages: number;
  readonly freePages: number;
  readonly numaNodes: readonly { readonly node: number; readonly pages: number; readonly freePages: number }[];
}

/** As the agent's `/devices` answers. */
export interface DeviceReport {
  readonly resources: readonly ReportedResource[];
  readonly drivers: readonly { readonly driver: string; readonly endpoint: string; readonly isConnected: boolean }[];
  readonly claims: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly devices: readonly { readonly driver: string; readonly pool: string; readonly device: string; readonly cdiDevices: readonly string[] }[];
    readonly heldBy: readonly Holder[];
  }[];
  readonly hugePages: readonly ReportedHugePages[];
  readonly cpus: { readonly allocatable: string; readonly exclusive: readonly (Holder & { readonly cpus: string })[] };
  readonly pluginDirectory: string;
}

/** What is known of one node's devices. `Simulated` nodes have numbers in their status and nobody who hands out devices; `Unreachable` ones do not answer now. */
export interface NodeDevices extends Partial<DeviceReport> {
  readonly node: string;
  readonly state: 'Reached' | 'Unreachable' | 'Simulated';
  /** Why it cannot be reached. */
  readonly error?: string;
  /** Of extended resources and huge pages, as the Node's status shows them. */
  readonly status: { readonly capacity: Readonly<Record<string, string>>; readonly allocatable: Readonly<Record<string, string>> };
}

type Cluster = { readonly url: string; readonly admin: AdminCredentials };

/** Asks every node; those that do not answer are among the answers. Throws when no cluster runs. */
export async function readDevices(options: { readonly dataDir?: string }): Promise<readonly NodeDevices[]> {
  const cluster = requireCluster(dataDirectoryOf(options));
  const { items } = await fetchJson<{ items: Node[] }>(cluster, '/api/v1/nodes');
  return Promise.all(items.map((node) => readNodeDevices(node, (path) => fetchJson<DeviceReport>(cluster satisfies Cluster, path))));
}

/** Asks one node, by a function that GETs a path of the API server. */
export async function readNodeDevices(node: Node, fetch: (path: string) => Promise<DeviceReport>): Promise<NodeDevices> {
  const known = { node: nameOf(node), status: deviceStatus(node) };
  if (isSimulated(node)) return { ...known, state: 'Simulated' };
  try {
    return { ...known, state: 'Reached', ...(await fetch(`/api/v1/nodes/${encodeURIComponent(known.node)}/proxy/devices`)) };
  } catch (error) {
    return { ...known, state: 'Unreachable', error: (error as Error).message };
  }
}

const isSimulated = ({ status }: Node): boolean => status?.nodeInfo?.kernelVersion === 'simulated';

function deviceStatus({ status }: Node): NodeDevices['status'] {
  const ofDevices = (list: Readonly<Record<string, string | number>> = {}): Record<string, string> =>
    Object.fromEntries(
      Object.entries(list)
        .filter(([name]) => name.includes('/') || name.startsWith('hugepages-'))
        .map(([name, value]) => [name, String(value)]),
    );
  return { capacity: ofDevices(status?.capacity), allocatable: ofDevices(status?.allocatable) };
}
