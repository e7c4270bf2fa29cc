import { builtInSchemas } from '../../../api/built-in-schemas.ts';
import type { Schema, SchemaSet } from '../../../api/schema.ts';
import { pointNames } from './configuration.ts';

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const int32: Schema = { type: 'integer', format: 'int32' };
const int64: Schema = { type: 'integer', format: 'int64' };
const duration: Schema = { type: 'string', goType: 'v1.Duration' };
const raw: Schema = { preserveUnknownFields: true };
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const own = (name: string): Schema => ({ ref: `kubescheduler.config.v1.${name}` });
const core = (name: string): Schema => ({ ref: `io.k8s.api.core.v1.${name}` });
const struct = (properties: Readonly<Record<string, Schema>>): Schema => ({ type: 'object', properties });
const kind = (properties: Readonly<Record<string, Schema>>): Schema => struct({ apiVersion: text, kind: text, ...properties });

/** The fields of KubeSchedulerConfiguration v1 and of the arguments of upstream's plugins, by the name of their Go struct. */
const structs: Readonly<Record<string, Schema>> = {
  KubeSchedulerConfiguration: kind({
    parallelism: int32,
    leaderElection: own('LeaderElectionConfiguration'),
    clientConnection: own('ClientConnectionConfiguration'),
    enableProfiling: flag,
    enableContentionProfiling: flag,
    percentageOfNodesToScore: int32,
    podInitialBackoffSeconds: int64,
    podMaxBackoffSeconds: int64,
    profiles: listOf(own('KubeSchedulerProfile')),
    extenders: listOf(own('Extender')),
    delayCacheUntilActive: flag,
  }),
  LeaderElectionConfiguration: struct({
    leaderElect: flag,
    leaseDuration: duration,
    renewDeadline: duration,
    retryPeriod: duration,
    resourceLock: text,
    resourceName: text,
    resourceNamespace: text,
  }),
  ClientConnectionConfiguration: struct({
    kubeconfig: text,
    acceptContentTypes: text,
    contentType: text,
    qps: { type: 'number', goType: 'float32' },
    burst: int32,
  }),
  KubeSchedulerProfile: struct({
    schedulerName: text,
    percentageOfNodesToScore: int32,
    plugins: own('Plugins'),
    pluginConfig: listOf(own('PluginConfig')),
  }),
  Plugins: struct(Object.fromEntries([...pointNames, 'multiPoint', 'placementGenerate', 'placementScore'].map((point) => [point, own('PluginSet')]))),
  PluginSet: struct({ enabled: listOf(own('Plugin')), disabled: listOf(own('Plugin')) }),
  Plugin: struct({ name: text, weight: int32 }),
  PluginConfig: struct({ name: text, args: raw }),
  Extender: struct({
    urlPrefix: text,
    filterVerb: text,
    preemptVerb: text,
    prioritizeVerb: text,
    weight: int64,
    bindVerb: text,
    enableHTTPS: flag,
    tlsConfig: own('ExtenderTLSConfig'),
    httpTimeout: duration,
    nodeCacheCapable: flag,
    managedResources: listOf(own('ExtenderManagedResource')),
    ignorable: flag,
  }),
  ExtenderManagedResource: struct({ name: text, ignoredByScheduler: flag }),
  ExtenderTLSConfig: struct({
    insecure: flag,
    serverName: text,
    certFile: text,
    keyFile: text,
    caFile: text,
    certData: { type: 'string', format: 'byte' },
    keyData: { type: 'string', format: 'byte' },
    caData: { type: 'string', format: 'byte' },
  }),
  DefaultPreemptionArgs: kind({ minCandidateNodesPercentage: int32, minCandidateNodesAbsolute: int32 }),
  InterPodAffinityArgs: kind({ hardPodAffinityWeight: int32, ignorePreferredTermsOfExistingPods: flag }),
  NodeAffinityArgs: kind({ addedAffinity: core('NodeAffinity') }),
  NodeResourcesFitArgs: kind({ ignoredResources: listOf(text), ignoredResourceGroups: listOf(text), scoringStrategy: own('ScoringStrategy') }),
  ScoringStrategy: struct({ type: text, resources: listOf(own('ResourceSpec')), requestedToCapacityRatio: own('RequestedToCapacityRatioParam') }),
  RequestedToCapacityRatioParam: struct({ shape: listOf(own('UtilizationShapePoint')) }),
  UtilizationShapePoint: struct({ utilization: int32, score: int32 }),
  ResourceSpec: struct({ name: text, weight: int64 }),
  NodeResourcesBalancedAllocationArgs: kind({ resources: listOf(own('ResourceSpec')) }),
  PodTopologySpreadArgs: kind({ defaultConstraints: listOf(core('TopologySpreadConstraint')), defaultingType: text }),
  VolumeBindingArgs: kind({ bindTimeoutSeconds: int64, shape: listOf(own('UtilizationShapePoint')) }),
  DynamicResourcesArgs: kind({ filterTimeout: duration, bindingTimeout: duration }),
};

const prefix = 'kubescheduler.config.v1.';

/** The schemas of a scheduler's configuration, and those of the objects it may hold. */
export const configurationSchemas: SchemaSet = {
  get: (id) => (id.startsWith(prefix) ? structOf(id.slice(prefix.length)) : builtInSchemas.get(id)),
};

const structOf = (name: string): Schema | undefined => (Object.hasOwn(structs, name) ? structs[name] : undefined);

/** The schema of `<kind>`, which is KubeSchedulerConfiguration or the arguments of one of upstream's plugins; undefined for others. */
export const configurationSchema = (kindName: string): Schema | undefined =>
  structOf(kindName)?.properties?.['apiVersion'] ? { ref: `${prefix}${kindName}` } : undefined;
