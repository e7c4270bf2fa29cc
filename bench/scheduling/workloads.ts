import type { Node, Pod } from '../../src/api/generated/core-v1.ts';
import type { KubernetesObject } from '../../src/api/object.ts';
import type { NodeTemplate, PodTemplate } from './templates.ts';
import * as templates from './templates.ts';

/** How large a run of a workload is. */
export interface WorkloadSize {
  readonly nodes: number;
  /** Pods that are on the nodes, evenly, before anything is measured. */
  readonly initPods: number;
  readonly measuredPods: number;
}

/** One workload of upstream's scheduler_perf (kubernetes 1.36, test/integration/scheduler_perf). */
export interface Workload {
  readonly name: string;
  /** Upstream's name of the size. */
  readonly upstreamSize: string;
  readonly size: WorkloadSize;
  /** Pods per second that upstream's CI asks of kube-scheduler at least. */
  readonly upstreamThreshold: number;
  /** Pods per second that wherry wants, end to end. */
  readonly target: number;
  readonly node: NodeTemplate;
  readonly initPod?: (index: number) => PodTemplate;
  readonly measuredPod: (index: number) => PodTemplate;
  /** A pod like this arrives five times a second while the others are measured. */
  readonly churnPod?: PodTemplate;
  /** How many pods a node has room for, those before included. Default 40: 4 CPUs at 100m each. */
  readonly podsPerNode?: number;
  /** What must be there before nodes and pods. */
  readonly surroundings?: readonly KubernetesObject[];
}

const threeMoons = ['moon-1', 'moon-2', 'moon-3'];
const initNamespaces = Array.from({ length: 100 }, (_, index) => `init-ns-${index}`);
const devops = { team: 'devops' };
const inNamespace = (template: PodTemplate, namespace: string): PodTemplate => ({ ...template, namespace });
const two = [templates.namespace('sched-0'), templates.namespace('sched-1')];
const barOf = (index: number): Record<string, string> => ({ [`foo.com/bar-${index}`]: '1' });

export const workloads: readonly Workload[] = [
  {
    name: 'SchedulingBasic',
    upstreamSize: '5000Nodes_10000Pods',
    size: { nodes: 5_000, initPods: 1_000, measuredPods: 10_000 },
    upstreamThreshold: 680,
    target: 3_400,
    node: {},
    measuredPod: () => ({}),
  },
  {
    name: 'TopologySpreading',
    upstreamSize: '5000Nodes_5000Pods',
    size: { nodes: 5_000, initPods: 5_000, measuredPods: 5_000 },
    upstreamThreshold: 460,
    target: 2_300,
    node: { zones: threeMoons },
    measuredPod: () => templates.spreadPod,
  },
  {
    name: 'DefaultTopologySpreading',
    upstreamSize: '5000Nodes_10000Pods',
    size: { nodes: 5_000, initPods: 5_000, measuredPods: 10_000 },
    upstreamThreshold: 160,
    target: 2_000,
    node: { zones: threeMoons },
    measuredPod: () => ({ namespace: 'service-ns', labels: { app: 'scheduler-perf' }, resources: {} }),
    surroundings: [templates.namespace('service-ns'), templates.service('service-ns')],
  },
  {
    name: 'SchedulingPodAffinity',
    upstreamSize: '5000Nodes_5000Pods',
    size: { nodes: 5_000, initPods: 5_000, measuredPods: 5_000 },
    upstreamThreshold: 35,
    target: 1_000,
    node: { zones: ['zone1'] },
    initPod: () => inNamespace(templates.affinityPod, 'sched-0'),
    measuredPod: () => inNamespace(templates.affinityPod, 'sched-1'),
    surroundings: two,
  },
  {
    name: 'SchedulingPodAntiAffinity',
    upstreamSize: '5000Nodes_2000Pods',
    size: { nodes: 5_000, initPods: 1_000, measuredPods: 2_000 },
    upstreamThreshold: 60,
    target: 1_000,
    node: {},
    initPod: () => inNamespace(templates.antiAffinityPod, 'sched-0'),
    measuredPod: () => inNamespace(templates.antiAffinityPod, 'sched-1'),
    podsPerNode: 1,
    surroundings: two,
  },
  {
    name: 'RequiredPodAntiAffinityWithNSSelector',
    upstreamSize: '5000Nodes_2000Pods',
    size: { nodes: 6_000, initPods: 4_000, measuredPods: 2_000 },
    upstreamThreshold: 24,
    target: 500,
    node: {},
    initPod: (index) => inNamespace(templates.antiAffinityPodOfSelectedNamespaces, initNamespaces[index % initNamespaces.length]!),
    measuredPod: () => inNamespace(templates.antiAffinityPodOfSelectedNamespaces, 'measure-ns-0'),
    podsPerNode: 1,
    surroundings: [...initNamespaces, 'measure-ns-0'].map((name) => templates.namespace(name, devops)),
  },
  {
    name: 'SchedulingNodeAffinity',
    upstreamSize: '5000Nodes_10000Pods',
    size: { nodes: 5_000, initPods: 5_000, measuredPods: 10_000 },
    upstreamThreshold: 220,
    target: 2_500,
    node: { zones: ['zone1'] },
    initPod: () => templates.nodeAffinityPod,
    measuredPod: () => templates.nodeAffinityPod,
  },
  {
    name: 'PreemptionAsync',
    upstreamSize: '5000Nodes',
    size: { nodes: 5_000, initPods: 20_000, measuredPods: 5_000 },
    upstreamThreshold: 570,
    target: 1_700,
    node: {},
    initPod: () => templates.lowPriorityPod,
    measuredPod: () => ({}),
    podsPerNode: 8,
    churnPod: templates.highPriorityPod,
    surroundings: [templates.highPriority],
  },
  {
    name: 'Unschedulable',
    upstreamSize: '5kNodes/100Init/10kPods',
    size: { nodes: 5_000, initPods: 100, measuredPods: 10_000 },
    upstreamThreshold: 590,
    target: 2_900,
    node: {},
    measuredPod: () => ({}),
    churnPod: templates.largePod,
    surroundings: [templates.highPriority],
  },
  {
    name: 'SchedulingWithExtendedResources',
    upstreamSize: '5000pods_5000nodes',
    size: { nodes: 5_000, initPods: 0, measuredPods: 5_000 },
    upstreamThreshold: 180,
    target: 2_000,
    node: { prefix: 'scheduler-perf-extended-resource-', labels: { 'node-with-extended-resource': 'true' }, extended: barOf },
    podsPerNode: 1,
    measuredPod: (index) => ({ namespace: 'test', prefix: 'test-extended-resource-', resources: barOf(index) }),
    surroundings: [templates.namespace('test')],
  },
];

/** Throws when there is no such workload. */
export function workloadNamed(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (!found) throw new Error(`no workload is called ${name}; there are ${workloads.map((workload) => workload.name).join(', ')}`);
  return found;
}

/** Another number of nodes has as many pods per node before; and no more are measured than there is room for. */
export function sized(
  { size, podsPerNode = 40 }: Workload,
  { nodes = size.nodes, measuredPods = size.measuredPods }: { readonly nodes?: number | undefined; readonly measuredPods?: number | undefined },
): WorkloadSize {
  const initPods = Math.round((size.initPods * nodes) / size.nodes);
  return { nodes, initPods, measuredPods: Math.min(measuredPods, nodes * podsPerNode - initPods) };
}

const sixDigits = (index: number): string => String(index).padStart(6, '0');

/** The objects of one run, each made when it is asked for. */
export class WorkloadObjects {
  readonly workload: Workload;
  readonly size: WorkloadSize;

  constructor(workload: Workload, size: WorkloadSize = workload.size) {
    this.workload = workload;
    this.size = size;
  }

  *nodes(): Iterable<Node> {
    for (let index = 0; index < this.size.nodes; index++) yield templates.node(index, this.workload.node);
  }

  /** On the nodes in turn, where a scheduler that spreads would have put them. */
  *initPods(): Iterable<Pod> {
    const { initPod = (): PodTemplate => ({}), node } = this.workload;
    for (let index = 0; index < this.size.initPods; index++) {
      const nodeName = templates.node(index % this.size.nodes, node).metadata.name!;
      yield templates.pod(`init-${sixDigits(index)}`, initPod(index), nodeName);
    }
  }

  *measuredPods(): Iterable<Pod> {
    for (let index = 0; index < this.size.measuredPods; index++) yield templates.pod(`measured-${sixDigits(index)}`, this.workload.measuredPod(index));
  }

  churnPod(index: number): Pod | undefined {
    const { churnPod } = this.workload;
    return churnPod && templates.pod(`churn-${sixDigits(index)}`, churnPod);
  }
}

/** Five pods a second. */
export const churnIntervalMs = 200;

export const isMeasured = ({ metadata: { name = '' } }: Pod): boolean => name.includes('-measured-');
