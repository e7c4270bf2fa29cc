import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { deviceConformance, pluginOnSocket } from '../../../extension-points/devices/conformance.ts';
import type { Device } from '../../../extension-points/devices/contract.ts';
import { serveDevicePlugin } from '../../../extension-points/devices/serve.ts';
import { createFakeGpu } from './fake-gpu.ts';

const options = { count: 8, numaNodes: 2, memory: '16Gi' };

deviceConformance('fake-gpu in process', async () => ({ plugin: createFakeGpu(options), [Symbol.asyncDispose]: async () => {} }));

deviceConformance('fake-gpu over its socket', async () => {
  const kubeletDirectory = await mkdtemp(join(tmpdir(), 'wg-'));
  const served = await serveDevicePlugin(createFakeGpu(options), { kubeletDirectory });
  const subject = await pluginOnSocket('example.com/gpu', served.socketPath);
  return {
    plugin: subject.plugin,
    async [Symbol.asyncDispose]() {
      await subject[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
      await rm(kubeletDirectory, { recursive: true });
    },
  };
});

describe('fake GPUs', () => {
  it('give a container nodes backed by /dev/null and the variables of the vendor', async () => {
    const gpu = createFakeGpu({ resourceName: 'nvidia.com/gpu', count: 2, memory: '80Gi' });
    const { environment, devices } = await gpu.allocate(['gpu-0', 'gpu-1']);
    assert.deepEqual(environment, { FAKE_GPU_DEVICES: 'gpu-0,gpu-1', FAKE_GPU_MEMORY: '80Gi', NVIDIA_VISIBLE_DEVICES: 'GPU-gpu-0,GPU-gpu-1' });
    assert.deepEqual(
      devices.map(({ containerPath }) => containerPath),
      ['/dev/fake-gpu-0', '/dev/fake-gpu-1', '/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia0', '/dev/nvidia1'],
    );
    assert.ok(devices.every(({ hostPath, permissions }) => hostPath === '/dev/null' && permissions === 'rw'));
    const amd = await createFakeGpu({ resourceName: 'amd.com/gpu', count: 4 }).allocate(['gpu-3']);
    assert.equal(amd.environment['ROCR_VISIBLE_DEVICES'], '3');
    assert.deepEqual(
      amd.devices.map(({ containerPath }) => containerPath),
      ['/dev/fake-gpu-3', '/dev/kfd', '/dev/dri/card3', '/dev/dri/renderD131'],
    );
    const plain = await createFakeGpu({ resourceName: 'example.com/gpu', count: 1 }).allocate(['gpu-0']);
    assert.deepEqual([Object.keys(plain.environment), plain.devices.length], [['FAKE_GPU_DEVICES'], 1]);
  });

  it('break and mend on command', async () => {
    const gpu = createFakeGpu({ count: 2 });
    const cancellation = new AbortController();
    const lists = gpu.devices(cancellation.signal)[Symbol.asyncIterator]();
    const health = async (): Promise<string[]> => ((await lists.next()).value as Device[]).map(({ health: state }) => state);
    assert.deepEqual(await health(), ['Healthy', 'Healthy']);
    gpu.setFaults({ unhealthy: ['gpu-1'], allocate: 'the fan is stuck' });
    assert.deepEqual(await health(), ['Healthy', 'Unhealthy']);
    await assert.rejects(gpu.allocate(['gpu-0']), /^Error: the fan is stuck$/);
    gpu.setFaults({});
    assert.deepEqual(await health(), ['Healthy', 'Healthy']);
    gpu.setCount(1);
    assert.deepEqual(await health(), ['Healthy']);
    gpu.setFaults({ list: 'out of memory' });
    await assert.rejects(lists.next(), /out of memory/);
    cancellation.abort();
  });

  it('keep the devices of one container on one NUMA node', async () => {
    const gpu = createFakeGpu({ count: 6, numaNodes: 2 }); // 0-2 and 3-5
    const ask = (availableIds: string[], mustIncludeIds: string[], size: number): Promise<readonly string[]> =>
      gpu.preferredAllocation({ availableIds, mustIncludeIds, size });
    assert.deepEqual(await ask(['gpu-0', 'gpu-3', 'gpu-4', 'gpu-5'], [], 2), ['gpu-3', 'gpu-4']);
    assert.deepEqual(await ask(['gpu-0', 'gpu-1', 'gpu-3', 'gpu-4', 'gpu-5'], [], 2), ['gpu-0', 'gpu-1']);
    assert.deepEqual(await ask(['gpu-0', 'gpu-1', 'gpu-2', 'gpu-5'], ['gpu-5'], 2), ['gpu-5', 'gpu-0']);
    assert.deepEqual(await ask(['gpu-0', 'gpu-1', 'gpu-2', 'gpu-4', 'gpu-5'], ['gpu-5'], 2), ['gpu-5', 'gpu-4']);
  });

  it('are 4,096 at most', () => assert.throws(() => createFakeGpu({ count: 5_000 }), /there can be 0 to 4096/));
});
