import type { ResourceSpec } from './configuration.ts';
import { configurationSchema } from './schemas.ts';

type Draft = Record<string, unknown>;

/** The kind of the arguments of one of upstream's plugins; undefined for plugins that have none of upstream's kinds. */
export function argumentsKind(plugin: string): string | undefined {
  const kind = `${plugin}Args`;
  return configurationSchema(kind) ? kind : undefined;
}

/** Fills in upstream's defaults, in place. */
export function defaultArguments(plugin: string, draft: Draft): Draft {
  defaults[plugin]?.(draft);
  return draft;
}

const cpuAndMemory = (): ResourceSpec[] => [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];

/** Upstream's `SetDefaults_<Name>Args`, with its default feature gates of 1.36. */
const defaults: Readonly<Record<string, (draft: Draft) => void>> = {
  DefaultPreemption(draft) {
    draft['minCandidateNodesPercentage'] ??= 10;
    draft['minCandidateNodesAbsolute'] ??= 100;
  },
  InterPodAffinity(draft) {
    draft['hardPodAffinityWeight'] ??= 1;
  },
  VolumeBinding(draft) {
    draft['bindTimeoutSeconds'] ??= 600;
  },
  NodeResourcesBalancedAllocation(draft) {
    draft['resources'] = weighted(draft['resources']);
  },
  PodTopologySpread(draft) {
    draft['defaultingType'] ||= 'System';
  },
  NodeResourcesFit(draft) {
    const strategy = (draft['scoringStrategy'] ??= { type: 'LeastAllocated' }) as Draft;
    strategy['type'] ??= '';
    strategy['resources'] = weighted(strategy['resources']);
  },
  DynamicResources(draft) {
    draft['filterTimeout'] ??= '10s';
    draft['bindingTimeout'] ??= '600s';
  },
};

/** CPU and memory unless there are others; without a weight they weigh 1. */
function weighted(resources: unknown): ResourceSpec[] {
  if (!Array.isArray(resources) || resources.length === 0) return cpuAndMemory();
  return (resources as Partial<ResourceSpec>[]).map(({ name = '', weight }) => ({ name, weight: weight || 1 }));
}
