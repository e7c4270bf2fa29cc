import { readFileSync } from 'node:fs';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import type { KubernetesList } from '../../api/object.ts';
import { requireCluster } from './cluster-client.ts';
import { isDataDirectory } from './data-directory.ts';
import { dataDirectoryOf } from './directories.ts';
import type { Distribution } from './distribution.ts';
import { fetchJson } from './fetch-json.ts';
import { runningCluster } from './run-file.ts';
import { sizeText, table } from './table.ts';

/** Prints what runs. Exit code 0 when the cluster is ready, 1 when it is not, 3 when none runs (as `systemctl status`). */
export async function status(distribution: Distribution, options: { dataDir?: string; output: 'table' | 'json' }): Promise<number> {
  const dataDirectory = dataDirectoryOf(options);
  if (!runningCluster(dataDirectory)) {
    const containers = isDataDirectory(dataDirectory) ? await distribution.countContainers(dataDirectory) : 0;
    const text =
      containers > 0
        ? `wherry does not run on ${dataDirectory}, but ${containers} of its containers ${containers === 1 ? 'does' : 'do'}; take over with: wherry up, or stop everything with: wherry down\n`
        : `no cluster runs on ${dataDirectory}; start one with: wherry up\n`;
    process.stdout.write(options.output === 'json' ? `${JSON.stringify({ running: false, ...(containers > 0 ? { containers } : {}) })}\n` : text);
    return 3;
  }
  const cluster = requireCluster(dataDirectory);
  const [ready, nodes, pods] = await Promise.all([
    fetchJson<string>(cluster, '/readyz').then(
      (text) => text === 'ok',
      () => false,
    ),
    fetchJson<KubernetesList<Node>>(cluster, '/api/v1/nodes'),
    fetchJson<KubernetesList<Pod>>(cluster, '/api/v1/pods'),
  ]);
  const nodeLines = nodes.items.map((node) => describeNode(node, pods.items));
  const summary = {
    running: true,
    ready,
    url: cluster.url,
    pid: cluster.pid,
    dataDirectory,
    startedAt: cluster.startedAt,
    simulated: cluster.isSimulated,
    memoryBytes: residentBytes(cluster.pid),
    nodes: nodeLines,
    pods: pods.items.length,
  };
  if (options.output === 'json') process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
  else process.stdout.write(render(summary));
  return ready && nodeLines.every((node) => node.ready) ? 0 : 1;
}

interface NodeLine {
  readonly name: string;
  readonly ready: boolean;
  readonly pods: number;
  readonly runtime: string;
}
interface Summary {
  readonly ready: boolean;
  readonly url: string;
  readonly pid: number;
  readonly dataDirectory: string;
  readonly startedAt: string;
  readonly memoryBytes: number;
  readonly nodes: readonly NodeLine[];
}

function describeNode(node: Node, pods: readonly Pod[]): NodeLine {
  return {
    name: node.metadata.name ?? '',
    ready: node.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false,
    pods: pods.filter((pod) => pod.spec.nodeName === node.metadata.name).length,
    runtime: node.status?.nodeInfo?.containerRuntimeVersion ?? '',
  };
}

function render(summary: Summary): string {
  const minutes = Math.floor((Date.now() - Date.parse(summary.startedAt)) / 60_000);
  const memory = summary.memoryBytes > 0 ? `, ${sizeText(summary.memoryBytes)} of memory` : '';
  const shown = summary.nodes.slice(0, 20).map((node) => [node.name, node.ready ? 'Ready' : 'NotReady', String(node.pods), node.runtime]);
  const rest = summary.nodes.length > 20 ? `… and ${summary.nodes.length - 20} more nodes\n` : '';
  return `${summary.url} is ${summary.ready ? 'ready' : 'not ready'} (pid ${summary.pid}, up ${minutes} min${memory})\ndata in ${summary.dataDirectory}\n\n${table(['NODE', 'STATUS', 'PODS', 'RUNTIME'], shown)}${rest}`;
}

/** Resident memory of a process; 0 where /proc is missing. */
function residentBytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // no /proc
  }
}
