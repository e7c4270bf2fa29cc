import type { ResourceType } from '../../../api/resource-type.ts';
import type { KindDescriber } from './contract.ts';

// biome-ignore lint/suspicious/noExplicitAny: describers of all kinds stand in one table
type AnyDescriber = KindDescriber<any, any>;

/** The kinds that have a description of their own, by `Kind` or `Kind.group`. Each is loaded when one is described. */
const describers: Readonly<Record<string, () => Promise<AnyDescriber>>> = {
  Pod: async () => (await import('./kinds/pod.ts')).podDescriber,
  ReplicationController: async () => (await import('./kinds/replication-controller.ts')).replicationControllerDescriber,
  Secret: async () => (await import('./kinds/secret.ts')).secretDescriber,
  Service: async () => (await import('./kinds/service.ts')).serviceDescriber,
  ServiceAccount: async () => (await import('./kinds/service-account.ts')).serviceAccountDescriber,
  Node: async () => (await import('./kinds/node.ts')).nodeDescriber,
  LimitRange: async () => (await import('./kinds/limit-range.ts')).limitRangeDescriber,
  ResourceQuota: async () => (await import('./kinds/resource-quota.ts')).resourceQuotaDescriber,
  PersistentVolume: async () => (await import('./kinds/persistent-volume.ts')).persistentVolumeDescriber,
  PersistentVolumeClaim: async () => (await import('./kinds/persistent-volume-claim.ts')).persistentVolumeClaimDescriber,
  Namespace: async () => (await import('./kinds/namespace.ts')).namespaceDescriber,
  Endpoints: async () => (await import('./kinds/endpoints.ts')).endpointsDescriber,
  ConfigMap: async () => (await import('./kinds/config-map.ts')).configMapDescriber,
  'EndpointSlice.discovery.k8s.io': async () => (await import('./kinds/endpoint-slice.ts')).endpointSliceDescriber,
  'HorizontalPodAutoscaler.autoscaling': async () => (await import('./kinds/horizontal-pod-autoscaler.ts')).horizontalPodAutoscalerDescriber,
  'Ingress.networking.k8s.io': async () => (await import('./kinds/ingress.ts')).ingressDescriber,
  'IngressClass.networking.k8s.io': async () => (await import('./kinds/ingress-class.ts')).ingressClassDescriber,
  'ServiceCIDR.networking.k8s.io': async () => (await import('./kinds/service-cidr.ts')).serviceCidrDescriber,
  'IPAddress.networking.k8s.io': async () => (await import('./kinds/ip-address.ts')).ipAddressDescriber,
  'NetworkPolicy.networking.k8s.io': async () => (await import('./kinds/network-policy.ts')).networkPolicyDescriber,
  'Job.batch': async () => (await import('./kinds/job.ts')).jobDescriber,
  'CronJob.batch': async () => (await import('./kinds/cron-job.ts')).cronJobDescriber,
  'StatefulSet.apps': async () => (await import('./kinds/stateful-set.ts')).statefulSetDescriber,
  'Deployment.apps': async () => (await import('./kinds/deployment.ts')).deploymentDescriber,
  'DaemonSet.apps': async () => (await import('./kinds/daemon-set.ts')).daemonSetDescriber,
  'ReplicaSet.apps': async () => (await import('./kinds/replica-set.ts')).replicaSetDescriber,
  'CertificateSigningRequest.certificates.k8s.io': async () => (await import('./kinds/certificate-signing-request.ts')).certificateSigningRequestDescriber,
  'StorageClass.storage.k8s.io': async () => (await import('./kinds/storage-class.ts')).storageClassDescriber,
  'CSINode.storage.k8s.io': async () => (await import('./kinds/csi-node.ts')).csiNodeDescriber,
  'VolumeAttributesClass.storage.k8s.io': async () => (await import('./kinds/volume-attributes-class.ts')).volumeAttributesClassDescriber,
  'PodDisruptionBudget.policy': async () => (await import('./kinds/pod-disruption-budget.ts')).podDisruptionBudgetDescriber,
  'Role.rbac.authorization.k8s.io': async () => (await import('./kinds/role.ts')).roleDescriber,
  'ClusterRole.rbac.authorization.k8s.io': async () => (await import('./kinds/role.ts')).clusterRoleDescriber,
  'RoleBinding.rbac.authorization.k8s.io': async () => (await import('./kinds/role-binding.ts')).roleBindingDescriber,
  'ClusterRoleBinding.rbac.authorization.k8s.io': async () => (await import('./kinds/role-binding.ts')).clusterRoleBindingDescriber,
  'PriorityClass.scheduling.k8s.io': async () => (await import('./kinds/priority-class.ts')).priorityClassDescriber,
};

/** Who describes objects of a resource. */
export async function describerFor(resource: ResourceType): Promise<AnyDescriber> {
  const name = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
  const load = Object.hasOwn(describers, name) ? describers[name] : undefined;
  if (load) return load();
  const { genericDescriber } = await import('./kinds/generic.ts');
  return genericDescriber(resource);
}
