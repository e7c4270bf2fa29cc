import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import { silentLog } from '../../../kernel/log.ts';
import { topologyMetrics } from '../server/topology-metrics.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import type { HintProvider, TopologyHint } from './contract.ts';
import { maskOf, nodesIn } from './numa-mask.ts';
import { TopologyManager, type TopologyManagerOptions } from './topology-manager.ts';

/** Could give any container something of any of the nodes; notes what it gave. */
class Provider implements HintProvider {
  readonly given: string[] = [];
  readonly #nodes: readonly number[];

  constructor(...nodes: readonly number[]) {
    this.#nodes = nodes;
  }

  containerHints = (): ReturnType<HintProvider['containerHints']> =>
    new Map([['resource', this.#nodes.map((node) => ({ affinity: maskOf([node]), isPreferred: true }))]]);
  podHints = this.containerHints;
  async allocateContainer({ metadata }: Pod, { name }: Container, { affinity }: TopologyHint): Promise<void> {
    await Promise.resolve();
    this.given.push(`${metadata.uid} ${name} ${affinity === undefined ? 'anywhere' : nodesIn(affinity).join()}`);
  }
}

const managerOf = (options: Partial<TopologyManagerOptions>): TopologyManager =>
  new TopologyManager({ policy: 'restricted', scope: 'container', policyOptions: {}, distances: new Map(), nodeIds: [0, 1], log: silentLog, ...options });
const pod = (uid = 'a'): Pod => testPod({ initContainers: [testContainer('init')], containers: [testContainer('main')] }, { uid });
const { signal } = new AbortController();

describe('the topology manager', () => {
  for (const scope of ['container', 'pod'] as const)
    it(`has every provider allocate where all can, init containers first (${scope} scope)`, async () => {
      const providers = [new Provider(0, 1), new Provider(1)];
      const manager = managerOf({ scope });
      manager.use(providers);
      await manager.allocate(pod(), signal);
      for (const { given } of providers) assert.deepEqual(given, ['a init 1', 'a main 1']);
    });

  it('refuses what cannot be had together, and nothing is allocated', async () => {
    const providers = [new Provider(0), new Provider(1)];
    const manager = managerOf({});
    manager.use(providers);
    await assert.rejects(manager.allocate(pod(), signal), {
      reason: 'TopologyAffinityError',
      message: 'Resources cannot be allocated with Topology locality',
      detail: 'topology policy restricted: container init could have resource from NUMA node 0; resource from NUMA node 1',
    });
    assert.deepEqual(providers[0]!.given, []);
  });

  it('counts what it was asked, and what it refused', async () => {
    const manager = managerOf({});
    const counts = (): string =>
      [...topologyMetrics(manager.counts).matchAll(/^kubelet_topology_manager_admission_(\w+(?:total|count) \d+)$/gm)].map(([, count]) => count).join(', ');
    assert.equal(counts(), 'requests_total 0, errors_total 0, duration_ms_count 0');
    manager.use([new Provider(0), new Provider(1)]);
    await manager.allocate(pod(), signal).catch(() => {});
    assert.equal(counts(), 'requests_total 1, errors_total 1, duration_ms_count 1');
    manager.use([new Provider(0)]);
    await manager.allocate(pod(), signal);
    assert.equal(counts(), 'requests_total 2, errors_total 1, duration_ms_count 2');
    assert.match(topologyMetrics(manager.counts), /^kubelet_topology_manager_admission_duration_ms_bucket\{le="\+Inf"\} 2$/m);
  });

  it('without a policy allocates anywhere', async () => {
    const provider = new Provider();
    const manager = managerOf({ policy: 'none' });
    manager.use([provider]);
    await manager.allocate(pod(), signal);
    assert.deepEqual(provider.given, ['a init anywhere', 'a main anywhere']);
  });

  it('sees to one pod after another, whatever became of the one before', async () => {
    const provider = new Provider(0);
    const manager = managerOf({});
    manager.use([provider]);
    const stopped = AbortSignal.abort(new Error('the pod has to be stopped'));
    const results = await Promise.allSettled([manager.allocate(pod('a'), signal), manager.allocate(pod('b'), stopped), manager.allocate(pod('c'), signal)]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(provider.given, ['a init 0', 'a main 0', 'c init 0', 'c main 0']);
  });

  const refused: readonly (readonly [options: Partial<TopologyManagerOptions>, message: string])[] = [
    [{ policyOptions: { other: 'true' } }, 'unknown Topology Manager Policy option: "other"'],
    [
      { policyOptions: { 'prefer-closest-numa-nodes': 'maybe' } },
      'bad value for option "prefer-closest-numa-nodes": strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [{ policyOptions: { 'prefer-closest-numa-nodes': 'true' } }, 'cannot discover NUMA topology: error getting NUMA distances from cadvisor'],
    [{ policyOptions: { 'max-allowable-numa-nodes': '4' } }, 'the minimum value of "max-allowable-numa-nodes" should not be less than 8'],
    [
      { policyOptions: { 'max-allowable-numa-nodes': 'x' } },
      'unable to convert policy option to integer "max-allowable-numa-nodes": strconv.Atoi: parsing "x": invalid syntax',
    ],
    [{ nodeIds: [0, 1, 2, 3, 4, 5, 6, 7, 8] }, 'unsupported on machines with more than 8 NUMA Nodes'],
  ];
  for (const [options, message] of refused) it(`is refused: ${message}`, () => assert.throws(() => managerOf(options), { message }));

  it('takes more nodes when it is told to', () => {
    managerOf({ nodeIds: [0, 1, 2, 3, 4, 5, 6, 7, 8], policyOptions: { 'max-allowable-numa-nodes': '9' } });
  });
});
