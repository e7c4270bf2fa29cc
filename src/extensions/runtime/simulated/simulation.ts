import type { ContainerImage, ResourceList, Taint } from '../../../api/generated/core-v1.ts';

/** What a simulated cluster consists of and what its pods do. Written as YAML or JSON, see the README; `readSimulation` reads it. */
export interface Simulation {
  readonly region: string;
  readonly zones: readonly string[];
  /** Mixed in proportion to their shares. */
  readonly nodes: readonly NodeKind[];
  /** The first that matches a pod says how its containers behave; annotations of the pod say it better. */
  readonly pods: readonly PodRule[];
}

export interface NodeKind {
  readonly name: string;
  /** How many of its kind there are, relative to the others. */
  readonly share: number;
  readonly instanceType: string;
  readonly capacity: ResourceList;
  /** Default: what is left of the capacity after huge pages and what a node keeps for itself. */
  readonly allocatable?: ResourceList;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly images: readonly ContainerImage[];
}

/** Seconds, or a range of them in which each container gets its own. */
export type Seconds = number | readonly [least: number, most: number];

export interface PodRule {
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly startSeconds?: Seconds;
  readonly runSeconds?: Seconds;
  readonly exitCode?: number;
  readonly exitReason?: string;
  /** The share of containers, 0 to 1, that end with `exitCode` (1 if it is not given); the others end with 0. */
  readonly failureShare?: number;
}

const image = (name: string, megabytes: number): ContainerImage => ({ names: [name], sizeBytes: megabytes * 1_000_000 });
const pause = image('registry.k8s.io/pause:3.10', 1);
const usual = [image('docker.io/library/nginx:1.29', 72), image('docker.io/library/redis:8', 52), pause];
const gpuProduct = 'NVIDIA-H100-80GB-HBM3';
const resources = (cpu: number, memoryGibibytes: number, more: ResourceList = {}): ResourceList => ({
  cpu: String(cpu),
  memory: `${memoryGibibytes}Gi`,
  'ephemeral-storage': '200Gi',
  pods: '110',
  ...more,
});
const kind = (name: string, share: number, instanceType: string, capacity: ResourceList, more: Partial<NodeKind> = {}): NodeKind => ({
  ...{ name, share, instanceType, capacity, labels: {}, taints: [], images: usual },
  ...more,
});

/** What a large simulated cluster is when nobody says otherwise: a region of three zones, five kinds of machines, one in twenty with GPUs that must be tolerated. */
export const usualSimulation: Simulation = {
  region: 'simulated-1',
  zones: ['simulated-1a', 'simulated-1b', 'simulated-1c'],
  nodes: [
    kind('general', 12, 'general.8x32', resources(8, 32)),
    kind('compute', 3, 'compute.16x32', resources(16, 32)),
    kind('large', 2, 'general.32x128', resources(32, 128)),
    kind('memory', 2, 'memory.8x64', resources(8, 64, { 'hugepages-2Mi': '4Gi' })),
    kind('gpu', 1, 'gpu.96x1024', resources(96, 1_024, { 'nvidia.com/gpu': '8', 'hugepages-1Gi': '64Gi' }), {
      labels: { 'nvidia.com/gpu.product': gpuProduct, 'nvidia.com/gpu.count': '8' },
      taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
      images: [image('nvcr.io/nvidia/pytorch:25.09-py3', 9_800), ...usual],
    }),
  ],
  pods: [],
};
