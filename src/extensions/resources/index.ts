import type { ResourceDefinition } from '../../extension-points/resources/contract.ts';
import {
  mutatingAdmissionPolicyBindingDefinition,
  mutatingAdmissionPolicyDefinition,
  validatingAdmissionPolicyBindingDefinition,
  validatingAdmissionPolicyDefinition,
} from './admissionregistration/admission-policies.ts';
import { mutatingWebhookConfigurationDefinition, validatingWebhookConfigurationDefinition } from './admissionregistration/webhook-configurations.ts';
import { customResourceDefinitionDefinition } from './apiextensions/custom-resource-definitions.ts';
import { apiServiceDefinition } from './apiregistration/api-services.ts';
import { controllerRevisionDefinition } from './apps/controller-revisions.ts';
import { daemonSetDefinition } from './apps/daemon-sets.ts';
import { deploymentDefinition } from './apps/deployments.ts';
import { replicaSetDefinition } from './apps/replica-sets.ts';
import { statefulSetDefinition } from './apps/stateful-sets.ts';
import { reviewDefinitions } from './authorization/reviews.ts';
import { horizontalPodAutoscalerDefinition } from './autoscaling/horizontal-pod-autoscalers.ts';
import { cronJobDefinition } from './batch/cron-jobs.ts';
import { jobDefinition } from './batch/jobs.ts';
import { certificateSigningRequestDefinition } from './certificates/certificate-signing-requests.ts';
import { leaseDefinition } from './coordination/leases.ts';
import { bindingDefinition } from './core/bindings.ts';
import { componentStatusDefinition } from './core/component-statuses.ts';
import { configMapDefinition } from './core/config-maps.ts';
import { endpointsDefinition } from './core/endpoints.ts';
import { eventDefinition } from './core/events.ts';
import { limitRangeDefinition } from './core/limit-ranges.ts';
import { namespaceDefinition } from './core/namespaces.ts';
import { nodeDefinition } from './core/nodes.ts';
import { persistentVolumeClaimDefinition } from './core/persistent-volume-claims.ts';
import { persistentVolumeDefinition } from './core/persistent-volumes.ts';
import { podTemplateDefinition } from './core/pod-templates.ts';
import { podDefinition } from './core/pods.ts';
import { replicationControllerDefinition } from './core/replication-controllers.ts';
import { resourceQuotaDefinition } from './core/resource-quotas.ts';
import { secretDefinition } from './core/secrets.ts';
import { serviceAccountDefinition } from './core/service-accounts.ts';
import { serviceDefinition } from './core/services.ts';
import { endpointSliceDefinition } from './discovery/endpoint-slices.ts';
import { groupEventDefinition } from './events/events.ts';
import { flowSchemaDefinition } from './flowcontrol/flow-schemas.ts';
import { priorityLevelConfigurationDefinition } from './flowcontrol/priority-level-configurations.ts';
import { ingressClassDefinition } from './networking/ingress-classes.ts';
import { ingressDefinition } from './networking/ingresses.ts';
import { ipAddressDefinition } from './networking/ip-addresses.ts';
import { networkPolicyDefinition } from './networking/network-policies.ts';
import { serviceCidrDefinition } from './networking/service-cidrs.ts';
import { runtimeClassDefinition } from './node/runtime-classes.ts';
import { podDisruptionBudgetDefinition } from './policy/pod-disruption-budgets.ts';
import { clusterRoleBindingDefinition, roleBindingDefinition } from './rbac/role-bindings.ts';
import { clusterRoleDefinition, roleDefinition } from './rbac/roles.ts';
import { deviceClassDefinition } from './resource/device-classes.ts';
import { resourceClaimDefinition, resourceClaimTemplateDefinition } from './resource/resource-claims.ts';
import { resourceSliceDefinition } from './resource/resource-slices.ts';
import { priorityClassDefinition } from './scheduling/priority-classes.ts';
import { csiDriverDefinition } from './storage/csi-drivers.ts';
import { csiNodeDefinition } from './storage/csi-nodes.ts';
import { csiStorageCapacityDefinition } from './storage/csi-storage-capacities.ts';
import { storageClassDefinition } from './storage/storage-classes.ts';
import { volumeAttachmentDefinition } from './storage/volume-attachments.ts';
import { volumeAttributesClassDefinition } from './storage/volume-attributes-classes.ts';

/** One definition for every resource of the catalogue, in its order. Make one list per server: services keep the addresses they have given out. */
export function builtInResources(): ResourceDefinition[] {
  return [
    bindingDefinition(),
    componentStatusDefinition(),
    configMapDefinition(),
    endpointsDefinition(),
    eventDefinition(),
    limitRangeDefinition(),
    namespaceDefinition(),
    nodeDefinition(),
    persistentVolumeClaimDefinition(),
    persistentVolumeDefinition(),
    podDefinition(),
    podTemplateDefinition(),
    replicationControllerDefinition(),
    resourceQuotaDefinition(),
    secretDefinition(),
    serviceAccountDefinition(),
    serviceDefinition(),
    apiServiceDefinition(),
    controllerRevisionDefinition(),
    daemonSetDefinition(),
    deploymentDefinition(),
    replicaSetDefinition(),
    statefulSetDefinition(),
    groupEventDefinition(),
    ...reviewDefinitions(),
    horizontalPodAutoscalerDefinition(),
    cronJobDefinition(),
    jobDefinition(),
    certificateSigningRequestDefinition(),
    ingressClassDefinition(),
    ingressDefinition(),
    ipAddressDefinition(),
    networkPolicyDefinition(),
    serviceCidrDefinition(),
    podDisruptionBudgetDefinition(),
    clusterRoleBindingDefinition(),
    clusterRoleDefinition(),
    roleBindingDefinition(),
    roleDefinition(),
    csiDriverDefinition(),
    csiNodeDefinition(),
    csiStorageCapacityDefinition(),
    storageClassDefinition(),
    volumeAttachmentDefinition(),
    volumeAttributesClassDefinition(),
    mutatingAdmissionPolicyDefinition(),
    mutatingAdmissionPolicyBindingDefinition(),
    mutatingWebhookConfigurationDefinition(),
    validatingAdmissionPolicyDefinition(),
    validatingAdmissionPolicyBindingDefinition(),
    validatingWebhookConfigurationDefinition(),
    customResourceDefinitionDefinition(),
    priorityClassDefinition(),
    leaseDefinition(),
    runtimeClassDefinition(),
    endpointSliceDefinition(),
    flowSchemaDefinition(),
    priorityLevelConfigurationDefinition(),
    deviceClassDefinition(),
    resourceClaimDefinition(),
    resourceClaimTemplateDefinition(),
    resourceSliceDefinition(),
  ];
}
