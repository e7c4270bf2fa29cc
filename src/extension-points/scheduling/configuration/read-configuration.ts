import { fieldErrorText } from '../../../api/status.ts';
import type { SchedulerConfiguration } from './configuration.ts';
import { decodeConfiguration } from './decode-configuration.ts';
import { fillDefaults } from './fill-defaults.ts';
import type { FullConfiguration, FullProfile } from './full-configuration.ts';
import { validateConfiguration, validateLate } from './validation.ts';

/**
 * Reads a KubeSchedulerConfiguration (`kubescheduler.config.k8s.io/v1`), YAML or JSON, as upstream does: strictly, with its defaults and its rules. `available` says
 * which of upstream's default plugins there are. Throws an Error in upstream's words for text that is no configuration, unknown and repeated fields, and values out of
 * range.
 */
export function readConfiguration(text: string, available: (plugin: string) => boolean): SchedulerConfiguration {
  const full = fillDefaults(decodeConfiguration(text), available);
  requireValid(full);
  const ignored = full.extenders.flatMap(({ managedResources }) =>
    managedResources.flatMap(({ name, ignoredByScheduler }) => (ignoredByScheduler ? [name] : [])),
  );
  const { percentageOfNodesToScore, podInitialBackoffSeconds, podMaxBackoffSeconds, extenders } = full;
  return {
    ...(percentageOfNodesToScore === undefined ? {} : { percentageOfNodesToScore }),
    podInitialBackoffSeconds,
    podMaxBackoffSeconds,
    extenders,
    profiles: full.profiles.map(({ pluginConfig, ...profile }) => ({
      ...profile,
      pluginConfig: new Map(ignoring(pluginConfig, ignored).map(({ name, args }) => [name, args])),
    })),
  };
}

/** The configuration that a scheduler has without a file. */
export const defaultConfiguration = (available: (plugin: string) => boolean): SchedulerConfiguration =>
  readConfiguration('{"apiVersion":"kubescheduler.config.k8s.io/v1","kind":"KubeSchedulerConfiguration"}', available);

function requireValid(full: FullConfiguration): void {
  const errors = [...new Set(validateConfiguration(full).map(fieldErrorText))];
  if (errors.length > 0) throw new Error(listed(errors));
  for (const profile of full.profiles) {
    for (const [plugin, found] of validateLate(profile))
      throw new Error(
        `initializing profiles: creating profile for scheduler name ${profile.schedulerName}: initializing plugin "${plugin}": ${listed(found.map(fieldErrorText))}`,
      );
  }
}

const listed = (errors: readonly string[]): string => (errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`);

/** What extenders account for themselves takes the place of what the file lets NodeResourcesFit ignore. */
function ignoring(pluginConfig: FullProfile['pluginConfig'], ignored: readonly string[]): FullProfile['pluginConfig'] {
  if (ignored.length === 0) return pluginConfig;
  if (!pluginConfig.some(({ name }) => name === 'NodeResourcesFit'))
    throw new Error("couldn't build extenders: can't find NodeResourcesFitArgs in plugin config");
  return pluginConfig.map(({ name, args }) =>
    name === 'NodeResourcesFit' ? { name, args: { ...(args as object), ignoredResources: ignored } } : { name, args },
  );
}
