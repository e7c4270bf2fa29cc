import { isDeepStrictEqual } from 'node:util';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import type { Informers } from '../../client/informer.ts';
import type { SchedulingGeneration, SchedulingProfile } from '../../components/scheduler/generation.ts';
import type { PluginSets, SchedulerProfile } from '../../extension-points/scheduling/configuration/configuration.ts';
import type { SchedulingPlugin } from '../../extension-points/scheduling/contract.ts';
import { expandPlugins, neededPlugins } from '../../extension-points/scheduling/expand-plugins.ts';
import type { SchedulingExtender } from '../../extension-points/scheduling/extender.ts';
import { AttachableHandle } from '../../extension-points/scheduling/handle.ts';
import { SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import { ScopedInformers } from '../../extension-points/scheduling/scoped-informers.ts';
import type { Clock } from '../../kernel/clock.ts';
import { type Extension, ExtensionPoint } from '../../kernel/extension-point.ts';
import type { PluginSource } from './plugin-module.ts';
import type { SchedulingSetup } from './read-setup.ts';

/** What plugins are given to work with. */
export interface GenerationParts {
  readonly client: Client;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly clock: Clock;
}

/** A generation, with the roster of each profile. */
export interface BuiltGeneration extends SchedulingGeneration {
  readonly points: readonly ExtensionPoint<SchedulingPlugin>[];
}

/**
 * Makes every plugin of a setup anew, for each profile that has it. `others` were added by files of extensions: they are at the end of every profile that does not say
 * otherwise. Throws, in upstream's words and with nothing left behind, when a plugin cannot be made or a profile cannot schedule.
 */
export function buildGeneration(
  number: number,
  { configuration, sources, createExtenders }: SchedulingSetup,
  others: readonly Extension<SchedulingPlugin>[],
  parts: GenerationParts,
): BuiltGeneration {
  const extenders = createExtenders();
  const informers = new ScopedInformers(parts.informers);
  const points: ExtensionPoint<SchedulingPlugin>[] = [];
  const dispose = (): void => {
    informers.end();
    for (const extender of extenders) extender[Symbol.dispose]();
    for (const point of points)
      for (const { implementation } of point) if (!others.some((other) => other.implementation === implementation)) implementation[Symbol.dispose]?.();
  };
  try {
    const profiles = configuration.profiles.map((profile, index) => {
      const point = new ExtensionPoint<SchedulingPlugin>(index === 0 ? 'scheduling' : `scheduling/${profile.schedulerName}`);
      points.push(point);
      return buildProfile(profile, { point, number, sources, others, extenders, parts: { ...parts, informers } });
    });
    requireOneOrder(profiles, configuration.profiles);
    return {
      number,
      profiles,
      extenders,
      points,
      initialBackoffMs: configuration.podInitialBackoffSeconds * 1_000,
      maximumBackoffMs: configuration.podMaxBackoffSeconds * 1_000,
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

interface ProfileParts {
  readonly point: ExtensionPoint<SchedulingPlugin>;
  readonly number: number;
  readonly sources: ReadonlyMap<string, PluginSource>;
  readonly others: readonly Extension<SchedulingPlugin>[];
  readonly extenders: readonly SchedulingExtender[];
  readonly parts: GenerationParts;
}

function buildProfile(
  profile: SchedulerProfile,
  { point, number, sources, others, extenders, parts }: ProfileParts,
): SchedulingProfile & { readonly sorter: string } {
  const { schedulerName, percentageOfNodesToScore, pluginConfig } = profile;
  const handle = new AttachableHandle({ ...parts, events: parts.events.as(schedulerName), extenders });
  try {
    const sets = withOthers(profile.plugins, others);
    for (const name of neededPlugins(sets)) {
      const source = sources.get(name);
      const other = others.find((candidate) => candidate.name === name);
      if (source && other) throw new Error(`a plugin named ${name} already exists`);
      if (source) point.add({ name, origin: source.origin, generation: number, implementation: made(name, source, pluginConfig.get(name), handle) });
      else if (other) point.add({ ...other, generation: number });
    }
    const { lists, weights } = expandPlugins(sets, (name) => point.get(name)?.implementation, schedulerName);
    const framework = new SchedulingFramework(point, { weights, lists, clock: parts.clock });
    framework.validate();
    return { schedulerName, framework, handle, sorter: lists.queueSort[0]!, ...(percentageOfNodesToScore === undefined ? {} : { percentageOfNodesToScore }) };
  } catch (cause) {
    throw new Error(`initializing profiles: creating profile for scheduler name ${schedulerName}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

function made(name: string, { factory }: PluginSource, args: unknown, handle: AttachableHandle): SchedulingPlugin {
  let plugin: unknown;
  try {
    plugin = factory(args, handle);
  } catch (cause) {
    throw new Error(`initializing plugin ${JSON.stringify(name)}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (typeof plugin === 'object' && plugin !== null && !(plugin instanceof Promise)) return plugin as SchedulingPlugin;
  throw new Error(
    `initializing plugin ${JSON.stringify(name)}: its factory answered ${plugin instanceof Promise ? 'a promise' : String(plugin)}, not a plugin`,
  );
}

/** Files of extensions have no say in where their plugins run; a configuration may. */
function withOthers(sets: PluginSets, others: readonly Extension<SchedulingPlugin>[]): PluginSets {
  const mentioned = new Set(Object.values(sets).flatMap(({ enabled, disabled }) => [...enabled.map(({ name }) => name), ...disabled]));
  const added = others.filter(({ name }) => !mentioned.has(name)).map(({ name }) => ({ name }));
  return added.length === 0 ? sets : { ...sets, multiPoint: { ...sets.multiPoint, enabled: [...sets.multiPoint.enabled, ...added] } };
}

/** All profiles share the queue. */
function requireOneOrder(profiles: readonly { readonly schedulerName: string; readonly sorter: string }[], configured: readonly SchedulerProfile[]): void {
  const [first, ...others] = profiles;
  const argsOf = (index: number): unknown => configured[index]!.pluginConfig.get(first!.sorter);
  for (const [index, { schedulerName, sorter }] of others.entries()) {
    const named = JSON.stringify(schedulerName);
    if (sorter !== first!.sorter)
      throw new Error(
        `initializing profiles: different queue sort plugins for profile ${named}: ${JSON.stringify(sorter)}, first: ${JSON.stringify(first!.sorter)}`,
      );
    if (!isDeepStrictEqual(argsOf(index + 1), argsOf(0))) throw new Error(`initializing profiles: different queue sort plugin args for profile ${named}`);
  }
}
