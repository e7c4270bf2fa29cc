import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PodResourcesLister } from '../../../api/generated/pod-resources/pod-resources_pb.js';
import { createGrpcClient } from '../../../extension-points/runtime/grpc-client.ts';
import { createFakeGpu } from '../../../extensions/devices/fake-gpu/fake-gpu.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { askingContainer, DeviceStage, until } from './testing/device-stage.ts';

const { method } = PodResourcesLister;

describe('the pod resources service', () => {
  it('tells who holds which device, on which NUMA node', async () => {
    await using stage = await DeviceStage.open();
    const gpu = createFakeGpu({ count: 2, numaNodes: 2 });
    await stage.start(gpu);
    await until(() => assert.equal(stage.amounts(), '2/2'));
    const one = { 'example.com/gpu': '1' };
    const pod = testPod({
      initContainers: [askingContainer('init', one), askingContainer('sidecar', one, { restartPolicy: 'Always' })],
      containers: [askingContainer('app', one), testContainer('other')],
    });
    await stage.admit(pod);
    using client = await createGrpcClient(`unix://${join(stage.directory, 'pod-resources', 'kubelet.sock')}`);
    const { podResources } = await client.unary(method.list, {});
    const told = podResources.map(({ name, namespace, containers }) => ({
      pod: `${namespace}/${name}`,
      containers: containers.map(
        (container) =>
          `${container.name}: ${container.devices.map(({ deviceIds, topology }) => `${deviceIds.join()} on ${topology?.nodes.map(({ ID }) => ID).join()}`).join('; ')}`,
      ),
    }));
    assert.deepEqual(told, [{ pod: 'default/pod', containers: ['sidecar: gpu-0 on 0', 'app: gpu-1 on 1', 'other: '] }]);
    const found = await client.unary(method.get, { podName: 'pod', podNamespace: 'default' });
    assert.deepEqual(found.podResources, podResources[0]);
    await assert.rejects(client.unary(method.get, { podName: 'none', podNamespace: 'default' }), /pod none in namespace default not found/);
    gpu.setFaults({ unhealthy: ['gpu-1'] });
    await until(() => assert.equal(stage.amounts(), '1/2'));
    const { devices } = await client.unary(method.getAllocatableResources, {});
    assert.deepEqual(
      devices.map(({ resourceName, deviceIds }) => [resourceName, deviceIds]),
      [['example.com/gpu', ['gpu-0']]],
    );
  });

  it('refuses to be asked without end', async () => {
    await using stage = await DeviceStage.open(new ManualClock());
    await stage.start();
    using client = await createGrpcClient(`unix://${join(stage.directory, 'pod-resources', 'kubelet.sock')}`);
    const answers = await Promise.allSettled(Array.from({ length: 15 }, () => client.unary(method.list, {})));
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 10);
    const refused = answers.find((answer) => answer.status === 'rejected');
    assert.deepEqual([refused?.reason.code, refused?.reason.message], ['RESOURCE_EXHAUSTED', 'rejected by rate limit']);
  });
});
