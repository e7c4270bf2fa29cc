import { readFileSync } from 'node:fs';
import type { PluginSet, PluginSets, SchedulerConfiguration, SchedulerProfile } from '../../extension-points/scheduling/configuration/configuration.ts';
import { defaultConfiguration, readConfiguration } from '../../extension-points/scheduling/configuration/read-configuration.ts';
import type { HttpExtender } from '../../extension-points/scheduling/http-extender.ts';
import { realpathOf, UnreadableModule } from '../extension-file.ts';
import type { PluginModule, PluginSource } from './plugin-module.ts';
import { isModuleName, readPluginModule } from './plugin-module.ts';

/** What a scheduler is to be made of. */
export interface SchedulingSetup {
  readonly configuration: SchedulerConfiguration;
  /** Every plugin there is, whether a profile has it or not. */
  readonly sources: ReadonlyMap<string, PluginSource>;
  /** The extenders of the configuration, with new connections. */
  readonly createExtenders: () => HttpExtender[];
  /** What it was read from; saving any of it may change it. */
  readonly files: ReadonlySet<string>;
}

/** A setup that cannot be read. */
export class UnreadableSetup extends Error {
  /** What was read until then: saving any of it may help. */
  readonly files: ReadonlySet<string>;

  constructor(cause: unknown, files: ReadonlySet<string>) {
    super(cause instanceof Error ? cause.message : String(cause), { cause: cause instanceof Error ? cause.cause : undefined });
    this.files = cause instanceof UnreadableModule ? files.union(cause.files) : files;
  }
}

/**
 * Reads a KubeSchedulerConfiguration and the modules that it names as plugins (see `readPluginModule`); without a path, the default one. A module may be named wherever a
 * plugin is, with the same text. Rejects with UnreadableSetup.
 */
export async function readSetup(path: string | undefined, builtIn: ReadonlyMap<string, PluginSource>): Promise<SchedulingSetup> {
  const isAvailable = (name: string): boolean => builtIn.has(name);
  if (path === undefined) return { configuration: defaultConfiguration(isAvailable), sources: builtIn, createExtenders: () => [], files: new Set() };
  const files = new Set<string>();
  try {
    const file = realpathOf(path);
    files.add(file);
    const configuration = explained(path, () => readConfiguration(readFileSync(file, 'utf8'), isAvailable));
    const sources = new Map(builtIn);
    const names = new Map<string, string>();
    for (const specifier of modulesOf(configuration, isAvailable)) {
      const module = await readPluginModule(specifier, file);
      for (const part of module.files) files.add(part);
      addSource(sources, module);
      names.set(specifier, module.name);
    }
    return { configuration: renamed(configuration, names), sources, createExtenders: await extendersOf(configuration), files };
  } catch (error) {
    throw new UnreadableSetup(error, files);
  }
}

/** Their protocol is loaded only for those who use it. */
async function extendersOf({ extenders }: SchedulerConfiguration): Promise<SchedulingSetup['createExtenders']> {
  if (extenders.length === 0) return () => [];
  const { createHttpExtenders } = await import('../../extension-points/scheduling/http-extender.ts');
  return () => createHttpExtenders(extenders);
}

function explained<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** In the order in which the configuration names them. */
function modulesOf({ profiles }: SchedulerConfiguration, isAvailable: (name: string) => boolean): Set<string> {
  const names = profiles.flatMap(({ plugins }) => Object.values(plugins).flatMap(({ enabled }) => enabled.map(({ name }) => name)));
  return new Set(names.filter((name) => !isAvailable(name) && isModuleName(name)));
}

function addSource(sources: Map<string, PluginSource>, { name, factory, origin }: PluginModule): void {
  if (sources.has(name)) throw new Error(`a plugin named ${name} already exists (${sources.get(name)!.origin}); ${origin} must export another name`);
  sources.set(name, { factory, origin });
}

/** The configuration with the plugins' names in the place of their modules'. */
function renamed(configuration: SchedulerConfiguration, names: ReadonlyMap<string, string>): SchedulerConfiguration {
  if (names.size === 0) return configuration;
  const nameOf = (name: string): string => names.get(name) ?? name;
  const set = ({ enabled, disabled }: PluginSet): PluginSet => ({
    enabled: enabled.map((plugin) => ({ ...plugin, name: nameOf(plugin.name) })),
    disabled: disabled.map(nameOf),
  });
  const profile = ({ plugins, pluginConfig, ...rest }: SchedulerProfile): SchedulerProfile => ({
    ...rest,
    plugins: Object.fromEntries(Object.entries(plugins).map(([point, plugin]) => [point, set(plugin)])) as PluginSets,
    pluginConfig: new Map([...pluginConfig].map(([name, args]) => [nameOf(name), args])),
  });
  return { ...configuration, profiles: configuration.profiles.map(profile) };
}
