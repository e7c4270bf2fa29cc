import type { ContainerStats } from '../../../extension-points/runtime/contract.ts';
import { containerNameLabel, podNameLabel, podNamespaceLabel } from '../labels.ts';
import { kubeletVersion } from '../node/version.ts';
import { latestContainer } from '../pod/observed-pod.ts';
import type { NodeEndpoint } from './node-endpoint.ts';
import { nodeUsage, podStats } from './stats.ts';
import { topologyMetrics } from './topology-metrics.ts';

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timeMs?: number;
}

/** The Prometheus text format. */
export function metricsText(families: readonly Family[]): string {
  return families
    .map(
      ({ name, type, help, samples }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map((sample) => `${name}${labelsText(sample.labels)} ${sample.value}${sample.timeMs === undefined ? '' : ` ${sample.timeMs}`}\n`).join('')}`,
    )
    .join('');
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (character) => (character === '\n' ? String.raw`\n` : `\\${character}`))}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const milliseconds = (nanoseconds: bigint): number => Number(nanoseconds / 1_000_000n);
const seconds = (nanoseconds: bigint | number): number => Number(nanoseconds) / 1e9;

/** `/metrics/resource`: what metrics-server reads. */
export async function resourceMetrics(endpoint: NodeEndpoint): Promise<string> {
  const pods = await podStats(endpoint);
  const usage = nodeUsage(endpoint, pods);
  const containers = [...pods].flatMap(([uid, stats]) => stats.map((container) => ({ uid, container })));
  const podLabels = (container: ContainerStats): Record<string, string> => ({
    namespace: container.labels[podNamespaceLabel] ?? '',
    pod: container.labels[podNameLabel] ?? '',
  });
  const labels = (container: ContainerStats): Record<string, string> => ({ container: container.labels[containerNameLabel] ?? '', ...podLabels(container) });
  const startOf = (uid: string, container: ContainerStats): number =>
    (latestContainer(endpoint.observed(uid), container.labels[containerNameLabel] ?? '')?.startedAtMs ?? 0) / 1000;
  const total = (stats: readonly ContainerStats[], read: (container: ContainerStats) => bigint | undefined): number =>
    stats.reduce((sum, container) => sum + Number(read(container) ?? 0n), 0);
  return metricsText([
    {
      name: 'container_cpu_usage_seconds_total',
      type: 'counter',
      help: 'Cumulative cpu time consumed by the container in core-seconds',
      samples: containers.flatMap(({ container }) =>
        container.cpu
          ? [{ labels: labels(container), value: seconds(container.cpu.usageCoreNanoSeconds), timeMs: milliseconds(container.cpu.timestampNs) }]
          : [],
      ),
    },
    {
      name: 'container_memory_working_set_bytes',
      type: 'gauge',
      help: 'Current working set of the container in bytes',
      samples: containers.flatMap(({ container }) =>
        container.memory
          ? [{ labels: labels(container), value: Number(container.memory.workingSetBytes), timeMs: milliseconds(container.memory.timestampNs) }]
          : [],
      ),
    },
    {
      name: 'container_start_time_seconds',
      type: 'gauge',
      help: 'Start time of the container since unix epoch in seconds',
      samples: containers.map(({ uid, container }) => ({ labels: labels(container), value: startOf(uid, container) })),
    },
    {
      name: 'node_cpu_usage_seconds_total',
      type: 'counter',
      help: 'Cumulative cpu time consumed by the node in core-seconds',
      samples: [{ labels: {}, value: seconds(usage.cpuNanoSeconds) }],
    },
    {
      name: 'node_memory_working_set_bytes',
      type: 'gauge',
      help: 'Current working set of the node in bytes',
      samples: [{ labels: {}, value: usage.memoryTotalBytes - usage.memoryAvailableBytes }],
    },
    {
      name: 'pod_cpu_usage_seconds_total',
      type: 'counter',
      help: 'Cumulative cpu time consumed by the pod in core-seconds',
      samples: [...pods.values()].map((stats) => ({ labels: podLabels(stats[0]!), value: seconds(total(stats, ({ cpu }) => cpu?.usageCoreNanoSeconds)) })),
    },
    {
      name: 'pod_memory_working_set_bytes',
      type: 'gauge',
      help: 'Current working set of the pod in bytes',
      samples: [...pods.values()].map((stats) => ({ labels: podLabels(stats[0]!), value: total(stats, ({ memory }) => memory?.workingSetBytes) })),
    },
    {
      name: 'resource_scrape_error',
      type: 'gauge',
      help: '1 if there was an error while getting container metrics, 0 otherwise',
      samples: [{ labels: {}, value: 0 }],
    },
  ]);
}

/** `/metrics/cadvisor`: the few container metrics that dashboards cannot do without. */
export async function containerMetrics(endpoint: NodeEndpoint): Promise<string> {
  const containers = [...(await podStats(endpoint)).values()].flat();
  const labels = ({ id, labels: own }: ContainerStats): Record<string, string> => ({
    container: own[containerNameLabel] ?? '',
    id: `/${id}`,
    image: '',
    name: id,
    namespace: own[podNamespaceLabel] ?? '',
    pod: own[podNameLabel] ?? '',
  });
  const gauge = (name: string, help: string, read: (container: ContainerStats) => bigint | undefined): Family => ({
    name,
    type: 'gauge',
    help,
    samples: containers.flatMap((container) => {
      const value = read(container);
      return value === undefined ? [] : [{ labels: labels(container), value: Number(value) }];
    }),
  });
  return metricsText([
    {
      name: 'container_cpu_usage_seconds_total',
      type: 'counter',
      help: 'Cumulative cpu time consumed in seconds.',
      samples: containers.flatMap((container) =>
        container.cpu ? [{ labels: { ...labels(container), cpu: 'total' }, value: seconds(container.cpu.usageCoreNanoSeconds) }] : [],
      ),
    },
    gauge('container_memory_working_set_bytes', 'Current working set in bytes.', ({ memory }) => memory?.workingSetBytes),
    gauge('container_memory_usage_bytes', 'Current memory usage in bytes.', ({ memory }) => memory?.usageBytes),
    gauge('container_memory_rss', 'Size of RSS in bytes.', ({ memory }) => memory?.rssBytes),
    gauge(
      'container_fs_usage_bytes',
      'Number of bytes that are consumed by the container on this filesystem.',
      ({ writableLayer }) => writableLayer?.usedBytes,
    ),
  ]);
}

/** `/metrics`: about the agent itself. */
export function agentMetrics(endpoint: NodeEndpoint): string {
  const observed = endpoint.pods().map((pod) => endpoint.observed(pod.metadata.uid ?? ''));
  const states = Map.groupBy(
    observed.flatMap(({ containers }) => containers),
    ({ state }) => state,
  );
  const families = metricsText([
    { name: 'kubelet_node_name', type: 'gauge', help: "The node's name. The count is always 1.", samples: [{ labels: { node: endpoint.nodeName }, value: 1 }] },
    { name: 'kubernetes_build_info', type: 'gauge', help: 'What is running.', samples: [{ labels: { git_version: kubeletVersion }, value: 1 }] },
    {
      name: 'kubelet_desired_pods',
      type: 'gauge',
      help: 'The number of pods the agent is being instructed to run.',
      samples: [{ labels: {}, value: endpoint.pods().length }],
    },
    {
      name: 'kubelet_running_pods',
      type: 'gauge',
      help: 'Number of pods that have a running pod sandbox',
      samples: [{ labels: {}, value: observed.filter(({ sandboxes }) => sandboxes[0]?.state === 'ready').length }],
    },
    {
      name: 'kubelet_running_containers',
      type: 'gauge',
      help: 'Number of containers currently running',
      samples: [...states].map(([state, list]) => ({ labels: { container_state: state }, value: list.length })),
    },
    {
      name: 'process_resident_memory_bytes',
      type: 'gauge',
      help: 'Resident memory size in bytes.',
      samples: [{ labels: {}, value: process.memoryUsage.rss() }],
    },
  ]);
  return endpoint.admissionCounts ? `${families}${topologyMetrics(endpoint.admissionCounts)}` : families;
}
