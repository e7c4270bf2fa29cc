import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { deviceConformance } from '../../../extension-points/devices/conformance.ts';
import type { Device, DevicePlugin } from '../../../extension-points/devices/contract.ts';
import { type MachineRoot, makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { readIntelConfiguration } from './configuration.ts';
import { createIntel } from './intel.ts';

/** A GPU as its driver and udev show it. */
function gpu(number: number, { driver = 'i915', vendor = '0x8086', id = '0x56c0', numaNode = -1, virtualFunctions = 0 } = {}): Record<string, string> {
  const device = `/sys/class/drm/card${number}/device`;
  const address = `0000:0${number}:00.0`;
  return {
    [`${device}/vendor`]: `${vendor}\n`,
    [`${device}/device`]: `${id}\n`,
    [`${device}/numa_node`]: `${numaNode}\n`,
    [`${device}/sriov_numvfs`]: `${virtualFunctions}\n`,
    [`${device}/uevent`]: `DRIVER=${driver}\nPCI_CLASS=30000\nPCI_SLOT_NAME=${address}\n`,
    [`${device}/drm/card${number}/dev`]: '',
    [`${device}/drm/renderD${128 + number}/dev`]: '',
    [`${device}/drm/controlD${64 + number}/dev`]: '',
    [`/dev/dri/card${number}`]: '',
    [`/dev/dri/renderD${128 + number}`]: '',
    [`/dev/dri/by-path/pci-${address}-card`]: '',
    [`/dev/dri/by-path/pci-${address}-render`]: '',
  };
}

const pluginsOf = (machine: MachineRoot, text = ''): Promise<readonly DevicePlugin[]> =>
  createIntel({ configuration: readIntelConfiguration(text), root: machine.path, clock: systemClock });

async function listOf(plugin: DevicePlugin): Promise<readonly Device[]> {
  const cancellation = new AbortController();
  for await (const devices of plugin.devices(cancellation.signal)) {
    cancellation.abort();
    return devices;
  }
  throw new Error('nothing was listed');
}
const idsOf = async (plugin: DevicePlugin): Promise<readonly string[]> => (await listOf(plugin)).map(({ id }) => id);

deviceConformance('intel', async () => {
  const machine = await makeMachineRoot({ ...gpu(0), ...gpu(1, { numaNode: 1 }) });
  const [plugin] = await pluginsOf(machine, 'sharedDevNum: 3');
  return { plugin: plugin!, [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose]() };
});

describe('Intel GPUs', () => {
  it('are offered by driver; those of others, and those that are split, are not', async () => {
    await using machine = await makeMachineRoot({
      ...gpu(0),
      ...gpu(1, { driver: 'xe', numaNode: 1 }),
      ...gpu(2, { vendor: '0x10de' }),
      ...gpu(3, { virtualFunctions: 2 }),
      ...gpu(10),
    });
    const [i915, xe, ...others] = await pluginsOf(machine);
    assert.deepEqual([i915!.resourceName, xe!.resourceName, others], ['gpu.intel.com/i915', 'gpu.intel.com/xe', []]);
    assert.deepEqual(await idsOf(i915!), ['card0-0', 'card10-0']);
    assert.deepEqual(await listOf(xe!), [{ id: 'card1-0', health: 'Healthy', numaNodes: [1] }]);
  });

  it('bring their nodes and the names by path', async () => {
    await using machine = await makeMachineRoot({ ...gpu(0), ...gpu(1) });
    const [plugin] = await pluginsOf(machine);
    const { devices, mounts, environment } = await plugin!.allocate(['card1-0']);
    assert.deepEqual(
      devices,
      ['/dev/dri/card1', '/dev/dri/renderD129'].map((path) => ({ containerPath: path, hostPath: join(machine.path, path), permissions: 'rw' })),
    );
    assert.deepEqual(
      mounts.map(({ containerPath, readOnly }) => [containerPath, readOnly]),
      [
        ['/dev/dri/by-path/pci-0000:01:00.0-card', true],
        ['/dev/dri/by-path/pci-0000:01:00.0-render', true],
      ],
    );
    assert.deepEqual(environment, {});
    const [all] = await pluginsOf(machine, 'bypathMode: all');
    assert.deepEqual(
      (await all!.allocate(['card0-0', 'card1-0'])).mounts.map(({ containerPath }) => containerPath),
      ['/dev/dri/by-path'],
    );
    const [none] = await pluginsOf(machine, 'bypathMode: none');
    assert.deepEqual((await none!.allocate(['card0-0'])).mounts, []);
  });

  it('can be shared, and a container that has two shares of one has its nodes once', async () => {
    await using machine = await makeMachineRoot(gpu(0));
    const [plugin] = await pluginsOf(machine, 'sharedDevNum: 2');
    assert.deepEqual(await idsOf(plugin!), ['card0-0', 'card0-1']);
    assert.equal((await plugin!.allocate(['card0-0', 'card0-1'])).devices.length, 2);
    await assert.rejects(plugin!.allocate(['card0-2']), { message: 'Invalid allocation request with non-existing device card0-2' });
  });

  it('can be watched all at once', async () => {
    await using machine = await makeMachineRoot({ ...gpu(0), ...gpu(1) });
    const [, monitoring] = await pluginsOf(machine, 'enableMonitoring: true');
    assert.equal(monitoring!.resourceName, 'gpu.intel.com/i915_monitoring');
    assert.deepEqual(await idsOf(monitoring!), ['all']);
    const { devices, mounts } = await monitoring!.allocate(['all']);
    assert.deepEqual([devices.length, mounts], [4, []]);
    await assert.rejects(monitoring!.allocate(['card0-0']), /non-existing device card0-0$/);
  });

  for (const { policy, want } of [
    { policy: 'none', want: ['card0-1', 'card1-0', 'card0-2'] },
    { policy: 'balanced', want: ['card1-0', 'card0-1', 'card1-1'] },
    { policy: 'packed', want: ['card0-1', 'card0-2', 'card1-0'] },
  ])
    it(`are shared as the policy ${policy} says`, async () => {
      await using machine = await makeMachineRoot({ ...gpu(0), ...gpu(1) });
      const [plugin] = await pluginsOf(machine, `{sharedDevNum: 3, preferredAllocationPolicy: ${policy}}`);
      const availableIds = ['card0-1', 'card0-2', 'card1-0', 'card1-1', 'card1-2'];
      assert.deepEqual(await plugin!.preferredAllocation!({ availableIds, mustIncludeIds: [], size: 3 }), want);
    });

  it('can be chosen by kind', async () => {
    await using machine = await makeMachineRoot({ ...gpu(0, { id: '0x56C0' }), ...gpu(1, { id: '0x4680' }) });
    assert.deepEqual(await idsOf((await pluginsOf(machine, 'allowIDs: "0x56c0,0x1234"'))[0]!), ['card0-0']);
    assert.deepEqual(await idsOf((await pluginsOf(machine, 'denyIDs: "0x56c0"'))[0]!), ['card1-0']);
    await assert.rejects(pluginsOf(machine, 'allowIDs: "0x0001"'), /^Error: no Intel GPU is there: /);
  });

  for (const { text, message } of [
    { text: 'sharedDevNum: 0', message: 'sharedDevNum: a whole number from 1 to 4096 is expected' },
    { text: 'preferredAllocationPolicy: random', message: 'preferredAllocationPolicy: "random" is not one of none, balanced, packed' },
    { text: 'allowIDs: "56c0"', message: 'allowIDs: "56c0" is not a PCI device id such as 0x56c0' },
    { text: 'resourceManager: true', message: 'unknown field "resourceManager"' },
  ])
    it(`are not configured with ${text}`, () => assert.throws(() => readIntelConfiguration(text), { message }));
});
