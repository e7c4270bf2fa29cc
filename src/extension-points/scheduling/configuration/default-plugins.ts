import type { EnabledPlugin, PluginSet, PluginSets } from './configuration.ts';
import { pointNames } from './configuration.ts';

/** Upstream's plugins that are on by default, in the order of its MultiPoint set, with their weights. */
export const defaultPlugins: readonly EnabledPlugin[] = [
  { name: 'SchedulingGates' },
  { name: 'PrioritySort' },
  { name: 'NodeUnschedulable' },
  { name: 'NodeName' },
  { name: 'TaintToleration', weight: 3 },
  { name: 'NodeAffinity', weight: 2 },
  { name: 'NodePorts' },
  { name: 'NodeResourcesFit', weight: 1 },
  { name: 'VolumeRestrictions' },
  { name: 'NodeVolumeLimits' },
  { name: 'VolumeBinding' },
  { name: 'VolumeZone' },
  { name: 'PodTopologySpread', weight: 2 },
  { name: 'InterPodAffinity', weight: 2 },
  { name: 'DynamicResources', weight: 2 },
  { name: 'DefaultPreemption' },
  { name: 'NodeResourcesBalancedAllocation', weight: 1 },
  { name: 'ImageLocality', weight: 1 },
  { name: 'DefaultBinder' },
  { name: 'NodeDeclaredFeatures' },
];

/** What a profile writes at `plugins`. */
export type GivenPluginSets = { readonly [Point in keyof PluginSets]?: GivenPluginSet };
export interface GivenPluginSet {
  readonly enabled?: readonly EnabledPlugin[];
  readonly disabled?: readonly { readonly name: string }[];
}

/** The default plugins of `available` with a profile's wishes laid over them. Upstream's `mergePlugins`. */
export function mergePlugins(given: GivenPluginSets, available: (name: string) => boolean): PluginSets {
  const defaults = defaultPlugins.filter(({ name }) => available(name));
  const sets = pointNames.map((point) => [point, mergeSet([], given[point])] as const);
  return { ...(Object.fromEntries(sets) as Omit<PluginSets, 'multiPoint'>), multiPoint: mergeSet(defaults, given.multiPoint) };
}

/** An entry with the name of a default takes its place; others come behind, twice if they stand there twice: making the framework then fails. */
function mergeSet(defaults: readonly EnabledPlugin[], { enabled = [], disabled = [] }: GivenPluginSet = {}): PluginSet {
  const disabledNames = disabled.map(({ name }) => name);
  const isOff = (name: string): boolean => disabledNames.includes('*') || disabledNames.includes(name);
  const kept = defaults.filter(({ name }) => !isOff(name));
  // Of several with one name the last one replaces, as upstream's map has it.
  const replacements = new Map(enabled.map((plugin, index) => [plugin.name, index]));
  const replaced = new Set<number>();
  const first = kept.map((plugin) => {
    const index = replacements.get(plugin.name);
    if (index === undefined) return plugin;
    replaced.add(index);
    return enabled[index]!;
  });
  return { enabled: [...first, ...enabled.filter((_, index) => !replaced.has(index))], disabled: disabledNames };
}
