import type { Trace } from '../trace.ts';

type Configuration = NonNullable<Trace['configuration']>;
const resources = (weights: Readonly<Record<string, number>>) => Object.entries(weights).map(([name, weight]) => ({ name, weight }));
const profileWith = (pluginConfig: Readonly<Record<string, object>>, plugins: object = {}): Configuration => ({
  profiles: [{ plugins, pluginConfig: Object.entries(pluginConfig).map(([name, args]) => ({ name, args })) }],
});

/** Other scores than upstream's default ones, for clusters that were drawn. */
export const configurations: Readonly<Record<string, Configuration | undefined>> = {
  default: undefined,
  mostAllocated: profileWith({
    NodeResourcesFit: { scoringStrategy: { type: 'MostAllocated', resources: resources({ cpu: 3, memory: 1, 'example.com/gpu': 5, 'ephemeral-storage': 2 }) } },
    NodeResourcesBalancedAllocation: { resources: resources({ cpu: 1, memory: 1, 'example.com/gpu': 1, 'ephemeral-storage': 1 }) },
    InterPodAffinity: { hardPodAffinityWeight: 50, ignorePreferredTermsOfExistingPods: true },
    PodTopologySpread: {
      defaultingType: 'List',
      defaultConstraints: [
        { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' },
        { maxSkew: 2, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
      ],
    },
  }),
  ratio: profileWith(
    {
      NodeResourcesFit: {
        ignoredResources: ['example.com/gpu'],
        scoringStrategy: {
          type: 'RequestedToCapacityRatio',
          resources: resources({ cpu: 3, memory: 1, 'example.com/gpu': 5 }),
          requestedToCapacityRatio: {
            shape: [
              { utilization: 0, score: 0 },
              { utilization: 50, score: 7 },
              { utilization: 100, score: 3 },
            ],
          },
        },
      },
      NodeAffinity: {
        addedAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, preference: { matchExpressions: [{ key: 'rack', operator: 'Exists' }] } }],
        },
      },
      InterPodAffinity: { hardPodAffinityWeight: 0 },
    },
    {
      multiPoint: {
        enabled: [
          { name: 'ImageLocality', weight: 7 },
          { name: 'InterPodAffinity', weight: 5 },
        ],
        disabled: [{ name: 'NodeName' }],
      },
    },
  ),
};

/** The clusters whose answers are kept: number and configuration. */
export const randomClusters: readonly { readonly seed: number; readonly configuration: string }[] = [
  { seed: 2, configuration: 'default' },
  { seed: 12, configuration: 'default' },
  { seed: 30, configuration: 'mostAllocated' },
  { seed: 41, configuration: 'ratio' },
];
export const probesPerCluster = 60;
