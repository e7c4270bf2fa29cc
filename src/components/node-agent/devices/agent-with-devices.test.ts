import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { nodes, pods } from '../../../api/generated/resource-types.ts';
import type { DevicePlugin } from '../../../extension-points/devices/contract.ts';
import { createFakeGpu, type FakeGpu } from '../../../extensions/devices/fake-gpu/fake-gpu.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { ExtensionPoint } from '../../../kernel/extension-point.ts';
import { silentLog } from '../../../kernel/log.ts';
import { type NodeAgent, startNodeAgent } from '../node-agent.ts';
import { FakeRuntime } from '../testing/fake-runtime.ts';
import { NodeClient } from '../testing/node-client.ts';
import { RecordingEvents } from '../testing/recording-events.ts';
import { createDeviceManager } from './device-manager.ts';
import { askingContainer, until } from './testing/device-stage.ts';

/** An agent with devices, on a runtime in memory. */
class Stage implements AsyncDisposable {
  readonly client = new NodeClient({ clock: systemClock });
  readonly events = new RecordingEvents();
  readonly runtime = new FakeRuntime(systemClock);
  readonly #directory: string;
  #agent: NodeAgent | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(): Promise<Stage> {
    return new Stage(await mkdtemp(join(tmpdir(), 'wa-')));
  }

  async start(...gpus: readonly FakeGpu[]): Promise<void> {
    const point = new ExtensionPoint<DevicePlugin>('devices');
    for (const gpu of gpus) point.add({ name: gpu.resourceName, origin: 'test', implementation: gpu });
    const settings = { clock: systemClock, log: silentLog };
    this.#agent = await startNodeAgent({
      ...settings,
      client: this.client,
      runtime: this.runtime,
      events: this.events,
      nodeName: 'node-1',
      directory: '/nowhere',
      logDirectory: '/nowhere/logs',
      nodeAddress: '192.0.2.1',
      clusterDomain: 'cluster.local',
      isSimulated: true,
      devices: createDeviceManager({ directory: this.#directory, point, ...settings }),
    });
    await this.#agent.ready;
  }

  async stop(): Promise<void> {
    await this.#agent?.[Symbol.asyncDispose]();
    this.#agent = undefined;
  }

  /** Nothing is left to do. */
  async settled(): Promise<void> {
    await this.#agent?.settled();
  }

  create(name: string, limits: Record<string, string>, more: Partial<Pod['spec']> = {}): Promise<Pod> {
    const spec = { nodeName: 'node-1', containers: [askingContainer('main', limits)], ...more };
    return this.client.create(pods, { metadata: { name, namespace: 'default' }, spec });
  }

  pod(name: string): Promise<Pod> {
    return this.client.get(pods, { namespace: 'default', name });
  }

  async amounts(resource: string): Promise<string> {
    const { status } = await this.client.get(nodes, { name: 'node-1' });
    return `${status?.allocatable?.[resource] ?? '-'}/${status?.capacity?.[resource] ?? '-'}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

const gpuName = 'example.com/gpu';

describe('a node agent with devices', () => {
  it('shows them on the node, and their health in the status of who holds them', async () => {
    await using stage = await Stage.open();
    const gpu = createFakeGpu({ count: 2 });
    await stage.start(gpu);
    await until(async () => assert.equal(await stage.amounts(gpuName), '2/2'));
    await stage.create('a', { [gpuName]: '1' });
    const health = async (): Promise<unknown> => (await stage.pod('a')).status?.containerStatuses?.[0]?.allocatedResourcesStatus;
    await until(async () => assert.deepEqual(await health(), [{ name: gpuName, resources: [{ resourceID: 'gpu-0', health: 'Healthy' }] }]));
    gpu.setFaults({ unhealthy: ['gpu-0'] });
    await until(async () => assert.deepEqual(await health(), [{ name: gpuName, resources: [{ resourceID: 'gpu-0', health: 'Unhealthy' }] }]));
    await until(async () => assert.equal(await stage.amounts(gpuName), '1/2'));
  });

  it('refuses pods whose devices cannot be had, in the words of upstream', async () => {
    await using stage = await Stage.open();
    const gpu = createFakeGpu({ count: 1, faults: { allocate: 'the fan is stuck' } });
    await stage.start(gpu);
    await until(async () => assert.equal(await stage.amounts(gpuName), '1/1'));
    const verdict = async (name: string): Promise<string> => {
      let text = '';
      await until(async () => {
        const { status } = await stage.pod(name);
        assert.ok(status?.phase === 'Failed' || status?.phase === 'Running');
        text = `${status.phase} ${status.reason ?? ''}: ${status.message ?? ''}`;
      });
      return text;
    };
    await stage.create('failing', { [gpuName]: '1' });
    assert.equal(await verdict('failing'), 'Failed UnexpectedAdmissionError: Pod was rejected: Allocate failed due to the fan is stuck, which is unexpected');
    gpu.setFaults({});
    await stage.create('good', { [gpuName]: '1' });
    assert.equal(await verdict('good'), 'Running : ');
    await stage.create('late', { [gpuName]: '1' });
    assert.equal(
      await verdict('late'),
      `Failed OutOf${gpuName}: Pod was rejected: Node didn't have enough resource: ${gpuName}, requested: 1, used: 1, capacity: 1`,
    );
    await stage.create('unknown', { 'example.com/else': '1' });
    assert.equal(await verdict('unknown'), 'Running : ');
  });

  it('refuses as many of the pods that came at once as there are too few devices', async () => {
    await using stage = await Stage.open();
    await stage.start(createFakeGpu({ count: 4 }));
    await until(async () => assert.equal(await stage.amounts(gpuName), '4/4'));
    await Promise.all(Array.from({ length: 10 }, (_, index) => stage.create(`p${index}`, { [gpuName]: '1' })));
    await until(async () => {
      const statuses = await Promise.all(Array.from({ length: 10 }, async (_, index) => (await stage.pod(`p${index}`)).status));
      assert.equal(statuses.filter((status) => status?.phase === 'Running').length, 4);
      assert.equal(statuses.filter((status) => status?.reason === `OutOf${gpuName}`).length, 6);
    });
  });

  it('gives what a pod had to the next as soon as everybody can see that it has ended', async () => {
    await using stage = await Stage.open();
    await stage.start(createFakeGpu({ count: 1 }));
    await until(async () => assert.equal(await stage.amounts(gpuName), '1/1'));
    const phase = async (name: string): Promise<string | undefined> => (await stage.pod(name)).status?.phase;
    await stage.create('first', { [gpuName]: '1' }, { restartPolicy: 'Never' });
    await until(async () => assert.equal(await phase('first'), 'Running'));
    stage.runtime.exit('main', 0);
    await until(async () => assert.equal(await phase('first'), 'Succeeded'));
    await stage.create('second', { [gpuName]: '1' });
    await until(async () => assert.notEqual((await phase('second')) ?? 'Pending', 'Pending'));
    assert.equal(await phase('second'), 'Running');
  });

  it('leaves resources alone that others put into the status, unless the node is set up anew', async () => {
    await using stage = await Stage.open();
    const gpu = createFakeGpu({ count: 1 });
    await stage.start(gpu);
    await until(async () => assert.equal(await stage.amounts(gpuName), '1/1'));
    await stage.client.patch(
      nodes,
      { name: 'node-1' },
      { type: 'merge', body: { status: { capacity: { 'example.com/dongle': '4' } } } },
      { subresource: 'status' },
    );
    gpu.setCount(2);
    await until(async () => assert.equal(await stage.amounts(gpuName), '2/2'));
    await until(async () => assert.equal(await stage.amounts('example.com/dongle'), '4/4'));
    await stage.stop();
    await stage.start();
    await until(async () => assert.equal(await stage.amounts(gpuName), '0/0'));
    assert.equal(await stage.amounts('example.com/dongle'), '4/4');
    await stage[Symbol.asyncDispose]();
    await stage.start();
    await until(async () => assert.equal(await stage.amounts('example.com/dongle'), '0/0'));
    assert.equal(await stage.amounts(gpuName), '0/0');
  });

  it('counts devices as their health changes: all of them are there, the healthy ones can be had', async () => {
    await using stage = await Stage.open();
    const gpu = createFakeGpu({ count: 4 });
    await stage.start(gpu);
    for (const [unhealthy, want] of [
      [[], '4/4'],
      [['gpu-0'], '3/4'],
      [[], '4/4'],
      [['gpu-1', 'gpu-2'], '2/4'],
      [['gpu-2'], '3/4'],
      [[], '4/4'],
    ] as const) {
      gpu.setFaults({ unhealthy });
      await until(async () => assert.equal(await stage.amounts(gpuName), want));
    }
  });

  it('shows the health of devices of a pod whose container cannot be started', async () => {
    await using stage = await Stage.open();
    const gpu = createFakeGpu({ count: 1 });
    await stage.start(gpu);
    await until(async () => assert.equal(await stage.amounts(gpuName), '1/1'));
    await stage.create('a', {}, { containers: [askingContainer('main', { [gpuName]: '1' }, { envFrom: [{ configMapRef: { name: 'missing' } }] })] });
    const shown = async (): Promise<unknown[]> => {
      const [status] = (await stage.pod('a')).status?.containerStatuses ?? [];
      return [status?.state?.waiting?.reason, status?.allocatedResourcesStatus?.[0]?.resources?.[0]?.health];
    };
    await until(async () => assert.deepEqual(await shown(), ['CreateContainerConfigError', 'Healthy']));
    gpu.setFaults({ unhealthy: ['gpu-0'] });
    await until(async () => assert.deepEqual(await shown(), ['CreateContainerConfigError', 'Unhealthy']));
  });
});

describe('a node agent that is started again', () => {
  const running = async (stage: Stage, name: string): Promise<void> => until(async () => assert.equal((await stage.pod(name)).status?.phase, 'Running'));

  it('leaves pods running that hold devices, whether their plugin is back or not', async () => {
    await using stage = await Stage.open();
    await stage.start(createFakeGpu({ count: 2 }));
    await until(async () => assert.equal(await stage.amounts(gpuName), '2/2'));
    await stage.create('a', { [gpuName]: '1' });
    await running(stage, 'a');
    const before = (await stage.pod('a')).status?.containerStatuses?.[0]?.containerID;
    await stage.stop();
    await stage.start();
    await until(async () => assert.equal(await stage.amounts(gpuName), '0/0'));
    await stage.settled();
    await stage.stop();
    await stage.start(createFakeGpu({ count: 2 }));
    await until(async () => assert.equal(await stage.amounts(gpuName), '2/2'));
    await stage.settled();
    const { status } = await stage.pod('a');
    assert.deepEqual([status?.phase, status?.containerStatuses?.[0]?.containerID], ['Running', before]);
  });

  it('leaves a pod that has ended as it is, though its plugin is gone', async () => {
    await using stage = await Stage.open();
    await stage.start(createFakeGpu({ count: 1 }));
    await until(async () => assert.equal(await stage.amounts(gpuName), '1/1'));
    await stage.create('done', { [gpuName]: '1' }, { restartPolicy: 'Never' });
    await running(stage, 'done');
    stage.runtime.exit('main', 0);
    await until(async () => assert.equal((await stage.pod('done')).status?.phase, 'Succeeded'));
    await stage.stop();
    await stage.start();
    await until(async () => assert.equal(await stage.amounts(gpuName), '0/0'));
    await stage.settled();
    assert.deepEqual([(await stage.pod('done')).status?.phase, (await stage.pod('done')).status?.reason], ['Succeeded', undefined]);
  });

  it('refuses a pod whose containers did not outlive a reboot while its plugin is not back', async () => {
    await using stage = await Stage.open();
    await stage.start(createFakeGpu({ count: 1 }));
    await until(async () => assert.equal(await stage.amounts(gpuName), '1/1'));
    await stage.create('a', { [gpuName]: '1' });
    await running(stage, 'a');
    await stage.stop();
    stage.runtime.sandboxes.clear();
    stage.runtime.containers.clear();
    await stage.start();
    await until(async () => assert.equal((await stage.pod('a')).status?.phase, 'Failed'));
    const { status } = await stage.pod('a');
    assert.equal(status?.reason, 'UnexpectedAdmissionError');
    assert.equal(
      status?.message,
      `Pod was rejected: Allocate failed due to no healthy devices present; cannot allocate unhealthy devices ${gpuName}, which is unexpected`,
    );
    await until(async () => assert.equal(await stage.amounts(gpuName), '0/0'));
  });
});
