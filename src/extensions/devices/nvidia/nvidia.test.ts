import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { deviceConformance } from '../../../extension-points/devices/conformance.ts';
import type { Device, DevicePlugin } from '../../../extension-points/devices/contract.ts';
import { type MachineRoot, makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { type FakeNvidiaGpu, nvidiaMachine, uuidOf } from '../../../extension-points/devices/hardware/testing/nvidia-machine.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { readNvidiaConfiguration } from './configuration.ts';
import { createNvidia } from './nvidia.ts';

async function pluginsOf(machine: MachineRoot, text = '', clock = systemClock): Promise<readonly DevicePlugin[]> {
  return createNvidia({ configuration: readNvidiaConfiguration(text), root: machine.path, clock, log: silentLog });
}

async function listOf(plugin: DevicePlugin): Promise<readonly Device[]> {
  const cancellation = new AbortController();
  for await (const devices of plugin.devices(cancellation.signal)) {
    cancellation.abort();
    return devices;
  }
  throw new Error('nothing was listed');
}

const split: readonly FakeNvidiaGpu[] = [
  {
    instances: [
      { id: 1, computeInstances: 1 },
      { id: 9, computeInstances: 1 },
    ],
  },
];
const migId = (instance: number): string => `MIG-${uuidOf(0)}/${instance}/0`;
const timeSlicing = (more: string): string => `version: v1\nsharing:\n  timeSlicing:\n${more}    resources:\n    - name: nvidia.com/gpu\n      replicas: 3\n`;

deviceConformance('nvidia', async () => {
  const machine = await makeMachineRoot(nvidiaMachine([{}, { numaNode: 1 }, { numaNode: 1 }]));
  const [plugin] = await pluginsOf(machine);
  return { plugin: plugin!, [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose]() };
});

describe('NVIDIA GPUs', () => {
  it('are offered by UUID, with their NUMA nodes', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{}, { numaNode: 1 }]));
    const plugins = await pluginsOf(machine);
    assert.deepEqual(
      plugins.map(({ resourceName }) => resourceName),
      ['nvidia.com/gpu'],
    );
    assert.deepEqual(await listOf(plugins[0]!), [
      { id: uuidOf(0), health: 'Healthy', numaNodes: [] },
      { id: uuidOf(1), health: 'Healthy', numaNodes: [1] },
    ]);
  });

  it('bring their nodes, the libraries of the driver and the variable', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{}, {}]));
    await machine.write({
      '/usr/lib/x86_64-linux-gnu/libcuda.so.550.107.02': '',
      '/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.535.1': '',
      '/usr/lib/x86_64-linux-gnu/libnvidia-glcore.so.550.107.02': '',
      '/usr/bin/nvidia-smi': '',
    });
    await machine.link('/usr/lib/x86_64-linux-gnu/libcuda.so.1', 'libcuda.so.550.107.02');
    await machine.remove('/dev/nvidia-modeset');
    const [plugin] = await pluginsOf(machine);
    const { environment, devices, mounts } = await plugin!.allocate([uuidOf(1), uuidOf(0)]);
    assert.deepEqual(environment, { NVIDIA_VISIBLE_DEVICES: `${uuidOf(1)},${uuidOf(0)}` });
    assert.deepEqual(
      devices.map(({ containerPath, permissions }) => `${containerPath} ${permissions}`),
      ['/dev/nvidiactl rw', '/dev/nvidia-uvm rw', '/dev/nvidia-uvm-tools rw', '/dev/nvidia1 rw', '/dev/nvidia0 rw'],
    );
    assert.equal(devices[0]!.hostPath, join(machine.path, 'dev/nvidiactl'));
    const library = join(machine.path, 'usr/lib/x86_64-linux-gnu/libcuda.so.550.107.02');
    assert.deepEqual(mounts, [
      { containerPath: '/usr/local/nvidia/lib64/libcuda.so.1', hostPath: library, readOnly: true },
      { containerPath: '/usr/local/nvidia/lib64/libcuda.so.550.107.02', hostPath: library, readOnly: true },
      { containerPath: '/usr/local/nvidia/bin/nvidia-smi', hostPath: join(machine.path, 'usr/bin/nvidia-smi'), readOnly: true },
    ]);
  });

  it('leave all but the variable to a runtime of NVIDIA when that is wished', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{}]));
    const flags = 'flags: {gdsEnabled: true, plugin: {passDeviceSpecs: false, deviceListStrategy: volume-mounts, deviceIDStrategy: index}}';
    const [plugin] = await pluginsOf(machine, flags);
    assert.deepEqual(await plugin!.allocate([uuidOf(0)]), {
      environment: { NVIDIA_VISIBLE_DEVICES: '/var/run/nvidia-container-devices', NVIDIA_GDS: 'enabled' },
      mounts: [{ hostPath: '/dev/null', containerPath: '/var/run/nvidia-container-devices/0', readOnly: false }],
      devices: [],
      annotations: {},
      cdiDevices: [],
    });
  });

  it('are not healthy while their node or the driver has gone, or when they fell off the bus', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{}, {}]));
    const clock = new ManualClock();
    const [plugin] = await pluginsOf(machine, '', clock);
    const cancellation = new AbortController();
    const lists = plugin!.devices(cancellation.signal)[Symbol.asyncIterator]();
    const afterwards = async (change: () => Promise<void>): Promise<readonly string[]> => {
      await change();
      const next = lists.next();
      const wait = { isOver: false };
      void next.finally(() => (wait.isOver = true));
      while (!wait.isOver) {
        await clock.advance(5_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return ((await next).value as readonly Device[]).map(({ health }) => health);
    };
    assert.deepEqual(await afterwards(async () => {}), ['Healthy', 'Healthy']);
    assert.deepEqual(await afterwards(() => machine.remove('/dev/nvidia1')), ['Healthy', 'Unhealthy']);
    assert.deepEqual(await afterwards(() => machine.write({ '/dev/nvidia1': '' })), ['Healthy', 'Healthy']);
    assert.deepEqual(await afterwards(() => machine.remove('/proc/driver/nvidia/gpus/0000:10:00.0')), ['Unhealthy', 'Healthy']);
    assert.deepEqual(await afterwards(() => machine.remove('/proc/driver/nvidia')), ['Unhealthy', 'Unhealthy']);
    assert.deepEqual(await afterwards(() => machine.write(nvidiaMachine([{}, {}]))), ['Healthy', 'Healthy']);
    cancellation.abort();
    await lists.next();
  });

  it('are chosen on one NUMA node', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{ numaNode: 0 }, { numaNode: 1 }, { numaNode: 0 }, { numaNode: 1 }, { numaNode: 1 }]));
    const [plugin] = await pluginsOf(machine);
    const ids = [0, 1, 2, 3, 4].map(uuidOf);
    const ask = (availableIds: readonly string[], mustIncludeIds: readonly string[], size: number): Promise<readonly string[]> =>
      plugin!.preferredAllocation!({ availableIds, mustIncludeIds, size });
    assert.deepEqual(await ask(ids, [], 2), [uuidOf(0), uuidOf(2)]); // leaves the three whole
    assert.deepEqual(await ask(ids, [], 3), [uuidOf(1), uuidOf(3), uuidOf(4)]);
    assert.deepEqual(await ask(ids, [uuidOf(4)], 2), [uuidOf(4), uuidOf(1)]);
  });

  it('need a driver, unless that is said not to matter', async () => {
    await using machine = await makeMachineRoot();
    await assert.rejects(pluginsOf(machine), /^Error: no NVIDIA driver is loaded: \/proc\/driver\/nvidia\/version is not there; install the driver, or set /);
    assert.deepEqual(await pluginsOf(machine, 'flags: {failOnInitError: false}'), []);
  });
});

describe('NVIDIA GPUs that containers share', () => {
  it('are offered as replicas', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{}]));
    const [plugin] = await pluginsOf(machine, timeSlicing(''));
    assert.deepEqual(
      (await listOf(plugin!)).map(({ id }) => id),
      [`${uuidOf(0)}::0`, `${uuidOf(0)}::1`, `${uuidOf(0)}::2`],
    );
    const { environment } = await plugin!.allocate([`${uuidOf(0)}::0`, `${uuidOf(0)}::2`]);
    assert.deepEqual(environment, { NVIDIA_VISIBLE_DEVICES: uuidOf(0) });
  });

  it('may have another name, and refuse to be asked for twice', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{}]));
    const [plugin] = await pluginsOf(machine, timeSlicing('    renameByDefault: true\n    failRequestsGreaterThanOne: true\n'));
    assert.equal(plugin!.resourceName, 'nvidia.com/gpu.shared');
    await assert.rejects(plugin!.allocate([`${uuidOf(0)}::0`, `${uuidOf(0)}::1`]), {
      message: "request for 'nvidia.com/gpu.shared: 2' too large: maximum request size for shared resources is 1",
    });
    await plugin!.allocate([`${uuidOf(0)}::0`]);
  });

  it('are shared as late as possible', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{}, {}]));
    const [plugin] = await pluginsOf(machine, timeSlicing(''));
    const availableIds = [`${uuidOf(0)}::1`, `${uuidOf(0)}::2`, `${uuidOf(1)}::0`, `${uuidOf(1)}::1`, `${uuidOf(1)}::2`];
    assert.deepEqual(await plugin!.preferredAllocation!({ availableIds, mustIncludeIds: [], size: 1 }), [`${uuidOf(1)}::0`]);
    assert.deepEqual(await plugin!.preferredAllocation!({ availableIds, mustIncludeIds: [], size: 3 }), [
      `${uuidOf(1)}::0`,
      `${uuidOf(0)}::1`,
      `${uuidOf(1)}::1`,
    ]);
  });
});

describe('NVIDIA GPUs that are split', () => {
  const strategy = (name: string): string => `flags: {migStrategy: ${name}}`;
  /** Says what these GPUs are split into. */
  const withNvidiaSmi = async (machine: MachineRoot, profiles: readonly [string, string]): Promise<void> => {
    const device = (index: number, instance: number): string =>
      `<mig_device><index>${index}</index><gpu_instance_id>${instance}</gpu_instance_id><compute_instance_id>0</compute_instance_id></mig_device>`;
    const list = [
      `GPU 0: NVIDIA A100-SXM4-40GB (UUID: ${uuidOf(0)})`,
      `  MIG ${profiles[0]}      Device  0: (UUID: MIG-00000000-0000-4000-8000-0000000000a9)`,
      `  MIG ${profiles[1]}     Device  1: (UUID: MIG-00000000-0000-4000-8000-0000000000a1)`,
    ].join('\n');
    const report = `<nvidia_smi_log><gpu id="00000000:10:00.0"><mig_mode><current_mig>Enabled</current_mig></mig_mode><mig_devices>${device(0, 9)}${device(1, 1)}</mig_devices><uuid>${uuidOf(0)}</uuid></gpu></nvidia_smi_log>`;
    await machine.write({ '/usr/bin/nvidia-smi': `#!/bin/sh\nif [ "$1" = -L ]; then echo '${list}'; else echo '${report}'; fi\n` });
    await chmod(join(machine.path, 'usr/bin/nvidia-smi'), 0o755);
  };

  it('are offered whole unless it is said otherwise', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine(split));
    const [plugin] = await pluginsOf(machine);
    assert.deepEqual(
      (await listOf(plugin!)).map(({ id }) => id),
      [uuidOf(0)],
    );
  });

  it('are offered as GPUs that are alike, with the nodes that let a container in', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine(split));
    const [plugin] = await pluginsOf(machine, strategy('single'));
    assert.equal(plugin!.resourceName, 'nvidia.com/gpu');
    assert.deepEqual(
      (await listOf(plugin!)).map(({ id }) => id),
      [migId(1), migId(9)],
    );
    const { environment, devices } = await plugin!.allocate([migId(9)]);
    assert.deepEqual(environment, { NVIDIA_VISIBLE_DEVICES: migId(9) });
    assert.deepEqual(
      devices.map(({ containerPath }) => containerPath).filter((path) => /nvidia\d|caps/.test(path)),
      ['/dev/nvidia0', '/dev/nvidia-caps/nvidia-cap5', '/dev/nvidia-caps/nvidia-cap6'],
    );
  });

  it('are offered by their profiles, and by the names that nvidia-smi has for them', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([...split, {}]));
    await withNvidiaSmi(machine, ['1g.5gb+me', '3g.20gb']);
    const plugins = await pluginsOf(machine, strategy('mixed'));
    assert.deepEqual(await Promise.all(plugins.map(async (plugin) => [plugin.resourceName, (await listOf(plugin)).map(({ id }) => id)])), [
      ['nvidia.com/mig-3g.20gb', ['MIG-00000000-0000-4000-8000-0000000000a1']],
      ['nvidia.com/mig-1g.5gb.me', ['MIG-00000000-0000-4000-8000-0000000000a9']],
      ['nvidia.com/gpu', [uuidOf(1)]],
    ]);
  });

  it('are refused where the strategy does not fit', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([...split, {}]));
    await assert.rejects(pluginsOf(machine, strategy('single')), { message: 'all devices on the node must be configured with the same migEnabled value' });
    await assert.rejects(pluginsOf(machine, strategy('mixed')), /^Error: the profile of MIG device MIG-GPU-\S+ is not known: nvidia-smi/);
    await using other = await makeMachineRoot(nvidiaMachine(split));
    await withNvidiaSmi(other, ['1g.5gb', '3g.20gb']);
    await assert.rejects(pluginsOf(other, strategy('single')), { message: 'invalid MIG configuration: more than one MIG device type present on node' });
  });
});
