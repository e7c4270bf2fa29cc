import type { Schema, SchemaSet } from '../../../api/schema.ts';

/**
 * Fields that upstream's Go types always carry although the schema calls them optional, and required ones whose zero value is not what their schema suggests.
 * Ownership is computed on those types: a field that is there with its zero value before a write is not added by it.
 */
const table = `
admissionregistration.v1.MutatingAdmissionPolicy spec={}
admissionregistration.v1.MutatingAdmissionPolicyBinding spec={}
admissionregistration.v1.MutatingWebhook sideEffects=null
admissionregistration.v1.ValidatingAdmissionPolicy spec={} status={}
admissionregistration.v1.ValidatingWebhook sideEffects=null
apiextensions.v1.CustomResourceDefinition status={}
apiextensions.v1.CustomResourceDefinitionCondition lastTransitionTime=null
apiextensions.v1.CustomResourceDefinitionStatus acceptedNames={}
apiregistration.v1.APIService spec={} status={}
apiregistration.v1.APIServiceCondition lastTransitionTime=null
apps.v1.ControllerRevision data=null
apps.v1.DaemonSet spec={} status={}
apps.v1.DaemonSetCondition lastTransitionTime=null
apps.v1.DaemonSetSpec selector=null updateStrategy={}
apps.v1.Deployment spec={} status={}
apps.v1.DeploymentCondition lastTransitionTime=null lastUpdateTime=null
apps.v1.DeploymentSpec selector=null strategy={}
apps.v1.ReplicaSet spec={} status={}
apps.v1.ReplicaSetCondition lastTransitionTime=null
apps.v1.ReplicaSetSpec selector=null template={}
apps.v1.StatefulSet spec={} status={}
apps.v1.StatefulSetCondition lastTransitionTime=null
apps.v1.StatefulSetOrdinals start=0
apps.v1.StatefulSetSpec selector=null serviceName="" updateStrategy={}
apps.v1.StatefulSetStatus availableReplicas=0
autoscaling.v1.HorizontalPodAutoscaler status={}
autoscaling.v1.Scale spec={} status={}
autoscaling.v2.HorizontalPodAutoscaler status={}
autoscaling.v2.HorizontalPodAutoscalerCondition lastTransitionTime=null
autoscaling.v2.HorizontalPodAutoscalerStatus currentMetrics=null
batch.v1.CronJob status={}
batch.v1.Job spec={} status={}
batch.v1.JobCondition lastProbeTime=null lastTransitionTime=null
batch.v1.JobTemplateSpec metadata={} spec={}
batch.v1.PodFailurePolicyOnPodConditionsPattern status=""
certificates.v1.CertificateSigningRequest status={}
certificates.v1.CertificateSigningRequestCondition lastTransitionTime=null lastUpdateTime=null
certificates.v1.CertificateSigningRequestSpec request=null
coordination.v1.Lease spec={}
core.v1.AzureFilePersistentVolumeSource secretNamespace=null
core.v1.Container resources={}
core.v1.ContainerImage names=null
core.v1.ContainerStateRunning startedAt=null
core.v1.ContainerStateTerminated finishedAt=null startedAt=null
core.v1.ContainerStatus lastState={} state={}
core.v1.EphemeralContainer resources={}
core.v1.Event eventTime=null firstTimestamp=null lastTimestamp=null reportingComponent="" reportingInstance="" source={}
core.v1.EventSeries lastObservedTime=null
core.v1.GRPCAction service=null
core.v1.HTTPGetAction port=0
core.v1.LimitRange spec={}
core.v1.Namespace spec={} status={}
core.v1.NamespaceCondition lastTransitionTime=null
core.v1.Node spec={} status={}
core.v1.NodeCondition lastHeartbeatTime=null lastTransitionTime=null
core.v1.NodeDaemonEndpoints kubeletEndpoint={}
core.v1.NodeRuntimeHandler name=""
core.v1.NodeStatus daemonEndpoints={} nodeInfo={}
core.v1.PersistentVolume spec={} status={}
core.v1.PersistentVolumeClaim spec={} status={}
core.v1.PersistentVolumeClaimCondition lastProbeTime=null lastTransitionTime=null
core.v1.PersistentVolumeClaimSpec resources={}
core.v1.PersistentVolumeClaimTemplate metadata={}
core.v1.Pod spec={} status={}
core.v1.PodCondition lastProbeTime=null lastTransitionTime=null
core.v1.PodTemplate template={}
core.v1.PodTemplateSpec metadata={} spec={}
core.v1.ProjectedVolumeSource sources=null
core.v1.ReplicationController spec={} status={}
core.v1.ReplicationControllerCondition lastTransitionTime=null
core.v1.ResourceFieldSelector divisor="0"
core.v1.ResourceQuota spec={} status={}
core.v1.ScaleIOPersistentVolumeSource secretRef=null
core.v1.ScaleIOVolumeSource secretRef=null
core.v1.Service spec={} status={}
core.v1.ServicePort targetPort=0
core.v1.ServiceStatus loadBalancer={}
core.v1.TCPSocketAction port=0
core.v1.TypedLocalObjectReference apiGroup=null
core.v1.TypedObjectReference apiGroup=null
discovery.v1.Endpoint conditions={}
discovery.v1.EndpointSlice endpoints=null ports=null
events.v1.Event deprecatedFirstTimestamp=null deprecatedLastTimestamp=null deprecatedSource={} eventTime=null regarding={}
events.v1.EventSeries lastObservedTime=null
flowcontrol.v1.FlowSchema spec={} status={}
flowcontrol.v1.FlowSchemaCondition lastTransitionTime=null
flowcontrol.v1.FlowSchemaSpec matchingPrecedence=0
flowcontrol.v1.LimitedPriorityLevelConfiguration limitResponse={} nominalConcurrencyShares=null
flowcontrol.v1.PriorityLevelConfiguration spec={} status={}
flowcontrol.v1.PriorityLevelConfigurationCondition lastTransitionTime=null
flowcontrol.v1.QueuingConfiguration handSize=0 queueLengthLimit=0 queues=0
flowcontrol.v1.ResourcePolicyRule namespaces=null
meta.v1.Condition lastTransitionTime=null
networking.v1.HTTPIngressPath pathType=null
networking.v1.Ingress spec={} status={}
networking.v1.IngressClass spec={}
networking.v1.IngressClassParametersReference scope=null
networking.v1.IngressServiceBackend port={}
networking.v1.IngressStatus loadBalancer={}
networking.v1.NetworkPolicy spec={}
networking.v1.NetworkPolicySpec podSelector={}
networking.v1.ServiceCIDR spec={} status={}
policy.v1.PodDisruptionBudget spec={} status={}
policy.v1.PodDisruptionBudgetStatus currentHealthy=0 desiredHealthy=0 disruptionsAllowed=0 expectedPods=0
rbac.v1.ClusterRole rules=null
rbac.v1.Role rules=null
rbac.v1.RoleRef apiGroup=""
resource.v1.AllocatedDeviceStatus conditions=null
resource.v1.AllocationResult devices={}
resource.v1.CapacityRequestPolicy default=null
resource.v1.Counter value="0"
resource.v1.DeviceCapacity value="0"
resource.v1.DeviceClaim requests=null
resource.v1.ResourceClaim status={}
resource.v1.ResourceClaimSpec devices={}
resource.v1.ResourceClaimTemplateSpec metadata={}
scheduling.v1.PriorityClass value=0
storage.v1.CSINodeDriver topologyKeys=null
storage.v1.VolumeAttachment status={}
storage.v1.VolumeError time=null
`;

let marked: ReadonlyMap<string, ReadonlyMap<string, unknown>> | undefined;

function readTable(): ReadonlyMap<string, ReadonlyMap<string, unknown>> {
  const lines = table.trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [name = '', ...fields] = line.split(' ');
      return [name, new Map(fields.map((field) => readField(field)))];
    }),
  );
}

function readField(field: string): [string, unknown] {
  const [name = '', text = ''] = field.split('=');
  const value: unknown = JSON.parse(text);
  return [name, typeof value === 'object' && value !== null ? emptyObject : value];
}

const emptyObject = Object.freeze({});
const none: ReadonlyMap<string, unknown> = new Map();

/** The values that fields of a built-in type have before anything sets them, by field; those that are absent then are not in it. Inner structs are `{}`. */
export function zeroFields(id: string, schema: Schema, schemas: SchemaSet): ReadonlyMap<string, unknown> {
  if (!schema.properties) return none;
  const zeros = new Map<string, unknown>();
  if (schema.kinds && schema.properties['metadata']) zeros.set('metadata', emptyObject);
  for (const name of schema.required ?? []) zeros.set(name, zeroOf(schema.properties[name], schemas));
  for (const [name, value] of (marked ??= readTable()).get(id.split('.').slice(-3).join('.')) ?? none) zeros.set(name, value);
  return zeros;
}

function zeroOf(schema: Schema | undefined, schemas: SchemaSet): unknown {
  const resolved = schema?.ref === undefined ? schema : schemas.get(schema.ref);
  switch (resolved?.type) {
    case 'object':
      return resolved.properties ? emptyObject : null;
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return 0;
    default:
      return null;
  }
}
