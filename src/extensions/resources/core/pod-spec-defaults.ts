import type {
  Container,
  EphemeralContainer,
  HTTPGetAction,
  LifecycleHandler,
  ObjectFieldSelector,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceFieldSelector,
  ResourceList,
  ResourceRequirements,
  Volume,
} from '../../../api/generated/core-v1.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { defaultPullPolicy } from './image-reference.ts';
import { aggregateContainerLimits, aggregateContainerRequests, isPodLevelResource } from './pod-resources.ts';
import { settleAmounts } from './resource-amounts.ts';

type AnyContainer = Loose<Container> | Loose<EphemeralContainer>;

const fileMode0644 = 420;

/** Defaults of a pod object: those of its spec, and those that templates do not get. */
export function applyPodDefaults(pod: Draft<Pod>): void {
  const spec = (pod.spec ??= {});
  applyPodSpecDefaults(spec);
  spec.enableServiceLinks ??= true;
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    requestWhatIsLimited(container);
    if (spec.hostNetwork) for (const port of container.ports ?? []) if (port.containerPort !== undefined) port.hostPort ||= port.containerPort;
  }
  applyPodLevelResources(spec);
}

/** Defaults of a template; makes the template and its spec when they are absent. */
export function applyPodTemplateDefaults(template: Loose<PodTemplateSpec>): void {
  template.metadata ??= {};
  applyPodSpecDefaults((template.spec ??= {}));
}

/** Defaults that pods and templates share. */
export function applyPodSpecDefaults(spec: Loose<PodSpec>): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.schedulerName ||= 'default-scheduler';
  spec.terminationGracePeriodSeconds ??= 30;
  if (spec.terminationGracePeriodSeconds < 0) spec.terminationGracePeriodSeconds = 1;
  spec.securityContext ??= {};
  applyServiceAccountAlias(spec);
  for (const list of [spec.overhead, spec.resources?.limits, spec.resources?.requests]) settleAmounts(list);
  for (const volume of spec.volumes ?? []) applyVolumeDefaults(volume);
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])]) applyContainerDefaults(container);
}

/** `serviceAccount` is the old name of `serviceAccountName`; both are always shown. */
function applyServiceAccountAlias(spec: Loose<PodSpec>): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (!name) return;
  // A spec that is settled is not written to: it may be the stored one, which is frozen.
  if (spec.serviceAccountName !== name) spec.serviceAccountName = name;
  if (spec.serviceAccount !== name) spec.serviceAccount = name;
}

function applyContainerDefaults(container: AnyContainer): void {
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? '');
  container.resources ??= {};
  settleAmounts(container.resources?.limits);
  settleAmounts(container.resources?.requests);
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const variable of container.env ?? []) applyReferenceDefaults(variable.valueFrom);
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) applyProbeDefaults(probe);
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop]) applyHandlerDefaults(handler);
}

function applyProbeDefaults(probe: Loose<Probe> | undefined): void {
  if (!probe) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.grpc) probe.grpc.service ??= '';
  applyHttpDefaults(probe.httpGet);
}

const applyHandlerDefaults = (handler: Loose<LifecycleHandler> | undefined): void => applyHttpDefaults(handler?.httpGet);

function applyHttpDefaults(http: Loose<HTTPGetAction> | undefined): void {
  if (!http) return;
  http.path ||= '/';
  http.scheme ||= 'HTTP';
}

/** What an environment variable or a file of a volume takes its text from. */
interface References {
  fieldRef?: Loose<ObjectFieldSelector> | undefined;
  resourceFieldRef?: Loose<ResourceFieldSelector> | undefined;
}

function applyReferenceDefaults(references: References | undefined): void {
  if (references?.fieldRef) references.fieldRef.apiVersion ||= 'v1';
  // Zero stands for 1: upstream's conversions leave it in the object.
  if (references?.resourceFieldRef) references.resourceFieldRef.divisor ??= '0';
}

function applyVolumeDefaults(volume: Loose<Volume>): void {
  if (Object.keys(volume).every((field) => field === 'name')) volume.emptyDir = {};
  if (volume.secret) volume.secret.defaultMode ??= fileMode0644;
  if (volume.configMap) volume.configMap.defaultMode ??= fileMode0644;
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.iscsi) volume.iscsi.iscsiInterface ||= 'default';
  if (volume.image) volume.image.pullPolicy ||= defaultPullPolicy(volume.image.reference ?? '');
  if (volume.ephemeral?.volumeClaimTemplate) (volume.ephemeral.volumeClaimTemplate.spec ??= {}).volumeMode ??= 'Filesystem';
  if (volume.rbd) {
    volume.rbd.pool ||= 'rbd';
    volume.rbd.user ||= 'admin';
    volume.rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (volume.azureDisk) {
    volume.azureDisk.cachingMode ??= 'ReadWrite';
    volume.azureDisk.kind ??= 'Shared';
    volume.azureDisk.fsType ??= 'ext4';
    volume.azureDisk.readOnly ??= false;
  }
  if (volume.scaleIO) {
    volume.scaleIO.storageMode ||= 'ThinProvisioned';
    volume.scaleIO.fsType ||= 'xfs';
  }
  applyDownwardDefaults(volume);
}

function applyDownwardDefaults(volume: Loose<Volume>): void {
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= fileMode0644;
    for (const item of volume.downwardAPI.items ?? []) applyReferenceDefaults(item);
  }
  if (!volume.projected) return;
  volume.projected.defaultMode ??= fileMode0644;
  for (const source of volume.projected.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
    for (const item of source.downwardAPI?.items ?? []) applyReferenceDefaults(item);
  }
}

function requestWhatIsLimited(container: Loose<Container>): void {
  const limits = container.resources?.limits;
  if (!container.resources || !limits) return;
  complete(container.resources, 'requests', { ...limits, ...container.resources.requests });
}

/** Sets amounts that hold more names than what stands: a settled spec is not written to. */
function complete(resources: Loose<ResourceRequirements>, field: 'limits' | 'requests', amounts: ResourceList): void {
  const known = resources[field];
  if (Object.keys(amounts).some((name) => known?.[name] === undefined)) resources[field] = amounts;
}

/** What `spec.resources` leaves out, as soon as it says anything: pages from the containers' limits, requests from the containers' requests, else from its limits. */
function applyPodLevelResources(spec: Loose<PodSpec>): void {
  const { resources } = spec;
  if (!resources || Object.keys(resources.limits ?? {}).length + Object.keys(resources.requests ?? {}).length === 0) return;
  applyPodLevelPages(spec, resources);
  applyPodLevelRequests(spec, resources);
}

/** Not where a request stands without a limit: that is for validation to refuse. */
function applyPodLevelPages(spec: Loose<PodSpec>, resources: Loose<ResourceRequirements>): void {
  const limits: ResourceList = { ...resources.limits };
  for (const [name, amount] of Object.entries(aggregateContainerLimits(spec)))
    if (name.startsWith('hugepages-') && resources.requests?.[name] === undefined) limits[name] ??= amount;
  complete(resources, 'limits', limits);
}

function applyPodLevelRequests(spec: Loose<PodSpec>, resources: Loose<ResourceRequirements>): void {
  if (Object.keys(resources.limits ?? {}).length === 0) return;
  const requests: ResourceList = { ...resources.requests };
  // Pages are not overcommitted: they follow the limit.
  for (const [name, amount] of Object.entries(aggregateContainerRequests(spec))) if (name === 'cpu' || name === 'memory') requests[name] ??= amount;
  for (const [name, amount] of Object.entries(resources.limits ?? {})) if (isPodLevelResource(name)) requests[name] ??= amount;
  complete(resources, 'requests', requests);
}
