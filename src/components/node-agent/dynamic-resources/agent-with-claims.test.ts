import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods, resourceclaims, resourceslices } from '../../../api/generated/resource-types.ts';
import type { DevicePlugin } from '../../../extension-points/devices/contract.ts';
import { serveDriver } from '../../../extension-points/devices/dynamic/serve.ts';
import { createFakeDraGpu } from '../../../extensions/devices/fake-dra-gpu/fake-dra-gpu.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { ExtensionPoint } from '../../../kernel/extension-point.ts';
import { silentLog } from '../../../kernel/log.ts';
import { createDeviceManager } from '../devices/device-manager.ts';
import { until } from '../devices/testing/device-stage.ts';
import { type NodeAgent, startNodeAgent } from '../node-agent.ts';
import { FakeRuntime } from '../testing/fake-runtime.ts';
import { NodeClient } from '../testing/node-client.ts';
import { testContainer } from '../testing/pods.ts';
import { RecordingEvents } from '../testing/recording-events.ts';
import { createDynamicResources } from './dynamic-resources.ts';

const driver = 'gpu.example.com';

/** An agent with dynamic resources, on a runtime in memory, and a driver of two GPUs that are not there. */
class Stage implements AsyncDisposable {
  readonly client = new NodeClient({ clock: systemClock });
  readonly events = new RecordingEvents();
  readonly runtime = new FakeRuntime(systemClock);
  readonly gpu: ReturnType<typeof createFakeDraGpu>;
  readonly #directory: string;
  #agent: NodeAgent | undefined;
  #served: AsyncDisposable | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
    this.gpu = createFakeDraGpu({ nodeName: 'node-1', cdiDirectory: join(directory, 'cdi'), count: 2 });
  }
  static async open(): Promise<Stage> {
    return new Stage(await mkdtemp(join(tmpdir(), 'wac-')));
  }
  async start(): Promise<void> {
    const settings = { clock: systemClock, log: silentLog };
    const { client, runtime, events } = this;
    const dynamicResources = createDynamicResources({ client, nodeName: 'node-1', directory: this.#directory, ...settings });
    const pluginHandlers = { DRAPlugin: dynamicResources.pluginHandler };
    this.#agent = await startNodeAgent({
      ...settings,
      client,
      runtime,
      events,
      nodeName: 'node-1',
      directory: '/nowhere',
      logDirectory: '/nowhere/logs',
      nodeAddress: '192.0.2.1',
      clusterDomain: 'cluster.local',
      isSimulated: true,
      dynamicResources,
      devices: createDeviceManager({ directory: this.#directory, point: new ExtensionPoint<DevicePlugin>('devices'), pluginHandlers, ...settings }),
    });
    await this.#agent.ready;
  }
  async serve(): Promise<void> {
    const served = await serveDriver(this.gpu, { client: this.client, nodeName: 'node-1', kubeletDirectory: this.#directory });
    this.#served = served;
    await Promise.all([served.registered, served.published]);
  }
  async stop(): Promise<void> {
    await this.#agent?.[Symbol.asyncDispose]();
    this.#agent = undefined;
  }
  async pod(name: string, claim: string): Promise<Pod> {
    const container = testContainer('main', { resources: { claims: [{ name: 'gpu' }] } });
    return this.client.create(pods, {
      metadata: { name, namespace: 'default' },
      spec: { nodeName: 'node-1', containers: [container], resourceClaims: [{ name: 'gpu', resourceClaimName: claim }] },
    });
  }
  async claim(name: string, pod: Pod, device = 'gpu-0'): Promise<void> {
    await this.client.create(resourceclaims, {
      metadata: { name, namespace: 'default' },
      spec: {},
      status: {
        allocation: { devices: { results: [{ request: 'r', driver, pool: 'node-1', device }] } },
        reservedFor: [{ resource: 'pods', name: pod.metadata.name!, uid: pod.metadata.uid! }],
      },
    });
  }
  async phase(name: string): Promise<string | undefined> {
    return (await this.client.get(pods, { namespace: 'default', name })).status?.phase;
  }
  /** The calls that had to do with sandboxes and containers. */
  calls(): string[] {
    return this.runtime.calls.filter((call) => /^(run|create|start|stop)/.test(call));
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#served?.[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

describe('a node agent with drivers of dynamic resources', () => {
  it('starts nothing of a pod before its claims are prepared, and says why', async () => {
    await using stage = await Stage.open();
    await stage.start();
    const pod = await stage.pod('a', 'one');
    const said = (): string[] =>
      stage.events.recorded.filter(({ reason }) => reason === 'FailedPrepareDynamicResources').map(({ type, message }) => `${type} ${message}`);
    await until(() =>
      assert.equal(
        said().at(-1),
        'Warning Failed to prepare dynamic resources: prepare dynamic resources: fetch ResourceClaim one: resourceclaims.resource.k8s.io "one" not found',
      ),
    );
    await stage.claim('one', pod);
    await until(() =>
      assert.equal(said().at(-1), 'Warning Failed to prepare dynamic resources: prepare dynamic resources: DRA driver gpu.example.com is not registered'),
    );
    assert.deepEqual(stage.calls(), []);
    await stage.serve();
    await until(async () => assert.equal(await stage.phase('a'), 'Running'));
    const [container] = [...stage.runtime.containers.values()];
    assert.deepEqual(container!.config.devices, [{ containerPath: '/dev/fake-gpu-0', hostPath: '/dev/null', permissions: 'rw' }]);
    assert.equal(container!.config.environment.find(({ name }) => name === 'GPU_DEVICE_0')?.value, 'gpu-0');
    await until(async () => {
      const { status } = await stage.client.get(pods, { namespace: 'default', name: 'a' });
      assert.equal(status?.containerStatuses?.[0]?.allocatedResourcesStatus?.[0]?.resources?.[0]?.health, 'Healthy');
    });
    stage.gpu.setFaults({ unhealthy: ['gpu-0'] });
    await until(async () => {
      const { status } = await stage.client.get(pods, { namespace: 'default', name: 'a' });
      const [shown] = status?.containerStatuses?.[0]?.allocatedResourcesStatus ?? [];
      assert.equal(shown?.name, 'claim:gpu');
      assert.deepEqual([shown.resources?.[0]?.health, shown.resources?.[0]?.message], ['Unhealthy', 'gpu-0 is broken on command']);
    });
  });

  it('lets a pod end only when its claims are undone', async () => {
    await using stage = await Stage.open();
    await stage.start();
    await stage.serve();
    const pod = await stage.pod('a', 'one');
    await stage.claim('one', pod);
    await until(async () => assert.equal(await stage.phase('a'), 'Running'));
    stage.gpu.setFaults({ unprepare: 'still warm' });
    stage.runtime.exit('main', 0);
    await stage.client.delete(pods, { namespace: 'default', name: 'a' });
    await until(() => assert.ok(stage.calls().includes('stopPodSandbox a')));
    assert.equal(await stage.phase('a'), 'Running');
    stage.gpu.setFaults({});
    await until(async () => assert.rejects(stage.phase('a'), /not found/));
  });

  it('knows after a restart what its pods hold', async () => {
    await using stage = await Stage.open();
    await stage.start();
    await stage.serve();
    const pod = await stage.pod('a', 'one');
    await stage.claim('one', pod);
    await until(async () => assert.equal(await stage.phase('a'), 'Running'));
    const calls = stage.calls().length;
    await stage.stop();
    await stage.start();
    // Slices are taken away while no driver is there; the driver brings them back.
    await until(async () => assert.equal((await stage.client.list(resourceslices)).items.length, 1));
    const health = async (): Promise<string | undefined> =>
      (await stage.client.get(pods, { namespace: 'default', name: 'a' })).status?.containerStatuses?.[0]?.allocatedResourcesStatus?.[0]?.resources?.[0]?.health;
    await until(async () => assert.equal(await health(), 'Healthy'));
    assert.equal(stage.calls().length, calls); // nothing was started again
  });
});
