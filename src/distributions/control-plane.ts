import { usualVerbs } from '../api/catalogue.ts';
import { resourcequotas } from '../api/generated/resource-types.ts';
import type { ResourceType } from '../api/resource-type.ts';
import type { Client } from '../client/client.ts';
import type { AdmissionPlugin } from '../extension-points/admission/contract.ts';
import type { ObservableLookup } from '../extension-points/admission/lookup.ts';
import type { Authenticator } from '../extension-points/authentication/contract.ts';
import type { ServiceAccountIssuer } from '../extension-points/authentication/service-account-issuer.ts';
import type { AuthorizationAttributes, AuthorizationDecision } from '../extension-points/authorization/contract.ts';
import type { Controller } from '../extension-points/controllers/contract.ts';
import type { DiscoverResources } from '../extension-points/controllers/served-resources.ts';
import type { ResourceDefinition } from '../extension-points/resources/contract.ts';
import type { SchedulingPluginFactory } from '../extension-points/scheduling/contract.ts';
import { createCertificateApproval } from '../extensions/admission/certificate-approval/certificate-approval.ts';
import { createCertificateSigning } from '../extensions/admission/certificate-signing/certificate-signing.ts';
import { certificateSubjectRestriction } from '../extensions/admission/certificate-subject-restriction/certificate-subject-restriction.ts';
import { createDefaultStorageClass } from '../extensions/admission/default-storage-class/default-storage-class.ts';
import { createDefaultTolerationSeconds } from '../extensions/admission/default-toleration-seconds/default-toleration-seconds.ts';
import { createLimitRanger } from '../extensions/admission/limit-ranger/limit-ranger.ts';
import { createNamespaceLifecycle } from '../extensions/admission/namespace-lifecycle/namespace-lifecycle.ts';
import { createNodeRestriction } from '../extensions/admission/node-restriction/node-restriction.ts';
import { createPriority } from '../extensions/admission/priority/priority.ts';
import { createResourceQuota } from '../extensions/admission/resource-quota/resource-quota.ts';
import { createRuntimeClass } from '../extensions/admission/runtime-class/runtime-class.ts';
import { createServiceAccountAdmission } from '../extensions/admission/service-account/service-account.ts';
import { storageObjectInUseProtection } from '../extensions/admission/storage-object-in-use-protection/storage-object-in-use-protection.ts';
import { taintNodesByCondition } from '../extensions/admission/taint-nodes-by-condition/taint-nodes-by-condition.ts';
import { createBootstrapTokenAuthenticator } from '../extensions/authentication/bootstrap-token/bootstrap-token.ts';
import { clientCertificate } from '../extensions/authentication/client-certificate/client-certificate.ts';
import { createServiceAccountAuthenticator } from '../extensions/authentication/service-account/service-account.ts';
import { createRbacEscalationCheck } from '../extensions/authorization/rbac/escalation-check.ts';
import type { RbacAuthorizer } from '../extensions/authorization/rbac/rbac.ts';
import { bootstrapSignerController } from '../extensions/controllers/bootstrap-signer/bootstrap-signer.ts';
import { certificateController } from '../extensions/controllers/certificate/certificate.ts';
import { claimProtectionController } from '../extensions/controllers/claim-protection/claim-protection.ts';
import { clusterRoleAggregationController } from '../extensions/controllers/cluster-role-aggregation/cluster-role-aggregation.ts';
import { cronJobController } from '../extensions/controllers/cron-job/cron-job.ts';
import { daemonSetController } from '../extensions/controllers/daemon-set/daemon-set.ts';
import { deploymentController } from '../extensions/controllers/deployment/deployment.ts';
import { deviceTaintEvictionController } from '../extensions/controllers/device-taint-eviction/device-taint-eviction.ts';
import { disruptionController } from '../extensions/controllers/disruption/disruption.ts';
import { endpointSliceController } from '../extensions/controllers/endpoint-slice/endpoint-slice.ts';
import { endpointsController } from '../extensions/controllers/endpoints/endpoints.ts';
import { ephemeralVolumeController } from '../extensions/controllers/ephemeral-volume/ephemeral-volume.ts';
import { garbageCollectorController } from '../extensions/controllers/garbage-collector/garbage-collector.ts';
import { jobController } from '../extensions/controllers/job/job.ts';
import { ttlAfterFinishedController } from '../extensions/controllers/job/ttl-after-finished.ts';
import { namespaceController } from '../extensions/controllers/namespace/namespace.ts';
import { nodeLifecycleController } from '../extensions/controllers/node-lifecycle/node-lifecycle.ts';
import { persistentVolumeBinderController } from '../extensions/controllers/persistent-volume-binder/persistent-volume-binder.ts';
import { podGarbageCollectorController } from '../extensions/controllers/pod-garbage-collector/pod-garbage-collector.ts';
import { replicaSetController } from '../extensions/controllers/replica-set/replica-set.ts';
import { resourceClaimController } from '../extensions/controllers/resource-claim/resource-claim.ts';
import { resourceQuotaController } from '../extensions/controllers/resource-quota/resource-quota.ts';
import { rootCaController } from '../extensions/controllers/root-ca/root-ca.ts';
import { serviceAccountController } from '../extensions/controllers/service-account/service-account.ts';
import { tokenCleanerController } from '../extensions/controllers/token-cleaner/token-cleaner.ts';
import { volumeAttributesClassProtectionController } from '../extensions/controllers/volume-attributes-class-protection/volume-attributes-class-protection.ts';
import { volumeProtectionController } from '../extensions/controllers/volume-protection/volume-protection.ts';
import { decisionResources } from '../extensions/resources/decisions/index.ts';
import { builtInResources } from '../extensions/resources/index.ts';
import capacityScheduling from '../extensions/scheduling/capacity-scheduling/capacity-scheduling.ts';
import coscheduling from '../extensions/scheduling/coscheduling/coscheduling.ts';
import defaultBinder from '../extensions/scheduling/default-binder/default-binder.ts';
import defaultPreemption from '../extensions/scheduling/default-preemption/default-preemption.ts';
import dynamicResources from '../extensions/scheduling/dynamic-resources/dynamic-resources.ts';
import imageLocality from '../extensions/scheduling/image-locality/image-locality.ts';
import interPodAffinity from '../extensions/scheduling/inter-pod-affinity/inter-pod-affinity.ts';
import nodeAffinity from '../extensions/scheduling/node-affinity/node-affinity.ts';
import nodeName from '../extensions/scheduling/node-name/node-name.ts';
import nodePorts from '../extensions/scheduling/node-ports/node-ports.ts';
import nodeResourcesBalancedAllocation from '../extensions/scheduling/node-resources-balanced-allocation/node-resources-balanced-allocation.ts';
import nodeResourcesFit from '../extensions/scheduling/node-resources-fit/node-resources-fit.ts';
import nodeUnschedulable from '../extensions/scheduling/node-unschedulable/node-unschedulable.ts';
import nodeVolumeLimits from '../extensions/scheduling/node-volume-limits/node-volume-limits.ts';
import podTopologySpread from '../extensions/scheduling/pod-topology-spread/pod-topology-spread.ts';
import prioritySort from '../extensions/scheduling/priority-sort/priority-sort.ts';
import schedulingGates from '../extensions/scheduling/scheduling-gates/scheduling-gates.ts';
import taintToleration from '../extensions/scheduling/taint-toleration/taint-toleration.ts';
import volumeBinding from '../extensions/scheduling/volume-binding/volume-binding.ts';
import volumeRestrictions from '../extensions/scheduling/volume-restrictions/volume-restrictions.ts';
import volumeZone from '../extensions/scheduling/volume-zone/volume-zone.ts';
import type { Clock } from '../kernel/clock.ts';
import type { ExtensionPoint } from '../kernel/extension-point.ts';

/** One line of a list below: the name an extension has in its point, and the extension. */
export type Listed<Contract> = { readonly name: string; readonly implementation: Contract };

export interface AdmissionParts {
  readonly lookup: ObservableLookup;
  readonly clock: Clock;
  readonly rbac: RbacAuthorizer;
  /** Asks the whole chain of authorizers. */
  readonly authorize: (attributes: AuthorizationAttributes, signal: AbortSignal) => Promise<AuthorizationDecision>;
  /** Writes as the API server itself. Not called before the server serves. */
  readonly ownClient: () => Client;
}

/** Every kind of Kubernetes that is served, and those that tell of decisions. */
export const resources = (): readonly Listed<ResourceDefinition>[] =>
  [...builtInResources(), ...decisionResources()].map((definition) => ({
    name: definition.group === '' ? definition.resource : `${definition.resource}.${definition.group}`,
    implementation: definition,
  }));

/** Asked in this order: who has a certificate needs no token. Options add others, see `access.ts`. */
export const authenticators = ({
  issuer,
  lookup,
  clock,
}: {
  readonly issuer: ServiceAccountIssuer;
  readonly lookup: ObservableLookup;
  readonly clock: Clock;
}): readonly Listed<Authenticator>[] => [
  { name: 'client-certificate', implementation: clientCertificate },
  { name: 'service-account', implementation: createServiceAccountAuthenticator({ issuer }) },
  { name: 'bootstrap-token', implementation: createBootstrapTokenAuthenticator({ lookup, clock }) },
];

/** In upstream's order of admission plugins. */
export const admissionPlugins = ({ lookup, clock, rbac, authorize, ownClient }: AdmissionParts): readonly Listed<AdmissionPlugin>[] => [
  { name: 'namespace-lifecycle', implementation: createNamespaceLifecycle({ lookup }) },
  { name: 'limit-ranger', implementation: createLimitRanger({ lookup }) },
  { name: 'service-account', implementation: createServiceAccountAdmission({ lookup, clock }) },
  { name: 'node-restriction', implementation: createNodeRestriction({ lookup, authorize }) },
  { name: 'taint-nodes-by-condition', implementation: taintNodesByCondition },
  { name: 'priority', implementation: createPriority({ lookup }) },
  { name: 'default-toleration-seconds', implementation: createDefaultTolerationSeconds({}) },
  { name: 'default-storage-class', implementation: createDefaultStorageClass({ lookup }) },
  { name: 'storage-object-in-use-protection', implementation: storageObjectInUseProtection },
  { name: 'runtime-class', implementation: createRuntimeClass({ lookup }) },
  { name: 'certificate-approval', implementation: createCertificateApproval({ authorize }) },
  { name: 'certificate-signing', implementation: createCertificateSigning({ authorize }) },
  { name: 'certificate-subject-restriction', implementation: certificateSubjectRestriction },
  { name: 'rbac-escalation-check', implementation: createRbacEscalationCheck({ lookup, rbac, authorize }) },
  // Last: what it charges is not given back when another plugin refuses.
  {
    name: 'resource-quota',
    implementation: createResourceQuota({
      lookup,
      clock,
      updateStatus: (quota) => ownClient().replace(resourcequotas, quota, { subresource: 'status' }),
    }),
  },
];

export interface ControllerParts {
  readonly discover: DiscoverResources;
  /** Signs certificates of the cluster, PEM. */
  readonly certificateAuthority: { readonly certificatePem: string; readonly privateKeyPem: string };
  /** Longest life of a certificate that is signed on request. Default: a year. */
  readonly signingMs?: number | undefined;
}

/** Named as upstream's controllers, whose service accounts they act as. */
export const controllers = ({ discover, certificateAuthority, signingMs }: ControllerParts): readonly Listed<Controller>[] =>
  [
    serviceAccountController(),
    rootCaController({ certificateAuthority: certificateAuthority.certificatePem }),
    certificateController({ authority: certificateAuthority, ...(signingMs === undefined ? {} : { maximumLifeMs: signingMs }) }),
    bootstrapSignerController(),
    tokenCleanerController(),
    namespaceController({ discover }),
    nodeLifecycleController(),
    resourceQuotaController({ discover }),
    replicaSetController(),
    deploymentController(),
    daemonSetController(),
    disruptionController({ discover }),
    jobController(),
    cronJobController(),
    ttlAfterFinishedController(),
    endpointSliceController(),
    endpointsController(),
    podGarbageCollectorController(),
    persistentVolumeBinderController(),
    claimProtectionController(),
    volumeProtectionController(),
    volumeAttributesClassProtectionController(),
    ephemeralVolumeController(),
    resourceClaimController(),
    deviceTaintEvictionController(),
    clusterRoleAggregationController(),
    garbageCollectorController({ discover }),
  ].map((controller) => ({ name: controller.name, implementation: controller }));

/**
 * Scheduling plugins by their names in a KubeSchedulerConfiguration. Which of them are on by default, their order and weights:
 * `extension-points/scheduling/configuration/default-plugins.ts`.
 */
export const schedulingPlugins: readonly Listed<SchedulingPluginFactory>[] = [
  { name: 'SchedulingGates', implementation: schedulingGates },
  { name: 'PrioritySort', implementation: prioritySort },
  { name: 'NodeUnschedulable', implementation: nodeUnschedulable },
  { name: 'NodeName', implementation: nodeName },
  { name: 'TaintToleration', implementation: taintToleration },
  { name: 'NodeAffinity', implementation: nodeAffinity },
  { name: 'NodePorts', implementation: nodePorts },
  { name: 'NodeResourcesFit', implementation: nodeResourcesFit },
  { name: 'VolumeRestrictions', implementation: volumeRestrictions },
  { name: 'NodeVolumeLimits', implementation: nodeVolumeLimits },
  { name: 'VolumeBinding', implementation: volumeBinding },
  { name: 'VolumeZone', implementation: volumeZone },
  { name: 'PodTopologySpread', implementation: podTopologySpread },
  { name: 'InterPodAffinity', implementation: interPodAffinity },
  { name: 'DynamicResources', implementation: dynamicResources },
  { name: 'DefaultPreemption', implementation: defaultPreemption },
  { name: 'NodeResourcesBalancedAllocation', implementation: nodeResourcesBalancedAllocation },
  { name: 'ImageLocality', implementation: imageLocality },
  { name: 'DefaultBinder', implementation: defaultBinder },
  // Only where a configuration has them.
  { name: 'Coscheduling', implementation: coscheduling },
  { name: 'CapacityScheduling', implementation: capacityScheduling },
];

/** What controllers that work on every kind are told of: each stored resource once, in its preferred version. */
export const discoverFrom = (point: ExtensionPoint<ResourceDefinition>): DiscoverResources => {
  return () => {
    const definitions = [...point]
      .map(({ implementation }) => implementation)
      .filter((definition) => !definition.storedAs && !definition.review && !definition.computed);
    const served = definitions.flatMap((definition) => {
      const version = definition.versions.find((candidate) => candidate.served);
      const { group, resource, kind, namespaced } = definition;
      const type: ResourceType = { group, version: version?.name ?? '', resource, kind, namespaced };
      return version ? [{ type, verbs: definition.verbs ?? usualVerbs }] : [];
    });
    return { resources: served, failures: new Map() };
  };
};
