import { isDeepStrictEqual } from 'node:util';
import { qualifiedNameProblems } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import { fieldError } from '../../../api/status.ts';
import { durationText } from '../duration-text.ts';
import type { ExtenderConfiguration, PluginSet } from './configuration.ts';
import { pointNames } from './configuration.ts';
import type { FullConfiguration, FullProfile } from './full-configuration.ts';
import { validateArguments } from './plugin-arguments-validation.ts';

const { invalid, required, duplicate } = fieldError;
const apiVersion = 'kubescheduler.config.k8s.io/v1';
/** Plugins that this version of the configuration knows no more. */
const removedPlugins: readonly string[] = ['AzureDiskLimits', 'CinderLimits', 'EBSLimits', 'GCEPDLimits'];
/** Upstream checks these when it makes the plugin, without a path; see `validateLate`. */
const latePlugins: readonly string[] = ['NodeResourcesFit'];

/** What is wrong with a configuration whose defaults are filled in. Upstream's `ValidateKubeSchedulerConfiguration`, its paths and words. */
export function validateConfiguration(configuration: FullConfiguration): FieldError[] {
  const { parallelism, profiles, extenders, percentageOfNodesToScore, podInitialBackoffSeconds: initial, podMaxBackoffSeconds: maximum } = configuration;
  const { burst = 0 } = configuration.clientConnection ?? {};
  const errors: FieldError[] = burst < 0 ? [invalid('clientConnection.burst', burst, 'must be non-negative')] : [];
  errors.push(...validateLeaderElection(configuration));
  if (!(parallelism > 0)) errors.push(invalid('parallelism', parallelism, 'should be an integer value greater than zero'));
  for (const [index, profile] of profiles.entries()) {
    const path = `profiles[${index}]`;
    errors.push(...validateProfile(profile, path));
    // Upstream shows the path of the first one as an object without fields.
    if (profiles.slice(0, index).some((other) => other.schedulerName === profile.schedulerName)) errors.push(duplicate(`${path}.schedulerName`, {}));
  }
  errors.push(...validateQueueSort(profiles), ...validatePercentage(percentageOfNodesToScore, 'percentageOfNodesToScore'));
  if (initial <= 0) errors.push(invalid('podInitialBackoffSeconds', initial, 'must be greater than 0'));
  if (maximum < initial) errors.push(invalid('podMaxBackoffSeconds', maximum, 'must be greater than or equal to PodInitialBackoffSeconds'));
  return [...errors, ...validateExtenders(extenders)];
}

/** What upstream finds only when it makes the plugins: by plugin name. */
export function validateLate({ pluginConfig }: FullProfile): ReadonlyMap<string, readonly FieldError[]> {
  const found = pluginConfig.filter(({ name }) => latePlugins.includes(name)).map(({ name, args }) => [name, validateArguments(name, args, '')] as const);
  return new Map(found.filter(([, errors]) => errors.length > 0));
}

function validateLeaderElection({ leaderElection }: FullConfiguration): FieldError[] {
  const { leaderElect, leaseDurationMs, renewDeadlineMs, retryPeriodMs, resourceLock } = leaderElection;
  if (!leaderElect) return [];
  const errors: FieldError[] = [];
  for (const [name, milliseconds] of Object.entries({ leaseDuration: leaseDurationMs, renewDeadline: renewDeadlineMs, retryPeriod: retryPeriodMs }))
    if (milliseconds <= 0) errors.push(invalid(`leaderElection.${name}`, durationText(milliseconds), 'must be greater than zero'));
  // Upstream shows the deadline under the name of the lease.
  if (leaseDurationMs <= renewDeadlineMs)
    errors.push(invalid('leaderElection.leaseDuration', durationText(renewDeadlineMs), 'must be greater than `RenewDeadline`'));
  if (resourceLock !== 'leases') errors.push(invalid('leaderElection.resourceLock', resourceLock, 'resourceLock value must be "leases"'));
  return errors;
}

const validatePercentage = (percentage: number | undefined, path: string): FieldError[] =>
  percentage === undefined || (percentage >= 0 && percentage <= 100) ? [] : [invalid(path, percentage, 'not in valid range [0-100]')];

function validateProfile({ schedulerName, percentageOfNodesToScore, plugins, pluginConfig }: FullProfile, path: string): FieldError[] {
  const errors: FieldError[] = schedulerName === '' ? [required(`${path}.schedulerName`)] : [];
  errors.push(...validatePercentage(percentageOfNodesToScore, `${path}.percentageOfNodesToScore`));
  for (const point of pointNames)
    for (const [index, { name }] of plugins[point].enabled.entries()) errors.push(...removed(name, `${path}.plugins.${point}.enabled[${index}]`));
  for (const [index, { name, args }] of pluginConfig.entries()) {
    const at = `${path}.pluginConfig[${index}]`;
    if (pluginConfig.slice(0, index).some((other) => other.name === name)) errors.push(duplicate(at, name));
    errors.push(...removed(name, at));
    if (!latePlugins.includes(name)) errors.push(...validateArguments(name, args, `${at}.args`));
  }
  return errors;
}

const removed = (name: string, path: string): FieldError[] =>
  removedPlugins.includes(name) ? [invalid(path, name, `was invalid in version "${apiVersion}" (KubeSchedulerConfiguration is version "${apiVersion}")`)] : [];

/** There is one queue, so one order. */
function validateQueueSort(profiles: readonly FullProfile[]): FieldError[] {
  const [first, ...others] = profiles;
  if (!first) return [];
  const { queueSort } = first.plugins;
  const errors: FieldError[] = [];
  if (queueSort.enabled.length > 1)
    errors.push(invalid('profiles[0].plugins.queueSort.Enabled', queueSort.enabled.length, 'only one queue sort plugin can be enabled'));
  const sorter = queueSort.enabled[0]?.name;
  const args = first.pluginConfig.find(({ name }) => name === sorter)?.args;
  for (const [position, { plugins, pluginConfig }] of others.entries()) {
    const path = `profiles[${position + 1}]`;
    if (!isDeepStrictEqual(plugins.queueSort, queueSort))
      errors.push(invalid(`${path}.plugins.queueSort`, shown(plugins.queueSort), 'must be the same for all profiles'));
    for (const config of pluginConfig) {
      if (config.name === sorter && !isDeepStrictEqual(config.args, args))
        errors.push(invalid(`${path}.pluginConfig.args`, config.args, 'queueSort must be the same for all profiles'));
    }
  }
  return errors;
}

/** As upstream's message shows its internal struct. */
const shown = ({ enabled, disabled }: PluginSet): object => ({
  Enabled: enabled.length > 0 ? enabled.map(({ name, weight = 0 }) => ({ Name: name, Weight: weight })) : null,
  Disabled: disabled.length > 0 ? disabled.map((name) => ({ Name: name, Weight: 0 })) : null,
});

function validateExtenders(extenders: readonly ExtenderConfiguration[]): FieldError[] {
  const errors: FieldError[] = [];
  const managed = new Set<string>();
  for (const [index, { prioritizeVerb, weight, managedResources }] of extenders.entries()) {
    const path = `extenders[${index}]`;
    if (prioritizeVerb && weight <= 0) errors.push(invalid(`${path}.weight`, weight, 'must have a positive weight applied to it'));
    for (const [position, { name }] of managedResources.entries()) {
      const at = `${path}.managedResources[${position}].name`;
      errors.push(...validateManagedName(name, at));
      if (managed.has(name)) errors.push(invalid(at, name, 'duplicate extender managed resource name'));
      managed.add(name);
    }
  }
  const binders = extenders.filter(({ bindVerb }) => bindVerb).length;
  if (binders > 1) errors.push(invalid('extenders', `found ${binders} extenders implementing bind`, 'only one extender can implement bind'));
  return errors;
}

function validateManagedName(name: string, path: string): FieldError[] {
  const problems = qualifiedNameProblems(name);
  if (problems.length > 0) return problems.map((problem) => invalid(path, name, problem));
  const isNative = !name.includes('/') || name.includes('kubernetes.io/');
  const isExtended = !isNative && !name.startsWith('requests.') && qualifiedNameProblems(`requests.${name}`).length === 0;
  return isExtended ? [] : [invalid(path, name, 'is an invalid extended resource name')];
}
