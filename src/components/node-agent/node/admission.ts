import type { Node, Pod, ResourceList, Taint, Toleration } from '../../../api/generated/core-v1.ts';
import { nameOf } from '../../../api/object.ts';
import { isStaticPod } from '../directories.ts';
import { withoutClaimed } from '../dynamic-resources/pod-claims.ts';
import type { AdmissionRefusal } from '../pod/pod-services.ts';
import { quantityMilli, quantityValue } from '../quantities.ts';
import { allContainers, isExtendedResource, podRequest, requestedResources } from '../resources.ts';
import { matchesNodeAffinity } from './node-affinity.ts';

/** Whether a pod fits this node beside those that are already there; upstream's checks, order, reasons and messages. */
export function admitPod(pod: Pod, node: Node, others: readonly Pod[]): AdmissionRefusal | undefined {
  return refuseOs(pod) ?? refuseGroupsPolicy(pod, node) ?? refuseResources(pod, node.status?.allocatable ?? {}, others) ?? refusePredicates(pod, node, others);
}

/** Whether a pod that runs here fits with other resources than it was admitted with: never on this node, not beside the others, or now. */
export function fitOfResize(pod: Pod, node: Node, others: readonly Pod[]): { kind: 'fits' } | { kind: 'infeasible' | 'deferred'; message: string } {
  const allocatable = node.status?.allocatable ?? {};
  const alone = refuseResources(pod, allocatable, []);
  if (alone) return { kind: 'infeasible', message: alone.message.replace('enough resource', 'enough capacity').replace(/, used: \d+/, '') };
  const beside = refuseResources(pod, allocatable, others);
  return beside ? { kind: 'deferred', message: beside.message } : { kind: 'fits' };
}

function refuseOs(pod: Pod): AdmissionRefusal | undefined {
  const label = pod.metadata.labels?.['kubernetes.io/os'];
  if (label !== undefined && label !== 'linux')
    return { reason: 'PodOSSelectorNodeLabelDoesNotMatch', message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label" };
  if (pod.spec.os && pod.spec.os.name !== 'linux') return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  return undefined;
}

function refuseGroupsPolicy(pod: Pod, node: Node): AdmissionRefusal | undefined {
  if (pod.spec.securityContext?.supplementalGroupsPolicy !== 'Strict' || node.status?.features?.supplementalGroupsPolicy) return undefined;
  return { reason: 'SupplementalGroupsPolicyNotSupported', message: 'SupplementalGroupsPolicy=Strict is not supported in this node' };
}

const amountOf = (resource: string, value: string | number | undefined): number => (resource === 'cpu' ? quantityMilli(value) : quantityValue(value));

function refuseResources(asking: Pod, allocatable: ResourceList, besides: readonly Pod[]): AdmissionRefusal | undefined {
  const [pod, others] = [withoutClaimed(asking), besides.map(withoutClaimed)];
  const maximumPods = quantityValue(allocatable['pods']);
  if (others.length + 1 > maximumPods) return insufficient('pods', 1, others.length, maximumPods);
  for (const resource of inOrderOfChecks(requestedResources(pod))) {
    // A resource the node does not know may be one that the cluster as a whole hands out.
    if (isExtendedResource(resource) && allocatable[resource] === undefined) continue;
    const requested = podRequest(pod, resource);
    if (requested === 0) continue;
    const used = others.reduce((sum, other) => sum + podRequest(other, resource), 0);
    const capacity = amountOf(resource, allocatable[resource]);
    if (used + requested > capacity) return insufficient(resource, requested, used, capacity);
  }
  return undefined;
}

/** What every node has is missed first; the refusal names one resource only. */
const inOrderOfChecks = (names: ReadonlySet<string>): readonly string[] => [...new Set([...checkedFirst.filter((name) => names.has(name)), ...names])];
const checkedFirst = ['cpu', 'memory', 'ephemeral-storage'];

const insufficient = (resource: string, requested: number, used: number, capacity: number): AdmissionRefusal => ({
  reason: `OutOf${resource}`,
  message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
});

function refusePredicates(pod: Pod, node: Node, others: readonly Pod[]): AdmissionRefusal | undefined {
  const failed = (name: string, description: string): AdmissionRefusal => ({ reason: name, message: `Predicate ${name} failed: ${description}` });
  if (!matchesNodeAffinity(pod, node)) return failed('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  if (pod.spec.nodeName && pod.spec.nodeName !== nameOf(node)) return failed('NodeName', "node(s) didn't match the requested node name");
  if (hasPortConflict(pod, others)) return failed('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  const taints = (node.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  if (!isStaticPod(pod) && taints.some((taint) => !(pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint))))
    return failed('TaintToleration', "node(s) had taints that the pod didn't tolerate");
  return undefined;
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (!toleration.key && toleration.operator !== 'Exists') return false;
  switch (toleration.operator ?? 'Equal') {
    case 'Exists':
      return true;
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '');
    case 'Lt':
      return Number(taint.value) < Number(toleration.value);
    case 'Gt':
      return Number(taint.value) > Number(toleration.value);
  }
}

/** Two pods may share a port number when protocol or address differ. */
function hasPortConflict(pod: Pod, others: readonly Pod[]): boolean {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return false;
  const taken = others.flatMap(hostPorts);
  return wanted.some((port) =>
    taken.some(
      (other) => other.port === port.port && other.protocol === port.protocol && (other.ip === port.ip || other.ip === '0.0.0.0' || port.ip === '0.0.0.0'),
    ),
  );
}

const hostPorts = (pod: Pod): { port: number; protocol: string; ip: string }[] =>
  allContainers(pod)
    .flatMap(({ ports = [] }) => ports)
    .filter(({ hostPort }) => hostPort)
    .map(({ hostPort, protocol = 'TCP', hostIP }) => ({ port: hostPort!, protocol, ip: hostIP || '0.0.0.0' }));
