import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { settle } from '../../../client/testing/settle.ts';
import { createFakeGpu } from '../../../extensions/devices/fake-gpu/fake-gpu.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { testPod } from '../testing/pods.ts';
import { askingContainer, askingPod, DeviceStage, until } from './testing/device-stage.ts';

const refusal = (stage: DeviceStage, uid: string, count: number, resource?: string): Promise<string> =>
  stage.admit(askingPod(uid, count, resource)).then(
    () => 'admitted',
    (error: Error) => error.message,
  );

describe('devices of a node', () => {
  it('are counted, and given to containers with what the plugin says', async () => {
    await using stage = await DeviceStage.open();
    await stage.start(createFakeGpu({ count: 2, memory: '16Gi' }));
    await until(() => assert.equal(stage.amounts(), '2/2'));
    const pod = askingPod('a', 1);
    await stage.admit(pod);
    assert.deepEqual(await stage.manager.forContainer(pod, pod.spec.containers[0]!), {
      environment: [
        { name: 'FAKE_GPU_DEVICES', value: 'gpu-0' },
        { name: 'FAKE_GPU_MEMORY', value: '16Gi' },
      ],
      mounts: [],
      devices: [{ containerPath: '/dev/fake-gpu-0', hostPath: '/dev/null', permissions: 'rw' }],
      annotations: {},
      cdiDevices: [],
    });
    assert.deepEqual(stage.manager.healthOf('a', 'main'), [{ name: 'example.com/gpu', resources: [{ resourceID: 'gpu-0', health: 'Healthy' }] }]);
    assert.equal(stage.manager.healthOf('b', 'main'), undefined);
    assert.deepEqual(stage.manager.allocatableFor(pod, { 'example.com/gpu': '0', cpu: '1' }), { 'example.com/gpu': '1', cpu: '1' });
    assert.equal(stage.amounts(), '2/2');
  });

  it('are not asked for by containers that a claim gives them to', async () => {
    await using stage = await DeviceStage.open();
    const gpu = createFakeGpu({ count: 1, faults: { unhealthy: ['gpu-0'] }, numaNodes: 1 });
    await stage.start(gpu);
    await until(() => assert.equal(stage.amounts(), '0/1'));
    const requestMappings = [{ containerName: 'main', resourceName: 'example.com/gpu', requestName: 'r' }];
    const pod = { ...askingPod('a', 1), status: { extendedResourceClaimStatus: { resourceClaimName: 'claim', requestMappings } } };
    const [container] = pod.spec.containers;
    await stage.admit(pod);
    assert.deepEqual((await stage.manager.forContainer(pod, container!)).devices, []);
    assert.deepEqual([stage.manager.containerHints(pod, container!).size, stage.manager.podHints(pod).size], [0, 0]);
    assert.deepEqual(gpu.calls, { allocate: 0, preferredAllocation: 0, preStartContainer: 0 });
  });

  it('are refused in the words of upstream', async () => {
    await using stage = await DeviceStage.open();
    const gpu = createFakeGpu({ count: 2 });
    await stage.start(gpu, createFakeGpu({ resourceName: 'example.com/broken', count: 1, faults: { unhealthy: ['gpu-0'] } }));
    await until(() => assert.deepEqual([stage.amounts(), stage.amounts('example.com/broken')], ['2/2', '0/1']));
    assert.equal(await refusal(stage, 'many', 3), 'requested number of devices unavailable for example.com/gpu. Requested: 3, Available: 2');
    assert.equal(await refusal(stage, 'sick', 1, 'example.com/broken'), 'no healthy devices present; cannot allocate unhealthy devices example.com/broken');
    assert.equal(await refusal(stage, 'unknown', 1, 'example.com/else'), 'admitted'); // somebody else may give that out
    gpu.setFaults({ allocate: 'the fan is stuck' });
    assert.equal(await refusal(stage, 'failing', 2), 'the fan is stuck');
    gpu.setFaults({ preferredAllocation: 'no idea' });
    assert.equal(await refusal(stage, 'undecided', 2), 'device plugin GetPreferredAllocation rpc failed with err: no idea');
    gpu.setFaults({});
    assert.equal(await refusal(stage, 'good', 2), 'admitted'); // what failed holds nothing
    assert.equal(await refusal(stage, 'late', 1), 'requested number of devices unavailable for example.com/gpu. Requested: 1, Available: 0');
    stage.manager.release('good');
    assert.equal(await refusal(stage, 'next', 1), 'admitted');
    assert.match(await refusal(stage, 'next', 2), /^pod "next" container "main" changed request for resource "example.com\/gpu" from 1 to 2$/);
    gpu.setFaults({ unhealthy: ['gpu-0'] });
    await until(() => assert.equal(stage.amounts(), '1/2'));
    assert.equal(await refusal(stage, 'next', 1), 'previously allocated devices are no longer healthy; cannot allocate unhealthy devices example.com/gpu');
    assert.deepEqual(stage.woken, ['next']);
    assert.equal(stage.manager.healthOf('next', 'main')?.[0]?.resources?.[0]?.health, 'Unhealthy');
  });

  it('of ordinary init containers are used again, those of sidecars are not', async () => {
    await using stage = await DeviceStage.open();
    await stage.start(createFakeGpu({ count: 2 }));
    await until(() => assert.equal(stage.amounts(), '2/2'));
    const one = { 'example.com/gpu': '1' };
    const pod = testPod({
      initContainers: [askingContainer('init', one), askingContainer('sidecar', one, { restartPolicy: 'Always' })],
      containers: [askingContainer('app', one)],
    });
    await stage.admit(pod);
    const [init, sidecar] = pod.spec.initContainers!;
    assert.deepEqual(await stage.idsOf(pod, init), ['gpu-0']);
    assert.deepEqual(await stage.idsOf(pod, sidecar), ['gpu-0']);
    assert.deepEqual(await stage.idsOf(pod), ['gpu-1']);
  });

  it('follow the wishes of the plugin', async () => {
    await using stage = await DeviceStage.open();
    await stage.start(createFakeGpu({ count: 6, numaNodes: 2 })); // 0-2 and 3-5
    await until(() => assert.equal(stage.amounts(), '6/6'));
    await stage.admit(askingPod('first', 1));
    const pod = askingPod('pair', 2);
    await stage.admit(pod);
    assert.deepEqual(await stage.idsOf(pod), ['gpu-1', 'gpu-2']);
    const large = askingPod('large', 3);
    await stage.admit(large);
    assert.deepEqual(await stage.idsOf(large), ['gpu-3', 'gpu-4', 'gpu-5']);
  });

  it('are prepared before each start of a container; a failure fails the start', async () => {
    await using stage = await DeviceStage.open();
    const gpu = createFakeGpu({ count: 1 });
    await stage.start(gpu);
    await until(() => assert.equal(stage.amounts(), '1/1'));
    const pod = askingPod('a', 1);
    await assert.rejects(stage.idsOf(pod), /^Error: no devices found allocated in local cache for pod a, container main, resource example.com\/gpu$/);
    await stage.admit(pod);
    await stage.idsOf(pod);
    await stage.idsOf(pod);
    assert.equal(gpu.calls.preStartContainer, 2);
    gpu.setFaults({ preStartContainer: 'cannot reset' });
    await assert.rejects(stage.idsOf(pod), /^Error: device plugin PreStartContainer rpc failed with err: cannot reset$/);
  });

  it('do not hold up a pod that is stopped while its plugin never answers', async () => {
    await using stage = await DeviceStage.open();
    const gpu = createFakeGpu({ count: 1 });
    await stage.start(gpu);
    await until(() => assert.equal(stage.amounts(), '1/1'));
    const pod = askingPod('a', 1);
    await stage.admit(pod);
    const asked = Promise.withResolvers<void>();
    gpu.preStartContainer = () => (asked.resolve(), new Promise(() => {}));
    const cancellation = new AbortController();
    const starting = stage.manager.forContainer(pod, pod.spec.containers[0]!, cancellation.signal);
    await asked.promise;
    cancellation.abort(new Error('the pod is deleted'));
    await assert.rejects(starting, { message: 'the pod is deleted' });
  });

  it('stay with a pod that was allocated for already, and with nobody after its admission was interrupted', async () => {
    await using stage = await DeviceStage.open();
    const gpu = createFakeGpu({ count: 2 });
    await stage.start(gpu);
    await until(() => assert.equal(stage.amounts(), '2/2'));
    await stage.admit(askingPod('a', 1));
    await stage.admit(askingPod('a', 1));
    assert.equal(gpu.calls.allocate, 1);
    const slow = Promise.withResolvers<void>();
    const { allocate } = gpu;
    gpu.allocate = async (ids) => (await slow.promise, allocate(ids));
    const cancellation = new AbortController();
    const admission = stage.manager.allocate(askingPod('b', 1), cancellation.signal);
    await settle(10);
    cancellation.abort(new Error('the pod has to be stopped'));
    await assert.rejects(admission, /has to be stopped/);
    slow.resolve();
    stage.manager.release('b');
    await settle(10);
    await stage.admit(askingPod('c', 1));
  });
});

describe('a plugin that goes away', () => {
  it('leaves its devices unhealthy at once, and 0 of them after five minutes', async () => {
    const clock = new ManualClock();
    await using stage = await DeviceStage.open(clock);
    const gpu = createFakeGpu({ count: 2 });
    let changes = 0;
    await stage.start(gpu);
    using _listening = stage.manager.onChange(() => changes++);
    await settle(20);
    assert.equal(stage.amounts(), '2/2');
    gpu.setFaults({ list: 'crashed' });
    await settle(20);
    assert.equal(stage.amounts(), '0/2');
    await clock.advance(299_000);
    assert.equal(stage.amounts(), '0/2');
    const before = changes;
    await clock.advance(2_000);
    assert.equal(stage.amounts(), '0/0');
    assert.ok(changes > before);
    assert.equal(await refusal(stage, 'a', 1), 'admitted'); // the node knows of no such devices any more
  });

  it('fails starts that it wanted to hear of, until it is back', async () => {
    await using stage = await DeviceStage.open();
    const gpu = createFakeGpu({ count: 1 });
    await stage.start(gpu);
    await until(() => assert.equal(stage.amounts(), '1/1'));
    const pod = askingPod('a', 1);
    await stage.admit(pod);
    gpu.setFaults({ list: 'crashed' });
    await until(() => assert.equal(stage.amounts(), '0/1'));
    await assert.rejects(stage.idsOf(pod), /PreStartContainer rpc failed with err: endpoint example.com\/gpu has been stopped/);
    gpu.setFaults({});
    stage.manager.refresh();
    await until(() => assert.equal(stage.amounts(), '1/1'));
    assert.deepEqual(await stage.idsOf(pod), ['gpu-0']);
  });
});

describe('a restart of the agent', () => {
  it('keeps what pods hold; until its plugin is back a resource is 0', async () => {
    await using stage = await DeviceStage.open();
    await stage.start(createFakeGpu({ count: 2, numaNodes: 2 }));
    assert.equal(stage.manager.isNew, true);
    await until(() => assert.equal(stage.amounts(), '2/2'));
    const pod = askingPod('a', 1);
    await stage.admit(pod);
    await stage.stop();
    await stage.start();
    assert.equal(stage.manager.isNew, false);
    assert.equal(stage.amounts(), '0/0');
    assert.deepEqual(await stage.idsOf(pod), ['gpu-0']);
    assert.equal(await refusal(stage, 'b', 1), 'no healthy devices present; cannot allocate unhealthy devices example.com/gpu');
    await stage.stop();
    await stage.start(createFakeGpu({ count: 2, numaNodes: 2 }));
    await until(() => assert.equal(stage.amounts(), '2/2'));
    await stage.admit(pod);
    const other = askingPod('b', 1);
    await stage.admit(other);
    assert.deepEqual(await stage.idsOf(other), ['gpu-1']);
    stage.manager.retain(new Set(['b']));
    const third = askingPod('c', 1);
    await stage.admit(third);
    assert.deepEqual(await stage.idsOf(third), ['gpu-0']);
  });

  it('goes on with an unreadable record, which it puts aside', async () => {
    await using stage = await DeviceStage.open();
    await stage.start(createFakeGpu({ count: 1 }));
    await until(() => assert.equal(stage.amounts(), '1/1'));
    await stage.admit(askingPod('a', 1));
    await stage.stop();
    const path = `${stage.deviceDirectory}/kubelet_internal_checkpoint`;
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('gpu-0', 'gpu-1'));
    await stage.start(createFakeGpu({ count: 1 }));
    assert.equal(stage.manager.healthOf('a', 'main'), undefined);
    assert.match(await readFile(`${path}.corrupt`, 'utf8'), /gpu-1/);
  });
});
