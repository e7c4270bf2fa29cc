/**
 * The built-in resources of Kubernetes 1.36 that are served by default, in discovery order.
 * Columns: resource, kind, `ns` (namespaced) or `-`, short names, categories, sub-resources, and `!` verbs when they are not the usual eight.
 */
export interface CatalogueEntry {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
  readonly verbs: readonly string[];
}

export const usualVerbs: readonly string[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

const table = `
v1
  bindings Binding ns - - - !create
  componentstatuses ComponentStatus - cs - - !get,list
  configmaps ConfigMap ns cm - -
  endpoints Endpoints ns ep - -
  events Event ns ev - -
  limitranges LimitRange ns limits - -
  namespaces Namespace - ns - status,finalize !create,delete,get,list,patch,update,watch
  nodes Node - no - status,proxy
  persistentvolumeclaims PersistentVolumeClaim ns pvc - status
  persistentvolumes PersistentVolume - pv - status
  pods Pod ns po all status,log,exec,attach,portforward,proxy,binding,eviction,ephemeralcontainers,resize
  podtemplates PodTemplate ns - - -
  replicationcontrollers ReplicationController ns rc all status,scale
  resourcequotas ResourceQuota ns quota - status
  secrets Secret ns - - -
  serviceaccounts ServiceAccount ns sa - token
  services Service ns svc all status,proxy
apiregistration.k8s.io/v1
  apiservices APIService - - api-extensions status
apps/v1
  controllerrevisions ControllerRevision ns - - -
  daemonsets DaemonSet ns ds all status
  deployments Deployment ns deploy all status,scale
  replicasets ReplicaSet ns rs all status,scale
  statefulsets StatefulSet ns sts all status,scale
events.k8s.io/v1
  events Event ns ev - -
authentication.k8s.io/v1
  selfsubjectreviews SelfSubjectReview - - - - !create
  tokenreviews TokenReview - - - - !create
authorization.k8s.io/v1
  localsubjectaccessreviews LocalSubjectAccessReview ns - - - !create
  selfsubjectaccessreviews SelfSubjectAccessReview - - - - !create
  selfsubjectrulesreviews SelfSubjectRulesReview - - - - !create
  subjectaccessreviews SubjectAccessReview - - - - !create
autoscaling/v2
  horizontalpodautoscalers HorizontalPodAutoscaler ns hpa all status
autoscaling/v1
  horizontalpodautoscalers HorizontalPodAutoscaler ns hpa all status
batch/v1
  cronjobs CronJob ns cj all status
  jobs Job ns - all status
certificates.k8s.io/v1
  certificatesigningrequests CertificateSigningRequest - csr - status,approval
networking.k8s.io/v1
  ingressclasses IngressClass - - - -
  ingresses Ingress ns ing - status
  ipaddresses IPAddress - ip - -
  networkpolicies NetworkPolicy ns netpol - -
  servicecidrs ServiceCIDR - - - status
policy/v1
  poddisruptionbudgets PodDisruptionBudget ns pdb - status
rbac.authorization.k8s.io/v1
  clusterrolebindings ClusterRoleBinding - - - -
  clusterroles ClusterRole - - - -
  rolebindings RoleBinding ns - - -
  roles Role ns - - -
storage.k8s.io/v1
  csidrivers CSIDriver - - - -
  csinodes CSINode - - - -
  csistoragecapacities CSIStorageCapacity ns - - -
  storageclasses StorageClass - sc - -
  volumeattachments VolumeAttachment - - - status
  volumeattributesclasses VolumeAttributesClass - vac - -
admissionregistration.k8s.io/v1
  mutatingadmissionpolicies MutatingAdmissionPolicy - - api-extensions -
  mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding - - api-extensions -
  mutatingwebhookconfigurations MutatingWebhookConfiguration - - api-extensions -
  validatingadmissionpolicies ValidatingAdmissionPolicy - - api-extensions status
  validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding - - api-extensions -
  validatingwebhookconfigurations ValidatingWebhookConfiguration - - api-extensions -
apiextensions.k8s.io/v1
  customresourcedefinitions CustomResourceDefinition - crd,crds api-extensions status
scheduling.k8s.io/v1
  priorityclasses PriorityClass - pc - -
coordination.k8s.io/v1
  leases Lease ns - - -
node.k8s.io/v1
  runtimeclasses RuntimeClass - - - -
discovery.k8s.io/v1
  endpointslices EndpointSlice ns - - -
flowcontrol.apiserver.k8s.io/v1
  flowschemas FlowSchema - - - status
  prioritylevelconfigurations PriorityLevelConfiguration - - - status
resource.k8s.io/v1
  deviceclasses DeviceClass - - - -
  resourceclaims ResourceClaim ns - - status
  resourceclaimtemplates ResourceClaimTemplate ns - - -
  resourceslices ResourceSlice - - - -
`;

export const catalogue: readonly CatalogueEntry[] = parse(table);

function parse(text: string): CatalogueEntry[] {
  const entries: CatalogueEntry[] = [];
  let groupVersion = { group: '', version: 'v1' };
  for (const line of text.split('\n').filter((candidate) => candidate !== '')) {
    const words = line.trim().split(/\s+/);
    if (!line.startsWith(' ')) {
      const [group, version] = words[0]!.includes('/') ? words[0]!.split('/') : ['', words[0]];
      groupVersion = { group: group!, version: version! };
      continue;
    }
    const list = (column: number): string[] => (words[column] === undefined || words[column] === '-' ? [] : words[column].split(','));
    const verbs = words
      .find((word) => word.startsWith('!'))
      ?.slice(1)
      .split(',');
    entries.push({
      ...groupVersion,
      resource: words[0]!,
      singular: words[1]!.toLowerCase(),
      kind: words[1]!,
      namespaced: words[2] === 'ns',
      shortNames: list(3),
      categories: list(4),
      subresources: words[5]?.startsWith('!') ? [] : list(5),
      verbs: verbs ?? usualVerbs,
    });
  }
  return entries;
}
