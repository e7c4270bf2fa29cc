import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SchedulerConfiguration } from './configuration.ts';
import { defaultPlugins } from './default-plugins.ts';
import { defaultConfiguration, readConfiguration } from './read-configuration.ts';

const head = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n';
const everything = (): boolean => true;
const read = (text: string, available: (name: string) => boolean = everything): SchedulerConfiguration => readConfiguration(head + text, available);
const firstProfile = (text: string): SchedulerConfiguration['profiles'][number] => read(text).profiles[0]!;
const pluginConfigOf = (args: object | undefined, plugin: string): unknown =>
  firstProfile(args === undefined ? '' : `profiles: [{pluginConfig: [{name: ${plugin}, args: ${JSON.stringify(args)}}]}]`).pluginConfig.get(plugin);

describe('the configuration of a scheduler', () => {
  it('has upstream’s defaults', () => {
    const { profiles, ...rest } = defaultConfiguration(everything);
    assert.deepEqual(rest, { podInitialBackoffSeconds: 1, podMaxBackoffSeconds: 10, extenders: [] });
    const [profile] = profiles;
    assert.equal(profile!.schedulerName, 'default-scheduler');
    assert.deepEqual(profile!.plugins.multiPoint, { enabled: defaultPlugins, disabled: [] });
    assert.deepEqual(profile!.plugins.score, { enabled: [], disabled: [] });
  });

  it('leaves out the default plugins that are not there', () => {
    const { profiles } = defaultConfiguration((name) => name.startsWith('Node'));
    assert.deepEqual(
      profiles[0]!.plugins.multiPoint.enabled.map(({ name }) => name),
      [
        'NodeUnschedulable',
        'NodeName',
        'NodeAffinity',
        'NodePorts',
        'NodeResourcesFit',
        'NodeVolumeLimits',
        'NodeResourcesBalancedAllocation',
        'NodeDeclaredFeatures',
      ],
    );
    assert.deepEqual([...profiles[0]!.pluginConfig.keys()], ['NodeAffinity', 'NodeResourcesBalancedAllocation', 'NodeResourcesFit']);
  });

  it('takes over what the file says', () => {
    const configuration = read(`
parallelism: 4
percentageOfNodesToScore: 30
podInitialBackoffSeconds: 2
podMaxBackoffSeconds: 20
delayCacheUntilActive: true
enableProfiling: false
clientConnection: {kubeconfig: /etc/kubernetes/scheduler.conf, qps: 12.5, burst: 20, contentType: application/json, acceptContentTypes: ''}
leaderElection: {leaderElect: false, leaseDuration: 15s, renewDeadline: 10s, retryPeriod: 2s, resourceLock: leases, resourceName: a, resourceNamespace: b}
profiles:
- schedulerName: one
  percentageOfNodesToScore: 0
- schedulerName: two
  pluginConfig: [{name: Elsewhere, args: {anything: [goes, {here: 1}]}}]
`);
    assert.deepEqual([configuration.percentageOfNodesToScore, configuration.podInitialBackoffSeconds, configuration.podMaxBackoffSeconds], [30, 2, 20]);
    assert.deepEqual(
      configuration.profiles.map(({ schedulerName, percentageOfNodesToScore }) => [schedulerName, percentageOfNodesToScore]),
      [
        ['one', 0],
        ['two', undefined],
      ],
    );
    assert.deepEqual(configuration.profiles[1]!.pluginConfig.get('Elsewhere'), { anything: ['goes', { here: 1 }] });
  });

  it('is read from JSON too', () => {
    const text = JSON.stringify({ apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'KubeSchedulerConfiguration', podMaxBackoffSeconds: 7 });
    assert.equal(readConfiguration(text, everything).podMaxBackoffSeconds, 7);
  });

  const merges: { name: string; plugins: string; want: string[] }[] = [
    { name: 'keeps the place of a default that is given another weight', plugins: '{multiPoint: {enabled: [{name: B, weight: 9}]}}', want: ['A', 'B=9', 'C'] },
    { name: 'puts others behind', plugins: '{multiPoint: {enabled: [{name: X}, {name: Z}]}}', want: ['A', 'B', 'C', 'X', 'Z'] },
    { name: 'leaves out what is disabled', plugins: '{multiPoint: {disabled: [{name: B}]}}', want: ['A', 'C'] },
    { name: 'leaves out all', plugins: "{multiPoint: {disabled: [{name: '*'}], enabled: [{name: C}, {name: A}]}}", want: ['C', 'A'] },
    {
      name: 'appends what is disabled and enabled',
      plugins: '{multiPoint: {disabled: [{name: A}], enabled: [{name: A, weight: 3}]}}',
      want: ['B', 'C', 'A=3'],
    },
  ];
  for (const { name, plugins, want } of merges) {
    it(`${name} at multiPoint`, () => {
      const three = { A: 'NodeName', B: 'NodeAffinity', C: 'NodePorts' } as const;
      const real = plugins.replaceAll(/name: ([ABC])/g, (_, letter: 'A' | 'B' | 'C') => `name: ${three[letter]}`);
      const { enabled } = read(`profiles: [{plugins: ${real}}]`, (plugin) => Object.values(three).some((known) => known === plugin)).profiles[0]!.plugins
        .multiPoint;
      const letterOf = (plugin: string): string => Object.entries(three).find(([, known]) => known === plugin)?.[0] ?? plugin;
      const shown = enabled.map(({ name: plugin, weight = 0 }) => letterOf(plugin) + (weight > 0 && weight !== 2 ? `=${weight}` : ''));
      assert.deepEqual(shown, want);
    });
  }
});

describe('the arguments of upstream’s plugins', () => {
  const cpuAndMemory = [
    { name: 'cpu', weight: 1 },
    { name: 'memory', weight: 1 },
  ];
  const cases: { plugin: string; args?: object; want: unknown }[] = [
    { plugin: 'DefaultPreemption', want: { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 } },
    { plugin: 'DefaultPreemption', args: { minCandidateNodesAbsolute: 5 }, want: { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 5 } },
    { plugin: 'InterPodAffinity', want: { hardPodAffinityWeight: 1 } },
    { plugin: 'InterPodAffinity', args: { hardPodAffinityWeight: 0 }, want: { hardPodAffinityWeight: 0 } },
    { plugin: 'NodeAffinity', want: {} },
    { plugin: 'NodeResourcesFit', want: { scoringStrategy: { type: 'LeastAllocated', resources: cpuAndMemory } } },
    {
      plugin: 'NodeResourcesFit',
      args: { scoringStrategy: { type: 'MostAllocated', resources: [{ name: 'example.com/gpu' }, { name: 'cpu', weight: 0 }, { name: 'memory', weight: 5 }] } },
      want: {
        scoringStrategy: {
          type: 'MostAllocated',
          resources: [
            { name: 'example.com/gpu', weight: 1 },
            { name: 'cpu', weight: 1 },
            { name: 'memory', weight: 5 },
          ],
        },
      },
    },
    { plugin: 'NodeResourcesBalancedAllocation', want: { resources: cpuAndMemory } },
    { plugin: 'PodTopologySpread', want: { defaultingType: 'System' } },
    { plugin: 'VolumeBinding', want: { bindTimeoutSeconds: 600 } },
    { plugin: 'VolumeBinding', args: { bindTimeoutSeconds: 0 }, want: { bindTimeoutSeconds: 0 } },
    { plugin: 'TaintToleration', want: undefined },
    { plugin: 'TaintToleration', args: { any: 1 }, want: { any: 1 } },
  ];
  for (const { plugin, args, want } of cases)
    it(`of ${plugin}, given ${JSON.stringify(args) ?? 'none'}, are whole`, () => assert.deepEqual(pluginConfigOf(args, plugin), want));

  it('may name their kind', () => {
    const args = { apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'NodeAffinityArgs' };
    assert.deepEqual(pluginConfigOf(args, 'NodeAffinity'), args);
  });

  it('of NodeResourcesFit ignore what extenders account for, and only that', () => {
    const { profiles, extenders } = read(`
profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {ignoredResources: [example.com/old]}}]}]
extenders:
- urlPrefix: http://127.0.0.1:9/
  httpTimeout: 1.5s
  managedResources: [{name: example.com/gpu, ignoredByScheduler: true}, {name: example.com/other}]
`);
    assert.deepEqual((profiles[0]!.pluginConfig.get('NodeResourcesFit') as { ignoredResources: string[] }).ignoredResources, ['example.com/gpu']);
    assert.deepEqual(
      extenders.map(({ urlPrefix, httpTimeoutMs, weight, ignorable, nodeCacheCapable }) => ({ urlPrefix, httpTimeoutMs, weight, ignorable, nodeCacheCapable })),
      [{ urlPrefix: 'http://127.0.0.1:9/', httpTimeoutMs: 1_500, weight: 0, ignorable: false, nodeCacheCapable: false }],
    );
  });
});

describe('a configuration that is refused', () => {
  const args = (plugin: string, given: string): string => `profiles: [{pluginConfig: [{name: ${plugin}, args: ${given}}]}]`;
  const at = 'profiles[0].pluginConfig[0].args';
  const cases: { name: string; text: string; says: string }[] = [
    // What cannot be decoded.
    { name: 'an unknown field', text: 'profiles: [{pluginz: {}}]', says: 'strict decoding error: unknown field "profiles[0].pluginz"' },
    {
      name: 'several unknown fields',
      text: 'a: 1\nextenders: [{urlPrefiks: x}]',
      says: 'strict decoding error: unknown field "a", unknown field "extenders[0].urlPrefiks"',
    },
    {
      name: 'a repeated field',
      text: 'podMaxBackoffSeconds: 20\npodMaxBackoffSeconds: 30',
      says: 'strict decoding error: yaml: unmarshal errors:\n  line 4: key "podMaxBackoffSeconds" already set in map',
    },
    {
      name: 'an unknown field of arguments',
      text: args('NodeResourcesFit', '{scoringStrategy: {resources: [{Name: cpu, Weight: 1}]}}'),
      says: 'strict decoding error: decoding .profiles[0].pluginConfig[0]: strict decoding error: decoding args for plugin NodeResourcesFit: strict decoding error: unknown field "scoringStrategy.resources[0].Name", unknown field "scoringStrategy.resources[0].Weight"',
    },
    {
      name: 'a value of a wrong type',
      text: 'parallelism: many',
      says: 'json: cannot unmarshal string into Go struct field KubeSchedulerConfiguration.parallelism of type int32',
    },
    {
      name: 'arguments of another kind',
      text: args('NodeAffinity', '{kind: InterPodAffinityArgs, apiVersion: kubescheduler.config.k8s.io/v1}'),
      says: 'decoding .profiles[0].pluginConfig[0]: args for plugin NodeAffinity were not of type NodeAffinityArgs.kubescheduler.config.k8s.io, got InterPodAffinityArgs.kubescheduler.config.k8s.io',
    },
    {
      name: 'a duration that is none',
      text: 'extenders: [{urlPrefix: a, httpTimeout: soon}]',
      says: 'extenders[0].httpTimeout: time: invalid duration "soon"',
    },
    // What is out of range.
    { name: 'no parallelism', text: 'parallelism: 0', says: 'parallelism: Invalid value: 0: should be an integer value greater than zero' },
    { name: 'a percentage above 100', text: 'percentageOfNodesToScore: 101', says: 'percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]' },
    {
      name: 'a percentage below 0, of a profile',
      text: 'profiles: [{percentageOfNodesToScore: -1}]',
      says: 'profiles[0].percentageOfNodesToScore: Invalid value: -1: not in valid range [0-100]',
    },
    { name: 'no first back-off', text: 'podInitialBackoffSeconds: 0', says: 'podInitialBackoffSeconds: Invalid value: 0: must be greater than 0' },
    {
      name: 'a longest back-off below the first',
      text: 'podInitialBackoffSeconds: 5\npodMaxBackoffSeconds: 4',
      says: 'podMaxBackoffSeconds: Invalid value: 4: must be greater than or equal to PodInitialBackoffSeconds',
    },
    {
      name: 'another lock',
      text: 'leaderElection: {resourceLock: configmaps}',
      says: 'leaderElection.resourceLock: Invalid value: "configmaps": resourceLock value must be "leases"',
    },
    {
      name: 'a lease below zero',
      text: 'leaderElection: {leaseDuration: -1s}',
      says: '[leaderElection.leaseDuration: Invalid value: "-1s": must be greater than zero, leaderElection.leaseDuration: Invalid value: "10s": must be greater than `RenewDeadline`]',
    },
    {
      name: 'times below zero',
      text: 'leaderElection: {renewDeadline: -1m, retryPeriod: -500ms}',
      says: '[leaderElection.renewDeadline: Invalid value: "-1m0s": must be greater than zero, leaderElection.retryPeriod: Invalid value: "-500ms": must be greater than zero]',
    },
    {
      name: 'a lease as short as its deadline',
      text: 'leaderElection: {leaseDuration: 90m, renewDeadline: 1h30m}',
      says: 'leaderElection.leaseDuration: Invalid value: "1h30m0s": must be greater than `RenewDeadline`',
    },
    { name: 'a burst below zero', text: 'clientConnection: {burst: -3}', says: 'clientConnection.burst: Invalid value: -3: must be non-negative' },
    {
      name: 'two profiles without names',
      text: 'profiles: [{}, {}]',
      says: '[profiles[0].schedulerName: Required value, profiles[1].schedulerName: Required value, profiles[1].schedulerName: Duplicate value: {}]',
    },
    { name: 'two profiles of a name', text: 'profiles: [{schedulerName: a}, {schedulerName: a}]', says: 'profiles[1].schedulerName: Duplicate value: {}' },
    {
      name: 'different queue orders',
      text: 'profiles: [{schedulerName: a, plugins: {queueSort: {enabled: [{name: Mine}]}}}, {schedulerName: b}]',
      says: 'profiles[1].plugins.queueSort: Invalid value: {"Enabled":null,"Disabled":null}: must be the same for all profiles',
    },
    {
      name: 'two queue orders',
      text: 'profiles: [{plugins: {queueSort: {enabled: [{name: A}, {name: B}]}}}]',
      says: 'profiles[0].plugins.queueSort.Enabled: Invalid value: 2: only one queue sort plugin can be enabled',
    },
    {
      name: 'arguments that stand twice',
      text: 'profiles: [{pluginConfig: [{name: Foo, args: {}}, {name: Foo, args: {}}]}]',
      says: 'profiles[0].pluginConfig[1]: Duplicate value: "Foo"',
    },
    {
      name: 'a plugin of former days',
      text: 'profiles: [{plugins: {filter: {enabled: [{name: EBSLimits}]}}}]',
      says: 'profiles[0].plugins.filter.enabled[0]: Invalid value: "EBSLimits": was invalid in version "kubescheduler.config.k8s.io/v1" (KubeSchedulerConfiguration is version "kubescheduler.config.k8s.io/v1")',
    },
    // Extenders.
    {
      name: 'an extender that prioritizes without a weight',
      text: 'extenders: [{prioritizeVerb: p}]',
      says: 'extenders[0].weight: Invalid value: 0: must have a positive weight applied to it',
    },
    {
      name: 'two extenders that bind',
      text: 'extenders: [{bindVerb: bind}, {bindVerb: b}]',
      says: 'extenders: Invalid value: "found 2 extenders implementing bind": only one extender can implement bind',
    },
    {
      name: 'a resource that two extenders manage',
      text: 'extenders: [{managedResources: [{name: example.com/gpu}]}, {managedResources: [{name: example.com/gpu}]}]',
      says: 'extenders[1].managedResources[0].name: Invalid value: "example.com/gpu": duplicate extender managed resource name',
    },
    {
      name: 'a managed resource of Kubernetes’ own',
      text: 'extenders: [{managedResources: [{name: kubernetes.io/foo}]}]',
      says: 'extenders[0].managedResources[0].name: Invalid value: "kubernetes.io/foo": is an invalid extended resource name',
    },
    {
      name: 'ignored resources without the plugin that would ignore them',
      text: 'profiles: [{plugins: {multiPoint: {disabled: [{name: NodeResourcesFit}]}}}]\nextenders: [{managedResources: [{name: example.com/gpu, ignoredByScheduler: true}]}]',
      says: "couldn't build extenders: can't find NodeResourcesFitArgs in plugin config",
    },
    // Arguments.
    {
      name: 'a share of candidates above 100',
      text: args('DefaultPreemption', '{minCandidateNodesPercentage: 101}'),
      says: `${at}.minCandidateNodesPercentage: Invalid value: 101: not in valid range [0, 100]`,
    },
    {
      name: 'no candidates at all',
      text: args('DefaultPreemption', '{minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0}'),
      says: `[${at}.minCandidateNodesPercentage: Invalid value: 0: cannot be zero at the same time as minCandidateNodesAbsolute, ${at}.minCandidateNodesAbsolute: Invalid value: 0: cannot be zero at the same time as minCandidateNodesPercentage]`,
    },
    {
      name: 'a weight of required affinity above 100',
      text: args('InterPodAffinity', '{hardPodAffinityWeight: 101}'),
      says: `${at}.hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]`,
    },
    {
      name: 'added affinity with an unknown operator',
      text: args(
        'NodeAffinity',
        '{addedAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: foo, operator: bar}]}]}}}',
      ),
      says: `${at}.addedAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator: Unsupported value: "bar": supported values: "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"`,
    },
    {
      name: 'a balanced resource that weighs more',
      text: args('NodeResourcesBalancedAllocation', '{resources: [{name: cpu, weight: 2}]}'),
      says: `${at}.resources[0].weight: Invalid value: 2: must be 1`,
    },
    {
      name: 'a balanced resource that stands twice',
      text: args('NodeResourcesBalancedAllocation', '{resources: [{name: cpu}, {name: cpu}]}'),
      says: `${at}.resources[1].name: Duplicate value: "cpu"`,
    },
    {
      name: 'constraints beside those of the system',
      text: args('PodTopologySpread', '{defaultConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]}'),
      says: `${at}.defaultingType: Invalid value: "System": when .defaultConstraints are not empty`,
    },
    {
      name: 'constraints out of range',
      text: args(
        'PodTopologySpread',
        '{defaultingType: List, defaultConstraints: [{maxSkew: 0, topologyKey: "", whenUnsatisfiable: Never, labelSelector: {}}]}',
      ),
      says: `[${at}.defaultConstraints[0].maxSkew: Invalid value: 0: not in valid range (0, inf), ${at}.defaultConstraints[0].topologyKey: Required value: can not be empty, ${at}.defaultConstraints[0].whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway", ${at}.defaultConstraints[0].labelSelector: Forbidden: constraint must not define a selector, as they deduced for each pod]`,
    },
    {
      name: 'a constraint that stands twice',
      text: args(
        'PodTopologySpread',
        '{defaultingType: List, defaultConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}, {maxSkew: 2, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]}',
      ),
      says: `${at}.defaultConstraints[1]: Duplicate value: "{zone, DoNotSchedule}"`,
    },
    {
      name: 'a time below 0 for binding volumes',
      text: args('VolumeBinding', '{bindTimeoutSeconds: -10}'),
      says: `${at}.bindTimeoutSeconds: Invalid value: -10: invalid BindTimeoutSeconds, should not be a negative value`,
    },
    {
      name: 'a strategy that nobody knows',
      text: args('NodeResourcesFit', '{scoringStrategy: {type: Best}}'),
      says: 'initializing profiles: creating profile for scheduler name default-scheduler: initializing plugin "NodeResourcesFit": scoringStrategy.type: Unsupported value: "Best": supported values: "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"',
    },
    {
      name: 'a ratio without a shape, and a group with a slash',
      text: args('NodeResourcesFit', '{ignoredResourceGroups: [a/b], scoringStrategy: {type: RequestedToCapacityRatio}}'),
      says: 'initializing profiles: creating profile for scheduler name default-scheduler: initializing plugin "NodeResourcesFit": [ignoredResourceGroups[0]: Invalid value: "a/b": resource group name can\'t contain \'/\', scoringStrategy.requestedToCapacityRatio: Required value: must be specified when type is RequestedToCapacityRatio]',
    },
    {
      name: 'a shape that falls back',
      text: args(
        'NodeResourcesFit',
        '{scoringStrategy: {type: RequestedToCapacityRatio, requestedToCapacityRatio: {shape: [{utilization: 50, score: 11}, {utilization: 50, score: 1}]}}}',
      ),
      says: 'initializing profiles: creating profile for scheduler name default-scheduler: initializing plugin "NodeResourcesFit": [scoringStrategy.requestedToCapacityRatio.shape[1].utilization: Invalid value: 50: values must be sorted in increasing order, scoringStrategy.requestedToCapacityRatio.shape[0].score: Invalid value: 11: not in valid range [0, 10]]',
    },
  ];
  for (const { name, text, says } of cases) it(`has ${name}`, () => assert.throws(() => read(text), { message: says }));

  const others: { name: string; text: string; says: RegExp }[] = [
    { name: 'is empty', text: '', says: /^Object 'Kind' is missing/ },
    { name: 'has no version', text: 'kind: KubeSchedulerConfiguration', says: /^Object 'apiVersion' is missing/ },
    {
      name: 'has a version of before',
      text: 'apiVersion: kubescheduler.config.k8s.io/v1beta3\nkind: KubeSchedulerConfiguration',
      says: /^no kind "KubeSchedulerConfiguration" is registered for version "kubescheduler\.config\.k8s\.io\/v1beta3"$/,
    },
    {
      name: 'is something else',
      text: 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: NodeAffinityArgs',
      says: /^couldn't decode as KubeSchedulerConfiguration, got .*NodeAffinityArgs/,
    },
    { name: 'is no YAML', text: 'a: [', says: /^couldn't get version\/kind; json parse error: yaml: / },
    { name: 'is a list', text: '[]', says: /^Object 'Kind' is missing/ },
    { name: 'is endless', text: `# ${'x'.repeat(2 ** 20)}`, says: /^a KubeSchedulerConfiguration may have at most 1048576 characters/ },
  ];
  for (const { name, text, says } of others) it(name, () => assert.throws(() => readConfiguration(text, everything), { message: says }));
});
