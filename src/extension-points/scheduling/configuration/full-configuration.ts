import type { ExtenderConfiguration, PluginSets } from './configuration.ts';

/** A configuration on its way through: defaults filled in, not yet known to be valid. Unlike a `SchedulerConfiguration` it may say things twice. */
export interface FullConfiguration {
  readonly parallelism: number;
  readonly leaderElection: FullLeaderElection;
  readonly clientConnection?: { readonly burst?: number };
  readonly percentageOfNodesToScore?: number;
  readonly podInitialBackoffSeconds: number;
  readonly podMaxBackoffSeconds: number;
  readonly profiles: readonly FullProfile[];
  readonly extenders: readonly ExtenderConfiguration[];
}

/** Nothing here elects; what cannot be is refused all the same. */
export interface FullLeaderElection {
  readonly leaderElect: boolean;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  readonly resourceLock: string;
}

export interface FullProfile {
  readonly schedulerName: string;
  readonly percentageOfNodesToScore?: number;
  readonly plugins: PluginSets;
  /** In the order of the file, then upstream's plugins that it does not mention. */
  readonly pluginConfig: readonly { readonly name: string; readonly args: unknown }[];
}
