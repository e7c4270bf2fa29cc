import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Pod, ResourceList } from '../../../api/generated/core-v1.ts';
import { PodResourcesLister } from '../../../api/generated/pod-resources/pod-resources_pb.js';
import { pods } from '../../../api/generated/resource-types.ts';
import type { DevicePlugin } from '../../../extension-points/devices/contract.ts';
import { createGrpcClient } from '../../../extension-points/runtime/grpc-client.ts';
import { createFakeGpu } from '../../../extensions/devices/fake-gpu/fake-gpu.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { ExtensionPoint } from '../../../kernel/extension-point.ts';
import { silentLog } from '../../../kernel/log.ts';
import { defaultNodeSettings, type NodeSettings } from '../configuration/node-settings.ts';
import { createDeviceManager } from '../devices/device-manager.ts';
import { until } from '../devices/testing/device-stage.ts';
import { type NodeAgent, startNodeAgent } from '../node-agent.ts';
import { FakeRuntime } from '../testing/fake-runtime.ts';
import { NodeClient } from '../testing/node-client.ts';
import { testContainer } from '../testing/pods.ts';
import { RecordingEvents } from '../testing/recording-events.ts';
import { writeMachine } from './testing/fake-machine.ts';

const gpuName = 'example.com/gpu';
const aligned: NodeSettings = {
  ...defaultNodeSettings,
  cpuManagerPolicy: 'static',
  memoryManagerPolicy: 'Static',
  topologyManagerPolicy: 'single-numa-node',
  systemReserved: { cpu: '1', memory: '924Mi' },
  reservedMemory: [0, 1].map((numaNode) => ({ numaNode, limits: { memory: '512Mi' } })),
};

/** An agent of a machine with two NUMA nodes of four CPUs, 8 GiB and a GPU each, on a runtime in memory. */
class Stage implements AsyncDisposable {
  readonly client = new NodeClient({ clock: systemClock });
  readonly runtime = new FakeRuntime(systemClock);
  readonly directory = mkdtempSync(join(tmpdir(), 'wp-'));
  readonly #machine = writeMachine({ sockets: 2, coresPerNumaNode: 4 });
  #agent: NodeAgent | undefined;

  async start(settings: NodeSettings = aligned): Promise<void> {
    const point = new ExtensionPoint<DevicePlugin>('devices');
    point.add({ name: 'gpu', origin: 'test', implementation: createFakeGpu({ count: 2, numaNodes: 2 }) });
    const common = { clock: systemClock, log: silentLog };
    this.#agent = await startNodeAgent({
      ...common,
      client: this.client,
      runtime: this.runtime,
      events: new RecordingEvents(),
      nodeName: 'node-1',
      directory: this.directory,
      logDirectory: join(this.directory, 'logs'),
      nodeAddress: '192.0.2.1',
      clusterDomain: 'cluster.local',
      isSimulated: true,
      machineRoot: this.#machine.root,
      capacity: { cpu: '8', memory: '16Gi' },
      settings,
      devices: createDeviceManager({ directory: this.directory, point, ...common }),
    });
    await this.#agent.ready;
  }

  async stop(): Promise<void> {
    await this.#agent?.[Symbol.asyncDispose]();
    this.#agent = undefined;
  }

  /** A pod whose container has its name; guaranteed when it names memory. */
  async run(name: string, limits: ResourceList = {}): Promise<Pod> {
    const containers = [testContainer(name, { resources: { limits, requests: limits } })];
    await this.client.create(pods, { metadata: { name, namespace: 'default' }, spec: { nodeName: 'node-1', containers } });
    let pod!: Pod;
    await until(async () => {
      pod = await this.client.get(pods, { namespace: 'default', name });
      assert.ok(['Running', 'Failed'].includes(pod.status?.phase ?? ''));
    });
    return pod;
  }

  /** CPUs and memory nodes that a container was created with. */
  placeOf(name: string): string {
    const { cpusetCpus, cpusetMems, cpuQuota } = this.runtime.container(name).config.linux.resources;
    return `${cpusetCpus} of ${cpusetMems}${cpuQuota === -1 ? ' without quota' : ''}`;
  }

  assigned(): string[] {
    const { entries = {} } = JSON.parse(readFileSync(join(this.directory, 'cpu_manager_state'), 'utf8')) as {
      entries?: Record<string, Record<string, string>>;
    };
    return Object.values(entries).flatMap((containers) => Object.entries(containers).map(([name, cpus]) => `${name} ${cpus}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#machine[Symbol.dispose]();
    rmSync(this.directory, { recursive: true });
  }
}

const guaranteed = (cpu: string, gpus = 0): ResourceList => ({ cpu, memory: '1Gi', ...(gpus > 0 ? { [gpuName]: String(gpus) } : {}) });
const verdict = ({ status }: Pod): string => `${status?.phase} ${status?.reason ?? ''}: ${status?.message ?? ''}`;

describe('a node agent that aligns', () => {
  it('gives CPUs, memory and devices of one NUMA node, or refuses the pod in the words of upstream', async () => {
    await using stage = new Stage();
    await stage.start();
    await stage.run('shared');
    assert.equal(stage.placeOf('shared'), '0-7 of ');
    await stage.run('small', guaranteed('1'));
    await stage.run('near', guaranteed('2', 1));
    assert.deepEqual([stage.placeOf('small'), stage.placeOf('near')], ['1 of 0 without quota', '2-3 of 0 without quota']);
    await stage.run('far', guaranteed('3', 1));
    assert.equal(stage.placeOf('far'), '4-6 of 1 without quota');
    assert.equal(
      verdict(await stage.run('wide', guaranteed('2'))),
      'Failed TopologyAffinityError: Pod was rejected: Resources cannot be allocated with Topology locality',
    );
    await until(() => assert.equal(stage.runtime.updates.get('shared')?.cpusetCpus, '0,7'));
    assert.deepEqual(stage.assigned().sort(), ['far 4-6', 'near 2-3', 'small 1']);
  });

  it('tells who has what to those who ask for pod resources', async () => {
    await using stage = new Stage();
    await stage.start();
    await stage.run('near', guaranteed('2', 1));
    await stage.run('shared');
    const { method } = PodResourcesLister;
    using client = await createGrpcClient(`unix://${join(stage.directory, 'pod-resources', 'kubelet.sock')}`);
    const { podResources } = await client.unary(method.list, {});
    const told = podResources.flatMap(({ containers }) =>
      containers.map(({ name, cpuIds, memory }) => [
        name,
        cpuIds.map(Number),
        memory.map(({ memoryType, size, topology }) => `${memoryType} ${size} on ${topology?.nodes.map(({ ID }) => ID).join()}`),
      ]),
    );
    assert.deepEqual(told, [
      ['near', [1, 2], ['memory 1073741824 on 0']],
      ['shared', [], []],
    ]);
    const { cpuIds, memory } = await client.unary(method.getAllocatableResources, {});
    assert.deepEqual(cpuIds.map(Number), [1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(
      memory.map(({ memoryType, size, topology }) => `${memoryType} ${size} on ${topology?.nodes.map(({ ID }) => ID).join()}`),
      ['memory 8053063680 on 0', 'memory 8053063680 on 1'],
    );
  });

  it('knows after a restart who has what, tells shared containers anew, and gives what pods had that are gone meanwhile', async () => {
    await using stage = new Stage();
    await stage.start();
    await stage.run('kept', guaranteed('2', 1));
    await stage.run('gone', guaranteed('2', 1));
    await stage.run('shared');
    await stage.stop();
    stage.runtime.updates.clear();
    await stage.client.delete(pods, { namespace: 'default', name: 'gone' }, { gracePeriodSeconds: 0 });
    await stage.start();
    await until(() => assert.deepEqual(stage.assigned(), ['kept 1-2']));
    await until(() => assert.equal(stage.runtime.updates.get('shared')?.cpusetCpus, '0,3-7'));
    assert.equal(stage.runtime.updates.get('kept')?.cpusetCpus, '1-2');
    await stage.run('next', guaranteed('4', 1));
    assert.equal(stage.placeOf('next'), '4-7 of 1 without quota');
  });

  it('does not change the size of what a container has for itself', async () => {
    await using stage = new Stage();
    await stage.start();
    await stage.run('own', guaranteed('2'));
    const resize = async (resources: ResourceList): Promise<void> => {
      const spec = { containers: [{ name: 'own', resources: { limits: resources, requests: resources } }] };
      const generation = ((await stage.client.get(pods, { namespace: 'default', name: 'own' })).metadata.generation ?? 1) + 1;
      await stage.client.patch(pods, { namespace: 'default', name: 'own' }, { type: 'strategic', body: { metadata: { generation }, spec } });
    };
    const pending = async (): Promise<string | undefined> =>
      (await stage.client.get(pods, { namespace: 'default', name: 'own' })).status?.conditions?.find(({ type }) => type === 'PodResizePending')?.message;
    await resize(guaranteed('3'));
    await until(async () => assert.equal(await pending(), 'Resize is infeasible for Guaranteed Pods alongside CPU Manager policy "static"'));
    await resize({ cpu: '2', memory: '2Gi' });
    await until(async () => assert.equal(await pending(), 'Resize is infeasible for Guaranteed Pods alongside Memory Manager policy "Static"'));
    assert.deepEqual(stage.assigned(), ['own 1-2']);
  });

  it('does not start with settings that do not go with the machine, or with what was given before', async () => {
    await using stage = new Stage();
    await assert.rejects(
      stage.start({ ...aligned, systemReserved: {}, reservedMemory: [] }),
      /^Error: \[cpumanager\] unable to determine reserved CPU resources for static policy$/,
    );
    await assert.rejects(stage.start({ ...aligned, reservedSystemCpus: new Set([9]) }), /^Error: reserved-cpus: 9 is not a subset of online-cpus: 0-7$/);
    await assert.rejects(
      stage.start({ ...aligned, cpuManagerPolicyOptions: { 'no-such': '1' } }),
      /^Error: new static policy error: unknown CPU Manager Policy option: "no-such"$/,
    );
    await stage.start();
    await stage.run('own', guaranteed('2'));
    await stage.stop();
    await assert.rejects(
      stage.start(defaultNodeSettings),
      /^Error: start cpu manager error: could not restore state from checkpoint: configured policy "none" differs from state checkpoint policy "static", please drain this node/,
    );
  });
});
