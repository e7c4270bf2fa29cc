import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { ClusterOptions } from '../components/cli/distribution.ts';

/** Which nodes a cluster gets, decided before anything starts. */
export interface NodePlan {
  readonly names: readonly string[];
  readonly isSimulated: boolean;
  /** What the nodes' agents are reached by. */
  readonly address: string;
  /** Range of pod addresses; each node has a part of it. */
  readonly clusterCidr: string;
  podCidr(index: number): string;
  /** The node's end of the pod network, by which pods reach the API server; `''` for simulated nodes. */
  readonly apiServerAddressForPods: string;
}

/** One node of this machine's name, or simulated ones called `node-1`, `node-2`, … */
export function planNodes(options: Pick<ClusterOptions, 'dataDirectory' | 'nodes' | 'simulate'>): NodePlan {
  if (options.simulate) {
    const names = Array.from({ length: options.nodes }, (_, index) => `node-${index + 1}`);
    // 10.0.0.0/8 in parts of 256 addresses: more nodes than anyone simulates.
    const podCidr = (index: number): string => `10.${128 + Math.floor(index / 256)}.${index % 256}.0/24`;
    return { names, isSimulated: true, address: '127.0.0.1', clusterCidr: '10.128.0.0/9', podCidr, apiServerAddressForPods: '' };
  }
  const range = podRange(options.dataDirectory);
  return {
    names: [nodeName()],
    isSimulated: false,
    address: hostAddress(),
    clusterCidr: `${range}.0/24`,
    podCidr: () => `${range}.0/24`,
    apiServerAddressForPods: `${range}.1`,
  };
}

/** The host name as Kubernetes allows node names: lower case, DNS-1123. */
function nodeName(): string {
  const name = hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return name === '' ? 'node' : name.slice(0, 63);
}

/** The first address of this machine that is not its loopback's nor of a bridge that pods of some cluster hang on. */
function hostAddress(): string {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (/^(?:lo|docker|cni|wherry|veth|br-|virbr)/.test(name)) continue;
    const found = addresses?.find((candidate) => candidate.family === 'IPv4' && !candidate.internal);
    if (found) return found.address;
  }
  return '127.0.0.1';
}

/** The first three parts of the node's pod range. Chosen once per data directory, so that clusters on one machine differ and an address stays good over restarts. */
function podRange(dataDirectory: string): string {
  const file = join(dataDirectory, 'pod-range');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const taken = new Set(
    Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address.split('.').slice(0, 3).join('.')) ?? []),
  );
  const hash = createHash('sha256').update(dataDirectory).digest();
  for (let tries = 0; ; tries++) {
    const range = `10.${128 + ((hash[0]! + tries) % 112)}.${hash[1]!}`;
    if (taken.has(range) && tries < 112) continue;
    writeFileSync(file, `${range}\n`, { mode: 0o600 });
    return range;
  }
}

/** Eight hexadecimal digits that stand for a data directory in names on the machine. */
export const shortHash = (dataDirectory: string): string => createHash('sha256').update(dataDirectory).digest('hex').slice(0, 8);
