import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node, Pod, PodSpec, PodStatus } from '../../../api/generated/core-v1.ts';
import { leases, nodes, pods } from '../../../api/generated/resource-types.ts';
import { createInformers } from '../../../client/shared-informers.ts';
import { settle, until } from '../../../client/testing/settle.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { startNodeAgent } from '../node-agent.ts';
import type { NodeServer } from '../server/node-server.ts';
import { FakeRuntime } from '../testing/fake-runtime.ts';
import { NodeClient } from '../testing/node-client.ts';
import { testContainer } from '../testing/pods.ts';
import { RecordingEvents } from '../testing/recording-events.ts';
import { type FleetNode, type NodeFleet, startNodeFleet } from './node-fleet.ts';

const resources = { cpu: '2', memory: '4Gi', pods: '3' };
const fleetNode = (name: string, parts: Partial<FleetNode> = {}): FleetNode => ({
  ...{ name, podCidr: '10.0.0.0/24', labels: {}, taints: [], capacity: resources, allocatable: resources, images: [] },
  ...parts,
});
const unserved: NodeServer = { port: 10_250, add: () => ({ [Symbol.dispose]: () => {} }), [Symbol.asyncDispose]: async () => {} };

/** A fleet on a runtime and an API in memory. */
class Fixture implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly client = new NodeClient({ clock: this.clock });
  readonly runtime = new FakeRuntime(this.clock);
  readonly events = new RecordingEvents();
  readonly #stack = new DisposalStack();

  async start(names: readonly (string | FleetNode)[]): Promise<this> {
    const { client, clock, runtime, events } = this;
    const informers = this.#stack.use(createInformers({ client, clock, log: silentLog }));
    const fleet: NodeFleet = await startNodeFleet({
      ...{ client, informers, runtime, events, clock, log: silentLog, server: unserved },
      nodes: names.map((node) => (typeof node === 'string' ? fleetNode(node) : node)),
      clientOf: () => client,
      runtimeOf: () => runtime,
      isSilent: ({ metadata }) => metadata.annotations?.['silent'] === 'true',
      nodeAddress: '192.0.2.1',
      clusterDomain: 'cluster.local',
      directory: '/nowhere',
      logDirectory: '/nowhere/logs',
    });
    this.#stack.use(fleet);
    await fleet.ready;
    await settle();
    return this;
  }

  /** An agent that has its node for itself. */
  async startAgent(nodeName: string): Promise<void> {
    const { client, clock, runtime, events } = this;
    const agent = await startNodeAgent({
      ...{ client, runtime, clock, events, nodeName, log: silentLog, isSimulated: true, nodeAddress: '192.0.2.1', clusterDomain: 'cluster.local' },
      ...{ directory: '/nowhere/else', logDirectory: '/nowhere/logs', capacity: resources },
    });
    this.#stack.use(agent);
    await agent.ready;
  }

  [Symbol.asyncDispose] = (): Promise<void> => this.#stack[Symbol.asyncDispose]();

  async rest(ms = 0): Promise<void> {
    await this.clock.advance(ms);
    await settle(60);
  }

  async create(name: string, nodeName: string, spec: Partial<PodSpec> = {}): Promise<Pod> {
    const pod = await this.client.create(pods, { metadata: { name, namespace: 'default' }, spec: { nodeName, containers: [testContainer('web')], ...spec } });
    await this.rest(1_000);
    return pod;
  }

  pod(name: string): Promise<Pod> {
    return this.client.get(pods, { namespace: 'default', name });
  }

  node(name: string): Promise<Node> {
    return this.client.get(nodes, { name });
  }

  async renewedAt(name: string): Promise<string | undefined> {
    return (await this.client.get(leases, { namespace: 'kube-node-lease', name })).spec?.renewTime;
  }

  annotate(name: string, annotations: Record<string, string | null>): Promise<Node> {
    return this.client.patch(nodes, { name }, { type: 'merge', body: { metadata: { annotations } } });
  }
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `node-${index}`);

/** What differs between two pods that went the same way: times, names of containers in the runtime, addresses. */
const comparable = (status: PodStatus | undefined): unknown =>
  JSON.parse(JSON.stringify(status, (key, value: unknown) => (/Time$|^startedAt$|^finishedAt$|^containerID$|^podIPs?$/.test(key) ? key : value)));

describe('the nodes of a fleet', () => {
  it('are registered ready, as they are described, each with its lease', async () => {
    const gpu = fleetNode('gpu', {
      labels: { zone: 'a' },
      taints: [{ key: 'gpu', effect: 'NoSchedule' }],
      capacity: { ...resources, 'nvidia.com/gpu': '8' },
      images: [{ names: ['cuda'], sizeBytes: 5 }],
    });
    await using fixture = await new Fixture().start([gpu, 'plain']);
    const { metadata, spec, status } = await fixture.node('gpu');
    assert.deepEqual([metadata.labels?.['zone'], metadata.labels?.['kubernetes.io/hostname'], spec.taints?.[0]?.key], ['a', 'gpu', 'gpu']);
    assert.deepEqual(
      [status?.capacity?.['nvidia.com/gpu'], status?.allocatable, status?.images, spec.podCIDR],
      ['8', resources, [{ names: ['cuda'], sizeBytes: 5 }], '10.0.0.0/24'],
    );
    for (const name of ['gpu', 'plain']) {
      const node = await fixture.node(name);
      assert.equal(node.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
      const lease = await fixture.client.get(leases, { namespace: 'kube-node-lease', name });
      assert.deepEqual([lease.spec?.holderIdentity, lease.metadata.ownerReferences?.[0]?.uid], [name, node.metadata.uid]);
    }
  });

  it('look to clients as nodes with agents of their own do', async () => {
    await using fixture = await new Fixture().start(['shared']);
    await fixture.startAgent('alone');
    await fixture.rest();
    const [shared, alone] = [await fixture.node('shared'), await fixture.node('alone')];
    const shape = (node: Node): unknown => ({
      ...node.status,
      capacity: 0,
      allocatable: 0,
      daemonEndpoints: 0,
      addresses: 0,
      nodeInfo: Object.keys(node.status!.nodeInfo!),
    });
    assert.deepEqual(shape(shared), shape(alone));
  });

  it('renew their leases a few at a time, all within 20 seconds', async () => {
    await using fixture = await new Fixture().start(names(80));
    const before = await Promise.all(names(80).map((name) => fixture.renewedAt(name)));
    await fixture.rest(5_000);
    const soon = await Promise.all(names(80).map((name) => fixture.renewedAt(name)));
    const renewed = soon.filter((time, index) => time !== before[index]).length;
    assert.ok(renewed >= 16 && renewed <= 24, `${renewed} of 80 after a quarter of the time`);
    await fixture.rest(16_000);
    const later = await Promise.all(names(80).map((name) => fixture.renewedAt(name)));
    assert.ok(later.every((time, index) => time !== before[index]));
  });

  it('make up for a time in which nothing ran, not all at once', async () => {
    await using fixture = await new Fixture().start(names(80));
    const renewedSince = async (ms: number): Promise<number> => {
      const times = await Promise.all(names(80).map((name) => fixture.renewedAt(name)));
      return times.filter((time) => Date.parse(time ?? '') >= ms).length;
    };
    const now = fixture.clock.now.bind(fixture.clock);
    fixture.clock.now = () => now() + 60_000;
    const awakeMs = fixture.clock.now();
    await fixture.rest(500);
    const first = await renewedSince(awakeMs);
    assert.ok(first > 0 && first <= 20, `${first} of 80 in the first half of a second`);
    await fixture.rest(2_500);
    assert.equal(await renewedSince(awakeMs), 80);
  });

  it('come back when they are deleted, and say that they are ready when they were given up', async () => {
    await using fixture = await new Fixture().start(['node-1']);
    const { uid } = (await fixture.node('node-1')).metadata;
    await fixture.client.delete(nodes, { name: 'node-1' });
    await until(() => fixture.client.store.get(nodes, { name: 'node-1' }) !== undefined, 'the node');
    assert.notEqual((await fixture.node('node-1')).metadata.uid, uid);
    const lost = { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' };
    await fixture.client.patch(nodes, { name: 'node-1' }, { type: 'strategic', body: { status: { conditions: [lost] } } }, { subresource: 'status' });
    await fixture.rest(1_000);
    assert.equal((await fixture.node('node-1')).status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  });

  it('play dead as long as they are told to', async () => {
    await using fixture = await new Fixture().start(['node-1', 'node-2']);
    await fixture.annotate('node-1', { silent: 'true' });
    await fixture.rest();
    const before = await fixture.renewedAt('node-1');
    await fixture.create('pod', 'node-1');
    await fixture.rest(60_000);
    assert.equal(await fixture.renewedAt('node-1'), before);
    assert.equal((await fixture.pod('pod')).status?.phase, undefined);
    await fixture.annotate('node-1', { silent: null });
    await fixture.rest(2_000);
    assert.notEqual(await fixture.renewedAt('node-1'), before);
    assert.equal((await fixture.pod('pod')).status?.phase, 'Running');
  });
});

describe('the pods of a fleet', () => {
  const cases: { name: string; spec: Partial<PodSpec> }[] = [
    { name: 'of one container', spec: {} },
    {
      name: 'of several containers, one after another',
      spec: { containers: [testContainer('web'), testContainer('side')], initContainers: [testContainer('first')] },
    },
    { name: 'with a probe', spec: { containers: [testContainer('web', { readinessProbe: { httpGet: { port: 80 } } })] } },
    { name: 'that do not fit', spec: { containers: [testContainer('web', { resources: { requests: { cpu: '3' } } })] } },
    { name: 'for another node', spec: { nodeSelector: { zone: 'b' } } },
    { name: 'whose ConfigMap is missing', spec: { volumes: [{ name: 'config', configMap: { name: 'none' } }] } },
  ];
  for (const { name, spec } of cases) {
    it(`${name} look as they do on a node with an agent of its own`, async () => {
      await using fixture = await new Fixture().start(['shared']);
      await fixture.startAgent('alone');
      await fixture.create('pod-1', 'shared', spec);
      await fixture.create('pod-2', 'alone', spec);
      await fixture.rest(3_000);
      const [shared, alone] = [(await fixture.pod('pod-1')).status, (await fixture.pod('pod-2')).status];
      assert.notEqual(shared?.phase, undefined);
      const text = JSON.stringify(comparable(shared)).replaceAll('pod-1', 'pod-2');
      assert.deepEqual(JSON.parse(text), comparable(alone));
    });
  }

  it('run on their own nodes, and a node takes no more than it has room for', async () => {
    await using fixture = await new Fixture().start(names(3));
    for (let index = 0; index < 12; index++) await fixture.create(`pod-${index}`, `node-${index % 3}`);
    const phases = await Promise.all(Array.from({ length: 12 }, async (_, index) => (await fixture.pod(`pod-${index}`)).status));
    assert.deepEqual(
      phases.map((status) => status?.phase),
      [...Array<string>(9).fill('Running'), ...Array<string>(3).fill('Failed')],
    );
    assert.equal(phases.at(-1)?.reason, 'OutOfpods');
  });

  it('end, and are gone when they are deleted', async () => {
    await using fixture = await new Fixture().start(['node-1']);
    await fixture.create('pod', 'node-1', { restartPolicy: 'Never' });

    fixture.runtime.exit('web', 3);
    await fixture.rest(1_000);
    const { status } = await fixture.pod('pod');
    assert.deepEqual([status?.phase, status?.containerStatuses?.[0]?.state?.terminated?.exitCode], ['Failed', 3]);
    await fixture.create('other', 'node-1');
    for (const name of ['pod', 'other']) await fixture.client.delete(pods, { namespace: 'default', name });
    await fixture.rest(2_000);
    assert.equal(fixture.client.store.list(pods).length, 0);
    assert.deepEqual([await fixture.runtime.listPodSandboxes({}), await fixture.runtime.listContainers({})], [[], []]);
  });

  it('tell of trouble, and not of every step', async () => {
    await using fixture = await new Fixture().start(['node-1']);
    await fixture.create('pod', 'node-1', { containers: [testContainer('web', { resources: { requests: { cpu: '3' } } })] });
    await fixture.create('fine', 'node-1');
    assert.deepEqual(
      fixture.events.recorded.map(({ reason }) => reason),
      ['OutOfcpu'],
    );
  });
});
