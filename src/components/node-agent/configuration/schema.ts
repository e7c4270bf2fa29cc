import { builtInSchemas } from '../../../api/built-in-schemas.ts';
import type { Schema, SchemaSet } from '../../../api/schema.ts';

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const int32: Schema = { type: 'integer', format: 'int32' };
const int64: Schema = { type: 'integer', format: 'int64' };
const duration: Schema = { type: 'string', goType: 'v1.Duration' };
/** Sections that nothing here reads: what is in them is not looked at. */
const unread: Schema = { preserveUnknownFields: true };
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
const struct = (properties: Readonly<Record<string, Schema>>): Schema => ({ type: 'object', properties });
const own = (name: string): Schema => ({ ref: `kubelet.config.v1beta1.${name}` });
const named = (schema: Schema, ...names: readonly string[]): Readonly<Record<string, Schema>> => Object.fromEntries(names.map((name) => [name, schema]));

const configurationFields = {
  apiVersion: text,
  kind: text,
  ...named(
    text,
    ...['staticPodPath', 'podLogsDir', 'staticPodURL', 'address', 'tlsCertFile', 'tlsPrivateKeyFile', 'tlsMinVersion', 'healthzBindAddress'],
    ...['imagePullCredentialsVerificationPolicy', 'clusterDomain', 'kubeletCgroups', 'systemCgroups', 'cgroupRoot', 'cgroupDriver', 'cpuManagerPolicy'],
    ...['memoryManagerPolicy', 'topologyManagerPolicy', 'topologyManagerScope', 'hairpinMode', 'podCIDR', 'resolvConf', 'contentType', 'containerLogMaxSize'],
    ...['configMapAndSecretChangeDetectionStrategy', 'reservedSystemCPUs', 'showHiddenMetricsForVersion', 'systemReservedCgroup', 'kubeReservedCgroup'],
    ...['volumePluginDir', 'providerID', 'memoryReservationPolicy', 'containerRuntimeEndpoint', 'imageServiceEndpoint'],
  ),
  ...named(
    flag,
    ...['enableServer', 'rotateCertificates', 'serverTLSBootstrap', 'enableDebuggingHandlers', 'enableContentionProfiling', 'cgroupsPerQOS'],
    ...['singleProcessOOMKill', 'runOnce', 'cpuCFSQuota', 'serializeImagePulls', 'mergeDefaultEvictionSettings', 'enableControllerAttachDetach'],
    ...['protectKernelDefaults', 'makeIPTablesUtilChains', 'failSwapOn', 'kernelMemcgNotification', 'enableSystemLogHandler', 'enableSystemLogQuery'],
    ...['enableProfilingHandler', 'enableDebugFlagsHandler', 'seccompDefault', 'registerNode', 'localStorageCapacityIsolation', 'failCgroupV1'],
  ),
  ...named(
    int32,
    ...['port', 'readOnlyPort', 'registryPullQPS', 'registryBurst', 'eventRecordQPS', 'eventBurst', 'healthzPort', 'oomScoreAdj'],
    ...['nodeLeaseDurationSeconds', 'imageGCHighThresholdPercent', 'imageGCLowThresholdPercent', 'maxPods', 'nodeStatusMaxImages', 'kubeAPIQPS'],
    ...['kubeAPIBurst', 'maxParallelImagePulls', 'evictionMaxPodGracePeriod', 'podsPerCore', 'iptablesMasqueradeBit', 'iptablesDropBit'],
    ...['containerLogMaxFiles', 'containerLogMaxWorkers'],
  ),
  ...named(int64, 'podPidsLimit', 'maxOpenFiles'),
  ...named(
    duration,
    ...['syncFrequency', 'fileCheckFrequency', 'httpCheckFrequency', 'streamingConnectionIdleTimeout', 'nodeStatusUpdateFrequency'],
    ...['nodeStatusReportFrequency', 'imageMinimumGCAge', 'imageMaximumGCAge', 'volumeStatsAggPeriod', 'cpuManagerReconcilePeriod'],
    ...['runtimeRequestTimeout', 'cpuCFSQuotaPeriod', 'evictionPressureTransitionPeriod', 'containerLogMonitorInterval', 'shutdownGracePeriod'],
    ...['shutdownGracePeriodCriticalPods'],
  ),
  ...named(listOf(text), ...['tlsCipherSuites', 'preloadedImagesVerificationAllowlist', 'clusterDNS', 'enforceNodeAllocatable', 'allowedUnsafeSysctls']),
  ...named(
    mapOf(text),
    ...['cpuManagerPolicyOptions', 'topologyManagerPolicyOptions', 'qosReserved', 'evictionHard', 'evictionSoft', 'evictionSoftGracePeriod'],
    ...['evictionMinimumReclaim', 'systemReserved', 'kubeReserved'],
  ),
  tlsCurvePreferences: listOf(int32),
  staticPodURLHeader: mapOf(listOf(text)),
  featureGates: mapOf(flag),
  memoryThrottlingFactor: { type: 'number', goType: 'float64' },
  authentication: own('KubeletAuthentication'),
  authorization: own('KubeletAuthorization'),
  memorySwap: own('MemorySwapConfiguration'),
  crashLoopBackOff: own('CrashLoopBackOffConfig'),
  userNamespaces: own('UserNamespaces'),
  shutdownGracePeriodByPodPriority: listOf(own('ShutdownGracePeriodByPodPriority')),
  reservedMemory: listOf(own('MemoryReservation')),
  registerWithTaints: listOf({ ref: 'io.k8s.api.core.v1.Taint' }),
  logging: unread,
  tracing: unread,
} satisfies Readonly<Record<string, Schema>>;

/** The fields of KubeletConfiguration v1beta1, by the name of their Go struct. */
const structs: Readonly<Record<string, Schema>> = {
  KubeletConfiguration: struct(configurationFields),
  KubeletAuthentication: struct({
    x509: own('KubeletX509Authentication'),
    webhook: own('KubeletWebhookAuthentication'),
    anonymous: own('KubeletAnonymousAuthentication'),
  }),
  KubeletX509Authentication: struct({ clientCAFile: text }),
  KubeletWebhookAuthentication: struct({ enabled: flag, cacheTTL: duration }),
  KubeletAnonymousAuthentication: struct({ enabled: flag }),
  KubeletAuthorization: struct({ mode: text, webhook: own('KubeletWebhookAuthorization') }),
  KubeletWebhookAuthorization: struct({ cacheAuthorizedTTL: duration, cacheUnauthorizedTTL: duration }),
  MemorySwapConfiguration: struct({ swapBehavior: text }),
  CrashLoopBackOffConfig: struct({ maxContainerRestartPeriod: duration }),
  UserNamespaces: struct({ idsPerPod: int64 }),
  ShutdownGracePeriodByPodPriority: struct({ priority: int32, shutdownGracePeriodSeconds: int64 }),
  MemoryReservation: struct({ numaNode: int32, limits: mapOf({ type: 'string', format: 'quantity' }) }),
};

const prefix = 'kubelet.config.v1beta1.';

/** The schemas of a kubelet's configuration, and those of the objects it may hold. */
export const kubeletSchemas: SchemaSet = {
  get: (id) => {
    if (!id.startsWith(prefix)) return builtInSchemas.get(id);
    const name = id.slice(prefix.length);
    return Object.hasOwn(structs, name) ? structs[name] : undefined;
  },
};

export const kubeletConfigurationSchema: Schema = own('KubeletConfiguration');
