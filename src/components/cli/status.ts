import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Event, Node, Pod } from '../../api/generated/core-v1.ts';
import type { KubernetesList } from '../../api/object.ts';
import { requireCluster } from './cluster-client.ts';
import { isDataDirectory } from './data-directory.ts';
import { dataDirectoryOf } from './directories.ts';
import type { Distribution } from './distribution.ts';
import { fetchJson } from './fetch-json.ts';
import { runningCluster } from './run-file.ts';
import { type NodeSummary, type StatusSummary, statusText, type WarningSummary } from './status-text.ts';

export type StatusOutput = 'table' | 'json' | 'yaml';

/** Prints what runs. Exit code 0 when the cluster is ready, 1 when it is not, 3 when none runs (as `systemctl status`). */
export async function status(distribution: Distribution, options: { dataDir?: string; output: StatusOutput }): Promise<number> {
  const dataDirectory = dataDirectoryOf(options);
  if (!runningCluster(dataDirectory)) {
    const containers = isDataDirectory(dataDirectory) ? await distribution.countContainers(dataDirectory) : 0;
    const text =
      containers > 0
        ? `wherry does not run on ${dataDirectory}, but ${containers} of its containers ${containers === 1 ? 'does' : 'do'}; take over with: wherry up, or stop everything with: wherry down\n`
        : `no cluster runs on ${dataDirectory}; start one with: wherry up\n`;
    const summary = { running: false, ...(containers > 0 ? { containers } : {}) } as const;
    process.stdout.write(options.output === 'table' ? text : await printed(summary, options.output));
    return 3;
  }
  const cluster = requireCluster(dataDirectory);
  const [ready, nodes, pods, events] = await Promise.all([
    fetchJson<string>(cluster, '/readyz').then(
      (text) => text === 'ok',
      () => false,
    ),
    fetchJson<KubernetesList<Node>>(cluster, '/api/v1/nodes'),
    fetchJson<KubernetesList<Pod>>(cluster, '/api/v1/pods'),
    fetchJson<KubernetesList<Event>>(cluster, `/api/v1/events?fieldSelector=type%3DWarning&limit=${mostEvents}`),
  ]);
  const summary: StatusSummary = {
    running: true,
    ready,
    url: cluster.url,
    pid: cluster.pid,
    dataDirectory,
    startedAt: cluster.startedAt,
    simulated: cluster.isSimulated,
    memoryBytes: residentBytes(cluster.pid),
    storeBytes: storeBytes(dataDirectory),
    nodes: nodes.items.map((node) => describeNode(node, pods.items)),
    pods: pods.items.length,
    podsByPhase: countPhases(pods.items),
    warnings: recentWarnings(events.items, Date.now()),
  };
  process.stdout.write(await printed(summary, options.output));
  return ready && summary.nodes.every((node) => node.ready) ? 0 : 1;
}

const mostEvents = 500;
const recentMs = 3_600_000;

async function printed(summary: StatusSummary | { readonly running: false; readonly containers?: number }, output: StatusOutput): Promise<string> {
  if (output === 'json') return `${summary.running ? JSON.stringify(summary, null, 2) : JSON.stringify(summary)}\n`;
  if (output === 'yaml') return (await import('../../extension-points/commands/printers/yaml-text.ts')).yamlText(summary);
  return summary.running ? statusText(summary, Date.now()) : '';
}

function describeNode(node: Node, pods: readonly Pod[]): NodeSummary {
  return {
    name: node.metadata.name ?? '',
    ready: node.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false,
    pods: pods.filter((pod) => pod.spec.nodeName === node.metadata.name).length,
    runtime: node.status?.nodeInfo?.containerRuntimeVersion ?? '',
  };
}

/** By name of the phase. */
function countPhases(pods: readonly Pod[]): Record<string, number> {
  const groups = Map.groupBy(pods, ({ status }) => status?.phase ?? 'Unknown');
  return Object.fromEntries([...groups].map(([phase, group]) => [phase, group.length] as const).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function recentWarnings(events: readonly Event[], nowMs: number): WarningSummary[] {
  return events
    .map((event) => ({
      time: event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '',
      namespace: event.involvedObject.namespace ?? '',
      object: `${(event.involvedObject.kind ?? '').toLowerCase()}/${event.involvedObject.name ?? ''}`,
      reason: event.reason ?? '',
      message: event.message ?? '',
      count: event.series?.count ?? event.count ?? 1,
    }))
    .filter(({ time }) => Date.parse(time) > nowMs - recentMs)
    .sort((left, right) => Date.parse(right.time) - Date.parse(left.time));
}

/** The database and what is not yet part of it; 0 where there are none. */
const storeBytes = (dataDirectory: string): number =>
  ['store.db', 'store.db-wal'].reduce((sum, name) => sum + (statSync(join(dataDirectory, name), { throwIfNoEntry: false })?.size ?? 0), 0);

/** Resident memory of a process; 0 where /proc is missing. */
function residentBytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // no /proc
  }
}
