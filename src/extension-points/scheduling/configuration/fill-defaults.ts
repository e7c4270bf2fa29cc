import { parseDuration } from '../../../api/cel/duration.ts';
import type { EnabledPlugin, ExtenderConfiguration, PluginSets } from './configuration.ts';
import type { GivenConfiguration, GivenExtender, GivenLeaderElection, GivenProfile } from './decode-configuration.ts';
import type { GivenPluginSets } from './default-plugins.ts';
import { mergePlugins } from './default-plugins.ts';
import type { FullConfiguration, FullLeaderElection, FullProfile } from './full-configuration.ts';
import { argumentsKind, defaultArguments } from './plugin-arguments.ts';

const defaultTimeoutMs = 5_000;

/** Fills in what a file leaves out: upstream's `SetDefaults_KubeSchedulerConfiguration`. Throws for a duration that is none. */
export function fillDefaults(given: GivenConfiguration, available: (plugin: string) => boolean): FullConfiguration {
  const profiles = given.profiles?.length ? given.profiles : [{}];
  const { percentageOfNodesToScore, leaderElection, clientConnection } = given;
  return {
    parallelism: given.parallelism ?? 16,
    podInitialBackoffSeconds: given.podInitialBackoffSeconds ?? 1,
    podMaxBackoffSeconds: given.podMaxBackoffSeconds ?? 10,
    ...(percentageOfNodesToScore === undefined ? {} : { percentageOfNodesToScore }),
    leaderElection: fillLeaderElection(leaderElection),
    ...(clientConnection ? { clientConnection } : {}),
    // Only a single profile has a name by default.
    profiles: profiles.map((profile) => fillProfile(profile, profiles.length === 1 ? 'default-scheduler' : '', available)),
    extenders: (given.extenders ?? []).map(fillExtender),
  };
}

/** `RecommendedDefaultLeaderElectionConfiguration`: what is zero counts as left out. */
function fillLeaderElection(given: GivenLeaderElection = {}): FullLeaderElection {
  const milliseconds = (text = '0s'): number => Number(parseDuration(text).nanoseconds) / 1e6;
  return {
    leaderElect: given.leaderElect ?? true,
    leaseDurationMs: milliseconds(given.leaseDuration) || 15_000,
    renewDeadlineMs: milliseconds(given.renewDeadline) || 10_000,
    retryPeriodMs: milliseconds(given.retryPeriod) || 2_000,
    resourceLock: given.resourceLock || 'leases',
  };
}

function fillProfile(given: GivenProfile, defaultName: string, available: (plugin: string) => boolean): FullProfile {
  const { schedulerName = defaultName, percentageOfNodesToScore, pluginConfig = [] } = given;
  const plugins = mergePlugins(named(given.plugins), available);
  const configured = pluginConfig.map(({ name = '', args }) => ({ name, args: argumentsKind(name) ? defaultArguments(name, { ...(args as object) }) : args }));
  const mentioned = new Set(configured.map(({ name }) => name));
  const others = namesOf(plugins).filter((name) => argumentsKind(name) !== undefined && !mentioned.has(name));
  return {
    schedulerName,
    ...(percentageOfNodesToScore === undefined ? {} : { percentageOfNodesToScore }),
    plugins,
    pluginConfig: [...configured, ...others.map((name) => ({ name, args: defaultArguments(name, {}) }))],
  };
}

/** An entry without a name has the empty one. */
function named(sets: GivenPluginSets = {}): GivenPluginSets {
  const withName = (plugin: Partial<EnabledPlugin>): EnabledPlugin => ({ name: '', ...plugin });
  const entries = Object.entries(sets).map(([point, { enabled = [], disabled = [] }]) => [
    point,
    { enabled: enabled.map(withName), disabled: disabled.map(withName) },
  ]);
  return Object.fromEntries(entries) as GivenPluginSets;
}

const namesOf = (plugins: PluginSets): string[] => [...new Set(Object.values(plugins).flatMap(({ enabled }) => enabled.map(({ name }) => name)))].sort();

function fillExtender(given: GivenExtender, index: number): ExtenderConfiguration {
  const { httpTimeout, ...rest } = given as Partial<ExtenderConfiguration> & { httpTimeout?: string };
  return {
    ...rest,
    urlPrefix: rest.urlPrefix ?? '',
    weight: rest.weight ?? 0,
    enableHTTPS: rest.enableHTTPS ?? false,
    nodeCacheCapable: rest.nodeCacheCapable ?? false,
    managedResources: (rest.managedResources ?? []).map((resource) => ({ ...resource, name: resource.name ?? '' })),
    ignorable: rest.ignorable ?? false,
    httpTimeoutMs: milliseconds(httpTimeout, `extenders[${index}].httpTimeout`) || defaultTimeoutMs,
  };
}

function milliseconds(text: string | undefined, path: string): number {
  if (text === undefined) return 0;
  try {
    return Math.ceil(Number(parseDuration(text).nanoseconds) / 1e6);
  } catch (cause) {
    throw new Error(`${path}: time: invalid duration ${JSON.stringify(text)}`, { cause });
  }
}
