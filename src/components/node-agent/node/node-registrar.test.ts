import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node, NodeCondition } from '../../../api/generated/core-v1.ts';
import { nodes } from '../../../api/generated/resource-types.ts';
import { createInformers } from '../../../client/shared-informers.ts';
import { settle } from '../../../client/testing/settle.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { followSharedNode } from '../sources/own-node.ts';
import { NodeClient } from '../testing/node-client.ts';
import { RecordingEvents } from '../testing/recording-events.ts';
import { NodeRegistrar } from './node-registrar.ts';
import { noPressure } from './pressure.ts';

const key = { name: 'node-1' };

/** A registrar that follows its Node through an API in memory. */
class Fixture implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly client = new NodeClient({ clock: this.clock });
  readonly events = new RecordingEvents();
  isSilent = false;
  registrar!: NodeRegistrar;
  readonly #stack = new DisposalStack();

  async start({ isSimulated = true } = {}): Promise<this> {
    const { clock, client, events } = this;
    const informers = this.#stack.use(createInformers({ client, clock, log: silentLog }));
    this.registrar = this.#stack.use(
      new NodeRegistrar({
        ...{ client, clock, events, isSimulated, log: silentLog, nodeName: key.name, labels: {}, taints: [], podCidr: undefined },
        facts: () => ({ capacity: { cpu: '1' }, allocatable: { cpu: '1' } }),
        problems: () => [],
        pressure: () => noPressure,
        isSilent: () => this.isSilent,
      }),
    );
    await this.registrar.register();
    this.#stack.use(followSharedNode(informers, key.name, (node) => this.registrar.observe(node)));
    await informers.synced();
    await settle();
    return this;
  }

  [Symbol.asyncDispose] = (): Promise<void> => this.#stack[Symbol.asyncDispose]();

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await settle();
  }

  /** What the node-lifecycle controller writes over a node that it cannot hear. */
  async giveUp(): Promise<void> {
    const node = await this.client.get(nodes, key);
    const conditions = node.status?.conditions?.map(
      (condition): NodeCondition => ({
        ...condition,
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
      }),
    );
    await this.client.replace(nodes, { ...node, status: { ...node.status, conditions: conditions! } }, { subresource: 'status' });
  }

  node(): Node | undefined {
    return this.client.store.get(nodes, key) as Node | undefined;
  }

  shown(): string[] {
    return (this.node()?.status?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
  }
}

const healthy = [
  'MemoryPressure=False KubeletHasSufficientMemory',
  'DiskPressure=False KubeletHasNoDiskPressure',
  'PIDPressure=False KubeletHasSufficientPID',
  'Ready=True KubeletReady',
];

describe('NodeRegistrar', () => {
  for (const isSimulated of [true, false]) {
    it(`says at once that a ${isSimulated ? 'simulated' : 'real'} node is ready when it was given up`, async () => {
      await using fixture = await new Fixture().start({ isSimulated });
      await fixture.pass(60_000);
      await fixture.giveUp();
      await settle();
      assert.deepEqual(fixture.shown(), healthy);
      const ready = fixture.node()?.status?.conditions?.at(-1);
      const now = '2026-01-01T00:01:00Z';
      assert.deepEqual([ready?.lastHeartbeatTime, ready?.lastTransitionTime], [now, now]);
    });
  }

  it('answers whoever gives it up again and again every ten seconds', async () => {
    await using fixture = await new Fixture().start();
    await fixture.giveUp();
    await settle();
    await fixture.pass(4_000);
    await fixture.giveUp();
    await settle();
    assert.equal(fixture.shown().at(-1), 'Ready=Unknown NodeStatusUnknown');
    await fixture.pass(5_000);
    assert.equal(fixture.shown().at(-1), 'Ready=Unknown NodeStatusUnknown');
    await fixture.pass(1_000);
    assert.deepEqual(fixture.shown(), healthy);
  });

  it('does not take the answer to a report for newer than what was written after it', async () => {
    await using fixture = await new Fixture().start();
    await fixture.giveUp();
    const answered = Promise.withResolvers<void>();
    const { client } = fixture;
    const patch = client.patch.bind(client);
    let patches = 0;
    // The first report is done, but its answer stays out until the node has been given up once more.
    client.patch = async (...request) => {
      const answer = await patch(...request);
      if (++patches === 1) await answered.promise;
      return answer as never;
    };
    await settle();
    assert.equal(patches, 1);
    await fixture.giveUp();
    await settle();
    answered.resolve();
    await fixture.pass(10_000);
    assert.deepEqual(fixture.shown(), healthy);
  });

  it('registers a node that was deleted while a report of it was under way', async () => {
    await using fixture = await new Fixture().start();
    const { uid } = fixture.node()!.metadata;
    const answered = Promise.withResolvers<void>();
    const { client } = fixture;
    const patch = client.patch.bind(client);
    client.patch = async (...request) => {
      const answer = await patch(...request);
      await answered.promise;
      return answer as never;
    };
    await fixture.giveUp();
    await settle();
    await client.delete(nodes, key);
    await settle();
    answered.resolve();
    await fixture.pass(1_000);
    assert.notEqual(fixture.node()?.metadata.uid ?? uid, uid);
    assert.deepEqual(fixture.shown(), healthy);
  });

  it('takes up at once what others say the node has, and lets pods have all of it', async () => {
    await using fixture = await new Fixture().start();
    const patch = async (...operations: object[]): Promise<void> => {
      await fixture.client.patch(nodes, key, { type: 'json', body: operations }, { subresource: 'status' });
      await settle();
    };
    const resources = (): unknown => [fixture.node()?.status?.capacity, fixture.node()?.status?.allocatable];
    await patch({ op: 'add', path: '/status/capacity/example.com~1dongle', value: '4' });
    const both = { cpu: '1', 'example.com/dongle': '4' };
    assert.deepEqual(resources(), [both, both]);
    await patch({ op: 'remove', path: '/status/capacity/example.com~1dongle' }, { op: 'replace', path: '/status/capacity/cpu', value: '64' });
    await fixture.pass(10_000);
    assert.deepEqual(resources(), [{ cpu: '1' }, { cpu: '1' }]);
  });

  it('drops page sizes that the machine does not have only when it starts', async () => {
    await using fixture = await new Fixture().start();
    const body = { status: { capacity: { 'hugepages-3Mi': '9Mi' }, allocatable: { 'hugepages-3Mi': '9Mi' } } };
    await fixture.client.patch(nodes, key, { type: 'merge', body }, { subresource: 'status' });
    await fixture.pass(60_000);
    assert.deepEqual(fixture.node()?.status?.allocatable, { cpu: '1', 'hugepages-3Mi': '9Mi' });
    await fixture.registrar.register();
    assert.deepEqual([fixture.node()?.status?.capacity, fixture.node()?.status?.allocatable], [{ cpu: '1' }, { cpu: '1' }]);
  });

  it('says nothing while the node plays dead', async () => {
    await using fixture = await new Fixture().start();
    fixture.isSilent = true;
    await fixture.giveUp();
    await fixture.pass(60_000);
    assert.equal(fixture.shown().at(-1), 'Ready=Unknown NodeStatusUnknown');
    fixture.isSilent = false;
    await fixture.client.patch(nodes, key, { type: 'merge', body: { metadata: { annotations: { awake: 'true' } } } });
    await settle();
    assert.deepEqual(fixture.shown(), healthy);
  });
});
