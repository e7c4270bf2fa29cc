import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { deviceConformance } from '../../../extension-points/devices/conformance.ts';
import type { Device, DevicePlugin } from '../../../extension-points/devices/contract.ts';
import { amdAddressOf, amdMachine } from '../../../extension-points/devices/hardware/testing/amd-machine.ts';
import { type MachineRoot, makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { createAmd } from './amd.ts';
import { readAmdConfiguration } from './configuration.ts';

const pluginsOf = (machine: MachineRoot, text = ''): Promise<readonly DevicePlugin[]> =>
  createAmd({ configuration: readAmdConfiguration(text), root: machine.path, clock: systemClock });
const mixed = 'resourceNamingStrategy: mixed';

async function listOf(plugin: DevicePlugin): Promise<readonly Device[]> {
  const cancellation = new AbortController();
  for await (const devices of plugin.devices(cancellation.signal)) {
    cancellation.abort();
    return devices;
  }
  throw new Error('nothing was listed');
}

deviceConformance('amd', async () => {
  const machine = await makeMachineRoot(amdMachine([{}, { numaNode: 1, partitions: 8 }, { numaNode: 1 }]));
  const [plugin] = await pluginsOf(machine);
  return { plugin: plugin!, [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose]() };
});

describe('AMD GPUs', () => {
  it('are offered by PCI address, with their NUMA nodes', async () => {
    await using machine = await makeMachineRoot(amdMachine([{}, { numaNode: 1 }]));
    const [plugin, ...others] = await pluginsOf(machine);
    assert.deepEqual([plugin!.resourceName, others], ['amd.com/gpu', []]);
    assert.deepEqual(await listOf(plugin!), [
      { id: amdAddressOf(0), health: 'Healthy', numaNodes: [] },
      { id: amdAddressOf(1), health: 'Healthy', numaNodes: [1] },
    ]);
  });

  it('bring the node that all share and their own', async () => {
    await using machine = await makeMachineRoot(amdMachine([{}, {}]));
    const [plugin] = await pluginsOf(machine);
    const { devices, environment } = await plugin!.allocate([amdAddressOf(1)]);
    assert.deepEqual(
      devices,
      ['/dev/kfd', '/dev/dri/card16', '/dev/dri/renderD144'].map((path) => ({ containerPath: path, hostPath: join(machine.path, path), permissions: 'rw' })),
    );
    assert.deepEqual(environment, {});
  });

  it('are offered in parts when they are split, under the name that is wished', async () => {
    await using machine = await makeMachineRoot(amdMachine([{ partitions: 2 }, {}]));
    const [single] = await pluginsOf(machine);
    assert.deepEqual(
      (await listOf(single!)).map(({ id }) => id),
      [amdAddressOf(0), amdAddressOf(1), 'amdgpu_xcp_0'],
    );
    const plugins = await pluginsOf(machine, mixed);
    assert.deepEqual(await Promise.all(plugins.map(async (plugin) => [plugin.resourceName, (await listOf(plugin)).map(({ id }) => id)])), [
      ['amd.com/cpx_nps1', [amdAddressOf(0), 'amdgpu_xcp_0']],
      ['amd.com/gpu', [amdAddressOf(1)]],
    ]);
    const { devices } = await plugins[0]!.allocate(['amdgpu_xcp_0']);
    assert.deepEqual(
      devices.map(({ containerPath }) => containerPath),
      ['/dev/kfd', '/dev/dri/card1', '/dev/dri/renderD129'],
    );
    await assert.rejects(plugins[1]!.allocate(['amdgpu_xcp_0']), { message: 'invalid allocation request with non-existing device amdgpu_xcp_0' });
  });

  it('that are split differently cannot have one name', async () => {
    await using machine = await makeMachineRoot(amdMachine([{ partitions: 2 }, { partitions: 1 }]));
    await assert.rejects(pluginsOf(machine), /^Error: Partitions of different styles across GPUs in a node is not supported with single strategy\. /);
    assert.deepEqual(
      (await pluginsOf(machine, mixed)).map(({ resourceName }) => resourceName),
      ['amd.com/cpx_nps1', 'amd.com/spx_nps1'],
    );
  });

  it('are not healthy when a node of theirs or the driver has gone', async () => {
    await using machine = await makeMachineRoot(amdMachine([{}, {}]));
    const [plugin] = await pluginsOf(machine);
    const health = async (): Promise<readonly string[]> => (await listOf(plugin!)).map((device) => device.health);
    await machine.remove('/dev/dri/renderD144');
    assert.deepEqual(await health(), ['Healthy', 'Unhealthy']);
    await machine.remove('/sys/class/kfd');
    assert.deepEqual(await health(), ['Unhealthy', 'Unhealthy']);
  });

  it('are chosen of one GPU, then of one hive, then on one NUMA node', async () => {
    await using machine = await makeMachineRoot(
      amdMachine([{ hive: '7', numaNode: 0 }, { numaNode: 1 }, { hive: '7', numaNode: 1 }, { numaNode: 1, partitions: 2 }]),
    );
    const [plugin] = await pluginsOf(machine);
    const availableIds = [...[0, 1, 2, 3].map(amdAddressOf), 'amdgpu_xcp_0'];
    const ask = (mustIncludeIds: readonly string[], size: number): Promise<readonly string[]> =>
      plugin!.preferredAllocation!({ availableIds, mustIncludeIds, size });
    assert.deepEqual(await ask([], 2), [amdAddressOf(3), 'amdgpu_xcp_0']);
    assert.deepEqual(await ask([amdAddressOf(0)], 2), [amdAddressOf(0), amdAddressOf(2)]);
    assert.deepEqual(await ask([amdAddressOf(1)], 2), [amdAddressOf(1), amdAddressOf(2)]);
  });

  it('must be there', async () => {
    await using machine = await makeMachineRoot();
    await assert.rejects(pluginsOf(machine), /^Error: no AMD GPU is there: /);
  });

  for (const { text, message } of [
    { text: 'resourceNamingStrategy: both', message: 'resourceNamingStrategy: "both" is not one of single, mixed' },
    { text: 'strategy: single', message: 'unknown field "strategy"' },
  ])
    it(`are not configured with ${text}`, () => assert.throws(() => readAmdConfiguration(text), { message }));
});
