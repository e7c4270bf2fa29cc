import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node, Taint, Toleration } from '../../../api/generated/core-v1.ts';
import { leases, nodes, pods } from '../../../api/generated/resource-types.ts';
import { settle } from '../../../client/testing/settle.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { microTimeText, timeText } from '../../../kernel/clock.ts';
import { Disruption } from './disruption.ts';
import { nodeLifecycleController } from './node-lifecycle.ts';
import { toleranceMs } from './taint-eviction.ts';

const lease = (name: string) => ({ namespace: 'kube-node-lease', name });

async function createNode(world: ControllerWorld, name: string, ready: 'True' | 'False' = 'True', labels: Record<string, string> = {}): Promise<void> {
  const now = timeText(world.clock.now());
  const conditions = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    type,
    status: 'False',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }));
  await world.client.create(nodes, {
    metadata: { name, labels },
    spec: {},
    status: { conditions: [...conditions, { type: 'Ready', status: ready, lastHeartbeatTime: now, lastTransitionTime: now }] },
  });
  await world.client.create(leases, { metadata: lease(name), spec: { holderIdentity: name, renewTime: microTimeText(world.clock.now()) } });
}
const createPod = (world: ControllerWorld, name: string, node: string, tolerations: Toleration[] = []) =>
  world.client.create(pods, {
    metadata: { name, namespace: 'a' },
    spec: { containers: [], nodeName: node, tolerations },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  });
/** What a node agent writes when it is heard again. */
async function postReady(world: ControllerWorld, name: string): Promise<void> {
  const now = timeText(world.clock.now());
  const conditions = (read(world, name).status?.conditions ?? []).map(({ type }) => ({
    type,
    status: type === 'Ready' ? 'True' : 'False',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }));
  await world.client.replace(nodes, { ...read(world, name), status: { ...read(world, name).status, conditions } }, { subresource: 'status' });
}
/** The process stands still: time goes on and nothing runs. */
function stall(world: ControllerWorld, ms: number): void {
  const now = world.clock.now.bind(world.clock);
  world.clock.now = () => now() + ms;
}
/** Lets time pass with these nodes alive. */
async function pass(world: ControllerWorld, seconds: number, ...alive: string[]): Promise<void> {
  for (let second = 0; second < seconds; second += 5) {
    for (const name of alive) await world.client.patch(leases, lease(name), { type: 'merge', body: { spec: { renewTime: microTimeText(world.clock.now()) } } });
    await world.clock.advance(5_000);
    await settle(5);
  }
}
const read = (world: ControllerWorld, name: string): Node => world.find(nodes, { name }) ?? assert.fail(`node ${name} is gone`);
const taints = (world: ControllerWorld, name: string): string[] => (read(world, name).spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
const conditions = (world: ControllerWorld, name: string): string[] =>
  (read(world, name).status?.conditions ?? []).map(({ type, status, reason, message }) => `${type}=${status} ${reason ?? ''} ${message ?? ''}`.trim());
const pod = (world: ControllerWorld, name: string) => world.find(pods, { namespace: 'a', name });

const aboutPods = (world: ControllerWorld): string[] => world.events().filter((text) => !text.startsWith('RegisteredNode'));

describe('nodeLifecycleController', () => {
  it('marks a node unknown 50 seconds after its last sign of life, taints it, and marks its pods unready', async () => {
    await using world = new ControllerWorld();
    await createNode(world, 'silent');
    await createNode(world, 'alive');
    await createPod(world, 'p', 'silent', [{ operator: 'Exists' }]);
    await world.start(nodeLifecycleController());
    await pass(world, 20, 'silent', 'alive');
    await pass(world, 45, 'alive');
    assert.equal(conditions(world, 'silent').at(-1), 'Ready=True');
    await pass(world, 20, 'alive');
    assert.deepEqual(
      conditions(world, 'silent'),
      ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => `${type}=Unknown NodeStatusUnknown Kubelet stopped posting node status.`),
    );
    assert.deepEqual(taints(world, 'silent'), ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute']);
    assert.equal(pod(world, 'p')?.status?.conditions?.[0]?.status, 'False');
    assert.deepEqual(taints(world, 'alive'), []);
    assert.deepEqual(
      world
        .events()
        .filter((text) => text.includes('silent') || !text.startsWith('RegisteredNode'))
        .sort(),
      [
        'NodeNotReady: Node is not ready',
        'NodeNotReady: Node silent status is now: NodeNotReady',
        'RegisteredNode: Node silent event: Registered Node silent in Controller',
      ],
    );
  });

  it('takes the word of a node that is heard again for its own state and that of its pods', async () => {
    await using world = new ControllerWorld();
    await createNode(world, 'shaky');
    await createNode(world, 'alive');
    await createPod(world, 'p', 'shaky', [{ operator: 'Exists' }]);
    await world.start(nodeLifecycleController());
    await pass(world, 60, 'alive');
    assert.equal(pod(world, 'p')?.status?.conditions?.[0]?.status, 'False');
    const setPodReady = async (): Promise<void> => {
      const current = pod(world, 'p') ?? assert.fail('the pod is gone');
      await world.client.replace(
        pods,
        { ...current, status: { ...current.status, conditions: [{ type: 'Ready', status: 'True' }] } },
        { subresource: 'status' },
      );
    };
    // The agent repairs the pod before the node: that is not undone.
    await setPodReady();
    await pass(world, 10, 'alive', 'shaky');
    assert.equal(pod(world, 'p')?.status?.conditions?.[0]?.status, 'True');
    await postReady(world, 'shaky');
    await pass(world, 5, 'alive', 'shaky');
    assert.deepEqual([taints(world, 'shaky'), conditions(world, 'shaky').at(-1)], [[], 'Ready=True']);
    assert.equal(pod(world, 'p')?.status?.conditions?.[0]?.status, 'True');
    // Another loss is noticed as the first was.
    await pass(world, 60, 'alive');
    assert.equal(pod(world, 'p')?.status?.conditions?.[0]?.status, 'False');
  });

  it('blames no node for a time in which it stood still itself, and hears silence afterwards', async () => {
    await using world = new ControllerWorld();
    await createNode(world, 'alive');
    await createNode(world, 'silent');
    await world.start(nodeLifecycleController());
    await pass(world, 10, 'alive', 'silent');
    stall(world, 120_000);
    await pass(world, 45, 'alive');
    assert.deepEqual(
      ['alive', 'silent'].map((name) => conditions(world, name).at(-1)),
      ['Ready=True', 'Ready=True'],
    );
    await pass(world, 15, 'alive');
    assert.equal(conditions(world, 'alive').at(-1), 'Ready=True');
    assert.match(conditions(world, 'silent').at(-1)!, /^Ready=Unknown/);
  });

  it('marks the pods of nodes that were lost before it started', async () => {
    await using world = new ControllerWorld();
    await createNode(world, 'lost', 'False');
    await createPod(world, 'p', 'lost', [{ operator: 'Exists' }]);
    await world.start(nodeLifecycleController());
    await settle(30);
    assert.equal(pod(world, 'p')?.status?.conditions?.[0]?.status, 'False');
  });

  it('gives a node that never posted a status 60 seconds', async () => {
    await using world = new ControllerWorld();
    await createNode(world, 'alive');
    await world.client.create(nodes, { metadata: { name: 'new' }, spec: {} });
    await world.start(nodeLifecycleController());
    await pass(world, 60, 'alive');
    assert.deepEqual(conditions(world, 'new'), []);
    await pass(world, 10, 'alive');
    assert.deepEqual(conditions(world, 'new').at(0), 'Ready=Unknown NodeStatusNeverUpdated Kubelet never posted node status.');
  });

  it('takes the taints away when the node is ready again, and leaves those of others', async () => {
    await using world = new ControllerWorld();
    await createNode(world, 'alive');
    await createNode(world, 'shaky', 'False');
    await world.client.patch(
      nodes,
      { name: 'shaky' },
      { type: 'merge', body: { spec: { unschedulable: true, taints: [{ key: 'mine', effect: 'NoExecute' }] } } },
    );
    await world.start(nodeLifecycleController());
    await pass(world, 5, 'alive', 'shaky');
    assert.deepEqual(taints(world, 'shaky'), [
      'mine:NoExecute',
      'node.kubernetes.io/not-ready:NoSchedule',
      'node.kubernetes.io/unschedulable:NoSchedule',
      'node.kubernetes.io/not-ready:NoExecute',
    ]);
    assert.ok(read(world, 'shaky').spec.taints?.at(-1)?.timeAdded);
    const status = {
      ...read(world, 'shaky').status,
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'MemoryPressure', status: 'True' },
      ],
    };
    await world.client.replace(nodes, { ...read(world, 'shaky'), status }, { subresource: 'status' });
    await pass(world, 5, 'alive', 'shaky');
    assert.deepEqual(taints(world, 'shaky'), [
      'mine:NoExecute',
      'node.kubernetes.io/unschedulable:NoSchedule',
      'node.kubernetes.io/memory-pressure:NoSchedule',
    ]);
  });

  it('evicts nothing when every node is silent: then the fault is here', async () => {
    await using world = new ControllerWorld();
    await createNode(world, 'one');
    await createNode(world, 'two');
    await createPod(world, 'p', 'one');
    await world.start(nodeLifecycleController());
    await pass(world, 120);
    assert.deepEqual(taints(world, 'one'), ['node.kubernetes.io/unreachable:NoSchedule']);
    assert.equal(pod(world, 'p')?.metadata.deletionTimestamp, undefined);
  });

  it('evicts pods at once, after their tolerationSeconds, or never', async () => {
    await using world = new ControllerWorld();
    await createNode(world, 'alive');
    await createNode(world, 'n');
    await createPod(world, 'none', 'n');
    await createPod(world, 'some', 'n', [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 }]);
    await createPod(world, 'all', 'n', [{ key: 'k', operator: 'Exists' }]);
    await world.start(nodeLifecycleController());
    await world.client.patch(nodes, { name: 'n' }, { type: 'merge', body: { spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } } });
    await settle(30);
    assert.deepEqual(
      ['none', 'some', 'all'].map((name) => Boolean(pod(world, name)?.metadata.deletionTimestamp)),
      [true, false, false],
    );
    assert.deepEqual(
      pod(world, 'none')
        ?.status?.conditions?.slice(1)
        .map(({ type, status, reason, message }) => [type, status, reason, message]),
      [['DisruptionTarget', 'True', 'DeletionByTaintManager', 'Taint manager: deleting due to NoExecute taint']],
    );
    assert.deepEqual(aboutPods(world), ['TaintManagerEviction: Marking for deletion Pod a/none']);
    await pass(world, 25, 'alive', 'n');
    assert.equal(pod(world, 'some')?.metadata.deletionTimestamp, undefined);
    await pass(world, 10, 'alive', 'n');
    assert.deepEqual(
      ['some', 'all'].map((name) => Boolean(pod(world, name)?.metadata.deletionTimestamp)),
      [true, false],
    );
  });

  it('calls an eviction off when the taint goes in time', async () => {
    await using world = new ControllerWorld();
    await createNode(world, 'n');
    await createPod(world, 'p', 'n', [{ key: 'k', operator: 'Exists', tolerationSeconds: 30 }]);
    await world.start(nodeLifecycleController());
    await world.client.patch(nodes, { name: 'n' }, { type: 'merge', body: { spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } } });
    await pass(world, 10, 'n');
    await world.client.patch(nodes, { name: 'n' }, { type: 'merge', body: { spec: { taints: [] } } });
    await pass(world, 40, 'n');
    assert.equal(pod(world, 'p')?.metadata.deletionTimestamp, undefined);
    assert.deepEqual(aboutPods(world), ['TaintManagerEviction: Cancelling deletion of Pod a/p']);
  });
});

describe('Disruption', () => {
  const members = (ready: number, unready: number): Node[] =>
    [...Array(ready + unready).keys()].map((index) => ({
      metadata: { name: `n${index}` },
      spec: {},
      status: { conditions: [{ type: 'Ready', status: index < ready ? 'True' : 'Unknown' }] },
    }));
  const cases = [
    { name: 'one of ten: one per ten seconds', nodes: members(9, 1), waits: [0, 10_000] },
    { name: 'most of a small zone: none', nodes: members(4, 6), waits: [100_000, 100_000] },
    { name: 'most of a large zone: one per hundred seconds', nodes: members(20, 40), waits: [0, 100_000] },
  ];
  for (const { name, nodes: list, waits } of cases) {
    it(`limits evictions by zone: ${name}`, () => {
      const disruption = new Disruption();
      disruption.update(list);
      assert.deepEqual([disruption.take(':\0:', 1_000), disruption.take(':\0:', 1_000)], waits);
      assert.equal(disruption.isTotal, false);
    });
  }
  it('is total when no zone has a ready node', () => {
    const disruption = new Disruption();
    disruption.update(members(0, 1));
    assert.equal(disruption.isTotal, true);
  });
});

describe('toleranceMs', () => {
  const taint = (key: string): Taint => ({ key, effect: 'NoExecute' });
  const cases: { name: string; taints: Taint[]; tolerations: Toleration[]; want: number }[] = [
    { name: 'no taints', taints: [], tolerations: [], want: Infinity },
    { name: 'a taint that is not tolerated', taints: [taint('a'), taint('b')], tolerations: [{ key: 'a', operator: 'Exists' }], want: 0 },
    {
      name: 'the shortest of several',
      taints: [taint('a'), taint('b')],
      tolerations: [
        { key: 'a', operator: 'Exists', tolerationSeconds: 5 },
        { key: 'b', operator: 'Exists', tolerationSeconds: 3 },
      ],
      want: 3_000,
    },
    { name: 'a negative number', taints: [taint('a')], tolerations: [{ operator: 'Exists', tolerationSeconds: -1 }], want: 0 },
  ];
  for (const { name, taints: list, tolerations, want } of cases) it(`answers for ${name}`, () => assert.equal(toleranceMs(list, tolerations), want));
});
