import type { DaemonSet } from '../../../api/generated/apps-v1.ts';
import type { Node, Pod, PodSpec, PodTemplateSpec, Toleration } from '../../../api/generated/core-v1.ts';
import { matchesRequiredNodeAffinity } from '../../../extension-points/scheduling/node-selector.ts';
import { findUntolerated } from '../../../extension-points/scheduling/tolerations.ts';

export const hashLabel = 'controller-revision-hash';
const generationLabel = 'pod-template-generation';
const generationAnnotation = 'deprecated.daemonset.template.generation';

/** What daemons stand by default: their node need not be in order. */
const tolerated: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const toleratedOnHostNetwork: Toleration = { key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' };

/** Whether a node is to have a pod of the set, and whether one that is there may stay: a taint that came later does not drive it out unless it says NoExecute. */
export interface Fit {
  readonly shouldRun: boolean;
  readonly mayStay: boolean;
}

const never: Fit = { shouldRun: false, mayStay: false };

/** Rule: upstream's `NodeShouldRunDaemonPod`. Resources of the node do not count: what does not fit waits, or makes room. */
export function fitOf({ spec: { template } }: DaemonSet, node: Node): Fit {
  const spec = template.spec ?? { containers: [] };
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return never;
  if (!matchesRequiredNodeAffinity({ metadata: {}, spec }, node)) return never;
  const tolerations = tolerationsOf(spec);
  const { taints } = node.spec ?? {};
  if (!findUntolerated(taints, tolerations, ['NoSchedule', 'NoExecute'])) return { shouldRun: true, mayStay: true };
  return { shouldRun: false, mayStay: !findUntolerated(taints, tolerations, ['NoExecute']) };
}

/** The set's template with the marks of its revision, and what daemons tolerate. */
export function daemonTemplate({ metadata, spec }: DaemonSet, hash: string): PodTemplateSpec {
  const { template } = spec;
  const generation = metadata.annotations?.[generationAnnotation];
  const labels = { ...template.metadata?.labels, ...(generation && /^\d+$/.test(generation) ? { [generationLabel]: generation } : {}), [hashLabel]: hash };
  return { metadata: { ...template.metadata, labels }, spec: { ...template.spec!, tolerations: tolerationsOf(template.spec!) } };
}

/** The scheduler binds it to this node, and to no other. */
export function boundTo(pod: Pod, nodeName: string): Pod {
  const nodeSelectorTerms = [{ matchFields: [{ key: 'metadata.name', operator: 'In' as const, values: [nodeName] }] }];
  const { affinity } = pod.spec;
  const nodeAffinity = { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } };
  return { ...pod, spec: { ...pod.spec, affinity: { ...affinity, nodeAffinity } } };
}

/** The node a pod is on, or waits for. */
export function nodeOf({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  for (const { matchFields } of spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []) {
    const field = matchFields?.find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    if (field?.values?.length === 1) return field.values[0];
  }
  return undefined;
}

/** Whether a pod is of the current template: by the hash of its revision, or as the deprecated generation says. */
export function isUpdated({ metadata: { labels } }: Pod, { metadata: { annotations } }: DaemonSet, hash: string): boolean {
  const generation = annotations?.[generationAnnotation];
  return labels?.[hashLabel] === hash || (generation !== undefined && labels?.[generationLabel] === generation);
}

/** Those that are bound first, then the oldest. Rule: upstream's `podByCreationTimestampAndPhase`. */
export function oldestFirst(pods: readonly Pod[]): Pod[] {
  const before = (left: Pod, right: Pod): number =>
    Number(Boolean(right.spec.nodeName)) - Number(Boolean(left.spec.nodeName)) ||
    compareText(left.metadata.creationTimestamp ?? '', right.metadata.creationTimestamp ?? '') ||
    compareText(left.metadata.name ?? '', right.metadata.name ?? '');
  return pods.toSorted(before);
}

function tolerationsOf({ tolerations = [], hostNetwork }: PodSpec): Toleration[] {
  const result = [...tolerations];
  for (const wanted of hostNetwork ? [...tolerated, toleratedOnHostNetwork] : tolerated) {
    const index = result.findIndex((own) => isSameMatch(own, wanted));
    if (index >= 0) result[index] = wanted;
    else result.push(wanted);
  }
  return result;
}

const isSameMatch = (left: Toleration, right: Toleration): boolean =>
  left.key === right.key && left.effect === right.effect && left.operator === right.operator && (left.value ?? '') === (right.value ?? '');

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
