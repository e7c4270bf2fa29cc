import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodes, resourceslices } from '../../../api/generated/resource-types.ts';
import type { Device, ResourceSlice } from '../../../api/generated/resource-v1.ts';
import { FakeClient, type FakeClientOptions } from '../../../client/testing/fake-client.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type { DevicePool } from './contract.ts';
import { SlicePublisher } from './publish-slices.ts';

const devices = (count: number, change: Partial<Device> = {}): Device[] => Array.from({ length: count }, (_, index) => ({ name: `gpu-${index}`, ...change }));
const pool = (count: number, name = 'node-1'): DevicePool => ({ name, devices: devices(count) });

class Stage implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly client: FakeClient;
  readonly publisher: SlicePublisher;

  private constructor(options: FakeClientOptions) {
    this.client = new FakeClient({ ...options, clock: this.clock });
    this.publisher = this.publisherOf('gpu.example.com');
  }
  static async open(options: FakeClientOptions = {}): Promise<Stage> {
    const stage = new Stage(options);
    await stage.client.create(nodes, { metadata: { name: 'node-1' }, spec: {} });
    stage.client.writes.length = 0;
    return stage;
  }
  publisherOf(driver: string, clock: Clock = this.clock): SlicePublisher {
    return new SlicePublisher({ driver, nodeName: 'node-1', client: this.client, clock, log: silentLog });
  }
  async slices(): Promise<readonly ResourceSlice[]> {
    return (await this.client.list(resourceslices)).items.toSorted((left, right) => (left.metadata.name! < right.metadata.name! ? -1 : 1));
  }
  /** Each slice as `pool generation/count: devices`. */
  async text(): Promise<string[]> {
    return (await this.slices()).map(
      ({ spec }) => `${spec.pool.name} ${spec.pool.generation}/${spec.pool.resourceSliceCount}: ${spec.devices?.length ?? 'counters'}`,
    );
  }
  writes(): string[] {
    return this.client.writes.splice(0).map(({ verb }) => verb);
  }
  /** Lets whatever is due happen, as long as something does. */
  async pass(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await this.clock.advance(250);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.publisher[Symbol.asyncDispose]();
  }
}

describe('what a driver publishes', () => {
  it('is owned by its node, in the order of the driver, and written once', async () => {
    await using stage = await Stage.open();
    await stage.publisher.publish([pool(2)]);
    const [slice] = await stage.slices();
    assert.match(slice!.metadata.name!, /^00000-gpu\.example\.com-node-1-/);
    const { uid } = (await stage.client.get(nodes, { name: 'node-1' })).metadata;
    assert.deepEqual(slice!.metadata.ownerReferences, [{ apiVersion: 'v1', kind: 'Node', name: 'node-1', uid, controller: true }]);
    assert.deepEqual(slice!.spec, {
      driver: 'gpu.example.com',
      nodeName: 'node-1',
      pool: { name: 'node-1', generation: 1, resourceSliceCount: 1 },
      devices: [{ name: 'gpu-0' }, { name: 'gpu-1' }],
    });
    await stage.publisher.publish([pool(2)]);
    await stage.pass();
    assert.deepEqual(stage.writes(), ['create']);
  });

  it('keeps its generation while one write is enough', async () => {
    await using stage = await Stage.open();
    await stage.publisher.publish([pool(2)]);
    await stage.publisher.publish([pool(3)]);
    assert.deepEqual(await stage.text(), ['node-1 1/1: 3']);
    await stage.publisher.publish([pool(0)]);
    assert.deepEqual(await stage.text(), ['node-1 1/1: 0']); // the driver is there, and has nothing
    assert.deepEqual(stage.writes(), ['create', 'replace', 'replace']);
  });

  it('is cut into slices of 128 devices, 64 where they have taints, and gets a new generation when several change', async () => {
    await using stage = await Stage.open();
    await stage.publisher.publish([pool(300)]);
    assert.deepEqual(await stage.text(), ['node-1 1/3: 128', 'node-1 1/3: 128', 'node-1 1/3: 44']);
    await stage.publisher.publish([pool(200)]);
    assert.deepEqual(await stage.text(), ['node-1 2/2: 128', 'node-1 2/2: 72']);
    const effect = 'NoSchedule';
    await stage.publisher.publish([
      { name: 'node-1', devices: devices(65, { taints: [{ key: 'hot', effect }] }), sharedCounters: [{ name: 'c', counters: {} }] },
    ]);
    assert.deepEqual(await stage.text(), ['node-1 3/3: counters', 'node-1 3/3: 64', 'node-1 3/3: 1']);
  });

  it('goes when its pool does', async () => {
    await using stage = await Stage.open();
    await stage.publisher.publish([pool(1, 'one'), pool(1, 'two')]);
    assert.deepEqual(await stage.text(), ['one 1/1: 1', 'two 1/1: 1']);
    await stage.publisher.publish([pool(1, 'two')]);
    assert.deepEqual(await stage.text(), ['two 1/1: 1']);
    await stage.publisher.publish([]);
    assert.deepEqual(await stage.text(), []);
  });

  it('comes back when others delete or change it', async () => {
    await using stage = await Stage.open();
    await stage.publisher.publish([pool(2)]);
    await stage.pass();
    await stage.client.deleteCollection(resourceslices, { fieldSelector: 'spec.nodeName=node-1' });
    await stage.pass();
    assert.deepEqual(await stage.text(), ['node-1 1/1: 2']);
    const [slice] = await stage.slices();
    await stage.client.replace(resourceslices, { ...slice!, spec: { ...slice!.spec, devices: [] } });
    await stage.pass();
    assert.deepEqual(await stage.text(), ['node-1 1/1: 2']);
  });

  it('leaves alone what other drivers publish', async () => {
    await using stage = await Stage.open();
    await using other = stage.publisherOf('nic.example.com');
    await other.publish([pool(3)]);
    await stage.publisher.publish([pool(1)]);
    await stage.publisher.publish([]);
    assert.deepEqual(await stage.text(), ['node-1 1/1: 3']);
  });

  it('takes over what an earlier run of the driver published', async () => {
    await using stage = await Stage.open();
    await stage.publisher.publish([pool(200)]);
    await stage.publisher[Symbol.asyncDispose]();
    stage.writes();
    await using next = stage.publisherOf('gpu.example.com');
    await next.publish([pool(200)]);
    assert.deepEqual(stage.writes(), []);
    await next.publish([pool(201)]);
    assert.deepEqual(stage.writes(), ['replace']);
    assert.deepEqual(await stage.text(), ['node-1 1/2: 128', 'node-1 1/2: 73']);
  });

  it('keeps the times at which taints were first seen', async () => {
    await using stage = await Stage.open();
    const taint = { key: 'hot', effect: 'NoExecute' as const };
    await stage.publisher.publish([{ name: 'node-1', devices: devices(1, { taints: [taint] }) }]);
    const [slice] = await stage.slices();
    const timeAdded = '2026-01-01T00:00:00Z'; // as the server stamps it
    await stage.client.replace(resourceslices, { ...slice!, spec: { ...slice!.spec, devices: devices(1, { taints: [{ ...taint, timeAdded }] }) } });
    await stage.publisher.publish([{ name: 'node-1', devices: devices(2, { taints: [taint] }) }]);
    assert.deepEqual(
      (await stage.slices())[0]!.spec.devices!.map(({ taints }) => taints?.[0]?.timeAdded),
      [timeAdded, undefined],
    );
  });

  for (const verb of ['list', 'create', 'get'] as const)
    it(`is tried again when the API refuses to ${verb}`, async () => {
      let refusals = 2;
      await using stage = await Stage.open({
        intercept: (call) => {
          if (call.verb === verb && call.resource !== 'nodes' && refusals-- > 0) throw new Error('not now');
          if (call.verb === verb && verb === 'get' && refusals-- > 0) throw new Error('not now');
        },
      });
      const publishing = stage.publisher.publish([pool(2)]);
      await stage.pass();
      await publishing;
      assert.deepEqual(await stage.text(), ['node-1 1/1: 2']);
    });

  it('is not waited for any more when the driver ends', async () => {
    await using stage = await Stage.open({
      intercept: ({ verb }) => {
        if (verb === 'list') throw new Error('not now');
      },
    });
    const publishing = stage.publisher.publish([pool(2)]);
    await stage.publisher[Symbol.asyncDispose]();
    await assert.rejects(publishing, /the driver was stopped/);
  });
});
