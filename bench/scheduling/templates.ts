import type { Namespace, Node, Pod, PodSpec, Service } from '../../src/api/generated/core-v1.ts';
import type { PriorityClass } from '../../src/api/generated/scheduling-v1.ts';

/** What the templates of upstream's scheduler_perf say, as functions: the shapes that its workloads are made of. */

export interface NodeTemplate {
  readonly prefix?: string;
  /** Values of `topology.kubernetes.io/zone`, given to the nodes in turn. */
  readonly zones?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** What a node has beside 4 CPUs, 32 GiB and room for 110 pods. */
  readonly extended?: (index: number) => Readonly<Record<string, string>>;
}

/** A Ready node that no agent looks after. */
export function node(index: number, { prefix = 'scheduler-perf-', zones, labels, extended }: NodeTemplate = {}): Node {
  const name = `${prefix}${String(index).padStart(5, '0')}`;
  const capacity = { cpu: '4', memory: '32Gi', pods: '110', ...extended?.(index) };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { ...labels, 'kubernetes.io/hostname': name, ...(zones ? { 'topology.kubernetes.io/zone': zones[index % zones.length]! } : {}) },
    },
    spec: {},
    status: { capacity, allocatable: capacity, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

export interface PodTemplate {
  readonly prefix?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Requests and limits of the one container. Default 100m and 500Mi; `{}`: none. */
  readonly resources?: Readonly<Record<string, string>>;
  readonly hasLimits?: boolean;
  readonly spec?: Partial<PodSpec>;
}

/** A pod of one container that pauses. `nodeName` puts it on a node without a scheduler. */
export function pod(name: string, template: PodTemplate = {}, nodeName?: string): Pod {
  const { namespace = 'default', labels, resources = { cpu: '100m', memory: '500Mi' }, hasLimits = true, spec } = template;
  const asked = Object.keys(resources).length === 0 ? {} : { resources: { requests: resources, ...(hasLimits ? { limits: resources } : {}) } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${template.prefix ?? 'pod-'}${name}`, namespace, ...(labels ? { labels } : {}) },
    spec: {
      containers: [{ name: 'pause', image: 'registry.k8s.io/pause:3.10.2', ports: [{ containerPort: 80 }], ...asked }],
      ...spec,
      ...(nodeName === undefined ? {} : { nodeName }),
    },
  };
}

export const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
  spec: {},
});

/** Upstream's templates give the number itself, with the admission plugin that refuses that turned off. */
export const highPriority: PriorityClass = {
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name: 'high-priority' },
  value: 10,
};

/** Selects the pods labelled `app: scheduler-perf` of its namespace. */
export const service = (inNamespace: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'service', namespace: inNamespace },
  spec: { selector: { app: 'scheduler-perf' }, ports: [{ protocol: 'TCP', port: 80, targetPort: 8000 }] },
});

export const spreadPod: PodTemplate = {
  prefix: 'spreading-pod-',
  labels: { color: 'blue' },
  spec: {
    topologySpreadConstraints: [
      { maxSkew: 5, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { color: 'blue' } } },
    ],
  },
};

const ofBothNamespaces = { namespaces: ['sched-1', 'sched-0'] };

export const affinityPod: PodTemplate = {
  prefix: 'affinity-pod-',
  labels: { color: 'blue' },
  spec: {
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { color: 'blue' } }, topologyKey: 'topology.kubernetes.io/zone', ...ofBothNamespaces },
        ],
      },
    },
  },
};

const antiAffinity = (which: object): PodTemplate => ({
  prefix: 'anti-affinity-pod-',
  labels: { color: 'green' },
  spec: {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { color: 'green' } }, topologyKey: 'kubernetes.io/hostname', ...which },
        ],
      },
    },
  },
});
export const antiAffinityPod = antiAffinity(ofBothNamespaces);
export const antiAffinityPodOfSelectedNamespaces = antiAffinity({ namespaceSelector: { matchLabels: { team: 'devops' } } });

export const nodeAffinityPod: PodTemplate = {
  prefix: 'node-affinity-',
  spec: {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['zone1', 'zone2'] }] }],
        },
      },
    },
  },
};

export const lowPriorityPod: PodTemplate = { resources: { cpu: '900m', memory: '500Mi' }, spec: { terminationGracePeriodSeconds: 0 } };

export const highPriorityPod: PodTemplate = {
  prefix: 'pod-high-priority-',
  resources: { cpu: '3000m', memory: '500Mi' },
  spec: { priorityClassName: 'high-priority' },
};

/** Fits on no node. */
export const largePod: PodTemplate = {
  prefix: 'pod-h-',
  resources: { cpu: '9', memory: '500Mi' },
  hasLimits: false,
  spec: { priorityClassName: 'high-priority' },
};
