import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { amdMachine } from '../../../extension-points/devices/hardware/testing/amd-machine.ts';
import { makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { amdLabels } from './amd-labels.ts';

describe('labels of AMD GPUs', () => {
  it('that are not there', async () => {
    await using machine = await makeMachineRoot({ '/sys/module/amdgpu/version': '6.8.5\n' });
    assert.deepEqual(await amdLabels(machine.path), {});
  });

  it('that are all alike have both forms', async () => {
    await using machine = await makeMachineRoot(amdMachine([{}, {}]));
    await machine.write({
      '/sys/module/amdgpu/srcversion': 'ABCDEF0123\n',
      '/sys/module/amdgpu/drivers/pci:amdgpu/0000:10:00.0/product_name': 'AMD Instinct (MI250X)\n',
      '/sys/module/amdgpu/drivers/pci:amdgpu/0000:11:00.0/product_name': '\n',
    });
    assert.deepEqual(await amdLabels(machine.path), {
      'amd.com/gpu.compute-partitioning-supported': 'false',
      'amd.com/gpu.device-id': '7408',
      'amd.com/gpu.driver-src-version': 'ABCDEF0123',
      'amd.com/gpu.driver-version': '6.8.5',
      'amd.com/gpu.memory-partitioning-supported': 'false',
      'amd.com/gpu.product-name': 'AMD_Instinct_MI250X',
      'amd.com/gpu.simd-count': '440',
      'amd.com/gpu.vram': '64G',
      'beta.amd.com/gpu.device-id': '7408',
      'beta.amd.com/gpu.device-id.7408': '2',
      'beta.amd.com/gpu.product-name': 'AMD_Instinct_MI250X',
      'beta.amd.com/gpu.product-name.AMD_Instinct_MI250X': '1',
      'beta.amd.com/gpu.simd-count': '440',
      'beta.amd.com/gpu.simd-count.440': '2',
      'beta.amd.com/gpu.vram': '64G',
      'beta.amd.com/gpu.vram.64G': '2',
    });
  });

  it('that are of two kinds have counts of each', async () => {
    await using machine = await makeMachineRoot(amdMachine([{}, {}, {}]));
    await machine.write({ '/sys/class/kfd/kfd/topology/nodes/3/properties': 'simd_count 256\nsimd_per_cu 4\ndrm_render_minor 160\ndevice_id 26720\n' });
    const labels = await amdLabels(machine.path);
    const shown = Object.fromEntries(Object.entries(labels).filter(([name]) => /simd-count|cu-count|device-id/.test(name)));
    assert.deepEqual(shown, {
      'amd.com/gpu.cu-count': '64',
      'amd.com/gpu.device-id.6860': '1',
      'amd.com/gpu.device-id.7408': '2',
      'amd.com/gpu.simd-count.256': '1',
      'amd.com/gpu.simd-count.440': '2',
      'beta.amd.com/gpu.cu-count': '64',
      'beta.amd.com/gpu.cu-count.64': '1',
      'beta.amd.com/gpu.device-id.6860': '1',
      'beta.amd.com/gpu.device-id.7408': '2',
      'beta.amd.com/gpu.simd-count.256': '1',
      'beta.amd.com/gpu.simd-count.440': '2',
    });
  });

  it('that are split alike say how', async () => {
    await using machine = await makeMachineRoot(amdMachine([{ partitions: 4 }, { partitions: 4 }]));
    const labels = await amdLabels(machine.path);
    assert.equal(labels['amd.com/gpu.compute-memory-partition'], 'cpx_nps1');
    assert.equal(labels['amd.com/gpu.compute-partitioning-supported'], 'true');
    assert.equal(labels['beta.amd.com/gpu.simd-count.440'], '8');
  });

  it('that are split differently do not', async () => {
    await using machine = await makeMachineRoot(amdMachine([{ partitions: 4 }, { partitions: 1 }]));
    assert.equal((await amdLabels(machine.path))['amd.com/gpu.compute-memory-partition'], undefined);
  });
});
