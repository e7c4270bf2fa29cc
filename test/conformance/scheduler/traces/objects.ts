import type { Node, Pod, PodSpec } from '../../../../src/api/generated/core-v1.ts';
import type { PriorityClass } from '../../../../src/api/generated/scheduling-v1.ts';
import type { KubernetesObject } from '../../../../src/api/object.ts';

export interface NodeParts {
  readonly labels?: Readonly<Record<string, string>>;
  readonly zone?: string;
  readonly resources?: Readonly<Record<string, string>>;
  readonly taints?: readonly { key: string; value?: string; effect: string }[];
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** A ready node of 4 CPUs, 8 GiB and 10 pods. */
export function node(name: string, { labels, zone, resources, taints = [], spec, status }: NodeParts = {}): Node {
  const allocatable = { cpu: '4', memory: '8Gi', pods: '10', ...resources };
  const zoned = zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone };
  return {
    ...{
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name, ...zoned, ...labels } },
      spec: { taints: [...taints], ...spec },
    },
    status: { capacity: allocatable, allocatable, conditions: [{ type: 'Ready', status: 'True' }], ...status },
  } as Node;
}

export interface PodParts extends Partial<PodSpec> {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly requests?: Readonly<Record<string, string>>;
  readonly on?: string;
  readonly startTime?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A pod of one container. `on` is a node that it is on without a scheduler's doing. */
export function pod(name: string, { namespace, labels, requests, on, startTime, metadata, ...spec }: PodParts = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(namespace ? { namespace } : {}), ...(labels ? { labels: { ...labels } } : {}), ...metadata },
    spec: {
      containers: [{ name: 'main', image: 'app', ...(requests ? { resources: { requests: { ...requests }, ...limitsOf(requests) } } : {}) }],
      ...(on ? { nodeName: on } : {}),
      ...spec,
    },
    ...(startTime ? { status: { startTime } } : {}),
  };
}

/** The API wants limits where nothing may be overcommitted. */
function limitsOf(requests: Readonly<Record<string, string>>): { limits?: Record<string, string> } {
  const limits = Object.entries(requests).filter(([name]) => name.includes('/') || name.startsWith('hugepages-'));
  return limits.length > 0 ? { limits: Object.fromEntries(limits) } : {};
}

export const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { ...labels } },
});

export const priorityClass = (name: string, value: number, more: Partial<PriorityClass> = {}): PriorityClass => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  ...more,
});
