import type { EnabledPlugin, PluginSet, PluginSets, PointName } from './configuration/configuration.ts';
import type { SchedulingPlugin } from './contract.ts';
import type { PluginLists } from './plugin-lists.ts';

/** A profile's plugins per extension point, and the weights of those that score. */
export interface ExpandedPlugins {
  readonly lists: PluginLists;
  readonly weights: Readonly<Record<string, number>>;
}

/** The points in the order in which upstream looks at them, with the names its messages have for them and the methods that make a plugin one of them. */
const points: readonly { readonly point: PointName; readonly upstreamName: string; readonly methods: readonly (keyof SchedulingPlugin)[] }[] = [
  { point: 'preFilter', upstreamName: 'PreFilterPlugin', methods: ['preFilter'] },
  { point: 'filter', upstreamName: 'FilterPlugin', methods: ['filter'] },
  { point: 'postFilter', upstreamName: 'PostFilterPlugin', methods: ['postFilter'] },
  { point: 'reserve', upstreamName: 'ReservePlugin', methods: ['reserve', 'unreserve'] },
  { point: 'preScore', upstreamName: 'PreScorePlugin', methods: ['preScore'] },
  { point: 'score', upstreamName: 'ScorePlugin', methods: ['score'] },
  { point: 'preBind', upstreamName: 'PreBindPlugin', methods: ['preBind'] },
  { point: 'bind', upstreamName: 'BindPlugin', methods: ['bind'] },
  { point: 'postBind', upstreamName: 'PostBindPlugin', methods: ['postBind'] },
  { point: 'permit', upstreamName: 'PermitPlugin', methods: ['permit'] },
  { point: 'preEnqueue', upstreamName: 'PreEnqueuePlugin', methods: ['preEnqueue'] },
  { point: 'queueSort', upstreamName: 'QueueSortPlugin', methods: ['queueSort'] },
];

type Find = (name: string) => SchedulingPlugin | undefined;

/**
 * Which plugins run at each point, in order: those listed at the point and at `multiPoint`, as the point lists them; the others of `multiPoint`; the others of the point.
 * `find` answers the plugins there are. Throws in upstream's words for plugins that are not there, stand twice or lack the point, and for a profile that cannot schedule.
 */
export function expandPlugins(sets: PluginSets, find: Find, schedulerName: string): ExpandedPlugins {
  for (const { point, upstreamName, methods } of points) {
    const seen = new Set<string>();
    for (const { name } of sets[point].enabled) {
      if (!has(required(find, name, upstreamName), methods)) throw new Error(`plugin "${name}" does not extend ${upstreamName} plugin`);
      if (seen.has(name)) throw new Error(`plugin "${name}" already registered as "${upstreamName}"`);
      seen.add(name);
    }
  }
  const lists = Object.fromEntries(
    points.map(({ point, upstreamName, methods }) => [point, expandPoint(sets[point], sets.multiPoint.enabled, { find, upstreamName, methods })]),
  ) as PluginLists;
  const profile = `for profile with scheduler name ${JSON.stringify(schedulerName)}`;
  if (lists.queueSort.length !== 1) throw new Error(`only one queue sort plugin required ${profile}, but got ${lists.queueSort.length}`);
  if (lists.bind.length === 0) throw new Error(`at least one bind plugin is needed ${profile}`);
  return { lists, weights: weightsOf(sets, find) };
}

/** The names of all plugins that a profile needs: those switched on anywhere. */
export function neededPlugins(sets: PluginSets): ReadonlySet<string> {
  return new Set(Object.values(sets).flatMap(({ enabled }) => enabled.map(({ name }) => name)));
}

interface Place {
  readonly find: Find;
  readonly upstreamName: string;
  readonly methods: readonly (keyof SchedulingPlugin)[];
}

function expandPoint({ enabled, disabled }: PluginSet, multiPoint: readonly EnabledPlugin[], { find, upstreamName, methods }: Place): readonly string[] {
  const explicit = enabled.map(({ name }) => name);
  if (disabled.includes('*')) return explicit;
  const expanded: string[] = [];
  const overridden = new Set<string>();
  for (const { name } of multiPoint) {
    if (!has(required(find, name, upstreamName), methods) || disabled.includes(name)) continue;
    if (explicit.includes(name)) overridden.add(name);
    else if (expanded.includes(name)) throw new Error(`plugin "${name}" already registered as "${upstreamName}"`);
    else expanded.push(name);
  }
  return [...explicit.filter((name) => overridden.has(name)), ...expanded, ...explicit.filter((name) => !overridden.has(name))];
}

function required(find: Find, name: string, upstreamName: string): SchedulingPlugin {
  const plugin = find(name);
  if (!plugin) throw new Error(`${upstreamName} ${JSON.stringify(name)} does not exist`);
  return plugin;
}

const has = (plugin: SchedulingPlugin, methods: readonly (keyof SchedulingPlugin)[]): boolean => methods.some((method) => typeof plugin[method] === 'function');

/** The point's own weight goes before that of `multiPoint`; none, or 0, is 1. */
function weightsOf({ score, multiPoint }: PluginSets, find: Find): Record<string, number> {
  const weights: Record<string, number> = {};
  let total = 0n;
  for (const { name, weight } of [...score.enabled, ...multiPoint.enabled]) {
    if (!find(name)?.score || Object.hasOwn(weights, name)) continue;
    weights[name] = weight || 1;
    total += BigInt(weights[name]) * 100n;
    if (total > largestTotal) throw new Error('score plugins: total score of Score plugins could overflow');
  }
  return weights;
}

const largestTotal = 2n ** 63n - 1n;
