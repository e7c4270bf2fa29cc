import type { NodeAffinity, TopologySpreadConstraint } from '../../../api/generated/core-v1.ts';

/**
 * A KubeSchedulerConfiguration (`kubescheduler.config.k8s.io/v1`), read, with its defaults filled in and found valid; see `read-configuration.ts`. Upstream's fields that
 * mean nothing here are left out: `leaderElection`, `clientConnection`, `parallelism`, profiling.
 */
export interface SchedulerConfiguration {
  /** Of all profiles that do not say otherwise, 0 to 100. 0: as upstream adapts it to the size of the cluster. Absent: every node that fits is scored. */
  readonly percentageOfNodesToScore?: number;
  readonly podInitialBackoffSeconds: number;
  readonly podMaxBackoffSeconds: number;
  readonly profiles: readonly SchedulerProfile[];
  /** In the order of the file. */
  readonly extenders: readonly ExtenderConfiguration[];
}

/** What pods of one `spec.schedulerName` are scheduled with. */
export interface SchedulerProfile {
  readonly schedulerName: string;
  readonly percentageOfNodesToScore?: number;
  readonly plugins: PluginSets;
  /** Arguments by plugin name. Those of upstream's plugins are whole, with their defaults; others are as they stand in the file. */
  readonly pluginConfig: ReadonlyMap<string, unknown>;
}

/** The extension points as a configuration names them, in upstream's order. */
export const pointNames = [
  'preEnqueue',
  'queueSort',
  'preFilter',
  'filter',
  'postFilter',
  'preScore',
  'score',
  'reserve',
  'permit',
  'preBind',
  'bind',
  'postBind',
] as const;
export type PointName = (typeof pointNames)[number];

/** Defaults and the file's wishes merged; not yet expanded. */
export type PluginSets = Readonly<Record<PointName | 'multiPoint', PluginSet>>;
export interface PluginSet {
  readonly enabled: readonly EnabledPlugin[];
  /** Names; `*` is all. */
  readonly disabled: readonly string[];
}
export interface EnabledPlugin {
  readonly name: string;
  /** Absent or 0 is 1. */
  readonly weight?: number;
}

/** An entry of `extenders`. */
export interface ExtenderConfiguration {
  readonly urlPrefix: string;
  readonly filterVerb?: string;
  readonly preemptVerb?: string;
  readonly prioritizeVerb?: string;
  readonly bindVerb?: string;
  readonly weight: number;
  readonly enableHTTPS: boolean;
  /** `...Data` is base64 of PEM. */
  readonly tlsConfig?: {
    readonly insecure?: boolean;
    readonly serverName?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
    readonly caFile?: string;
    readonly certData?: string;
    readonly keyData?: string;
    readonly caData?: string;
  };
  readonly httpTimeoutMs: number;
  readonly nodeCacheCapable: boolean;
  readonly managedResources: readonly { readonly name: string; readonly ignoredByScheduler?: boolean }[];
  readonly ignorable: boolean;
}

// The arguments of upstream's plugins, whole.

export interface DefaultPreemptionArgs {
  readonly minCandidateNodesPercentage: number;
  readonly minCandidateNodesAbsolute: number;
}
export interface InterPodAffinityArgs {
  readonly hardPodAffinityWeight: number;
  readonly ignorePreferredTermsOfExistingPods?: boolean;
}
export interface NodeAffinityArgs {
  readonly addedAffinity?: NodeAffinity;
}
export interface NodeResourcesFitArgs {
  readonly ignoredResources?: readonly string[];
  readonly ignoredResourceGroups?: readonly string[];
  readonly scoringStrategy: {
    readonly type: string;
    readonly resources: readonly ResourceSpec[];
    readonly requestedToCapacityRatio?: { readonly shape?: readonly UtilizationShapePoint[] };
  };
}
export interface NodeResourcesBalancedAllocationArgs {
  readonly resources: readonly ResourceSpec[];
}
export interface PodTopologySpreadArgs {
  readonly defaultConstraints?: readonly TopologySpreadConstraint[];
  readonly defaultingType: string;
}
export interface VolumeBindingArgs {
  readonly bindTimeoutSeconds: number;
  readonly shape?: readonly UtilizationShapePoint[];
}
/** Durations are Go's text, such as `10s`. */
export interface DynamicResourcesArgs {
  readonly filterTimeout?: string;
  readonly bindingTimeout?: string;
}
export interface ResourceSpec {
  readonly name: string;
  readonly weight: number;
}
export interface UtilizationShapePoint {
  readonly utilization: number;
  readonly score: number;
}
