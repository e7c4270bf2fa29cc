import { groupResource } from '../../../api/resource-type.ts';
import type { ServedResource } from '../../../extension-points/commands/discovery/contract.ts';

/** What pods read when they start; nothing that a server decides about other objects hangs on it. */
const quietResources = new Set([
  'configmaps',
  'secrets',
  'services',
  'endpoints',
  'endpointslices.discovery.k8s.io',
  'persistentvolumeclaims',
  'ingresses.networking.k8s.io',
  'networkpolicies.networking.k8s.io',
  'horizontalpodautoscalers.autoscaling',
  'poddisruptionbudgets.policy',
]);

const workloads = new Set([
  'pods',
  'replicationcontrollers',
  'deployments.apps',
  'daemonsets.apps',
  'replicasets.apps',
  'statefulsets.apps',
  'jobs.batch',
  'cronjobs.batch',
]);

/**
 * Whether an object may be sent while an earlier one is not answered yet. Objects of one type may; others only where no server makes one depend on the other: a namespace, a
 * definition, a policy, a quota, an account or anything unknown is there before what stands behind it in the file, and what pods read is there before the pods.
 */
export function mayOverlap(earlier: ServedResource, later: ServedResource): boolean {
  const [first, second] = [groupResource(earlier), groupResource(later)];
  if (first === second) return true;
  if (quietResources.has(second)) return quietResources.has(first) || workloads.has(first);
  return workloads.has(second) && workloads.has(first);
}
