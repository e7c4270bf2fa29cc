import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { DevicePlugin } from '../../../extension-points/devices/contract.ts';
import { type MachineRoot, makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { nvidiaMachine, uuidOf } from '../../../extension-points/devices/hardware/testing/nvidia-machine.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLog } from '../../../kernel/log.ts';
import { readNvidiaConfiguration } from './configuration.ts';
import { createNvidia } from './nvidia.ts';

async function start(machine: MachineRoot, strategies: string): Promise<DevicePlugin> {
  const configuration = readNvidiaConfiguration(`flags: {plugin: {deviceListStrategy: ${strategies}}}`);
  const [plugin] = await createNvidia({ configuration, root: machine.path, clock: systemClock, log: silentLog });
  return plugin!;
}

describe('NVIDIA GPUs by CDI', () => {
  it('are named, and described in /var/run/cdi', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{}]));
    const plugin = await start(machine, '[cdi-cri, cdi-annotations]');
    const { annotations, ...rest } = await plugin.allocate([uuidOf(0)]);
    assert.deepEqual(rest, { environment: {}, mounts: [], devices: [], cdiDevices: [`nvidia.com/gpu=${uuidOf(0)}`] });
    assert.match(Object.keys(annotations)[0]!, /^cdi\.k8s\.io\/nvidia-device-plugin_[0-9a-f-]{36}$/);
    assert.deepEqual(Object.values(annotations), [`nvidia.com/gpu=${uuidOf(0)}`]);
    const specification = JSON.parse(await readFile(join(machine.path, 'var/run/cdi/wherry-nvidia-gpu.json'), 'utf8')) as {
      kind: string;
      devices: { name: string; containerEdits: { deviceNodes: { path: string }[] } }[];
      containerEdits: { env: string[]; deviceNodes: { path: string }[] };
    };
    assert.equal(specification.kind, 'nvidia.com/gpu');
    assert.deepEqual(
      specification.devices.map(({ name, containerEdits }) => [name, containerEdits.deviceNodes.map(({ path }) => path)]),
      [[uuidOf(0), ['/dev/nvidia0']]],
    );
    assert.deepEqual(
      specification.containerEdits.deviceNodes.map(({ path }) => path),
      ['/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools', '/dev/nvidia-modeset'],
    );
    assert.deepEqual(specification.containerEdits.env, ['NVIDIA_VISIBLE_DEVICES=void']);
  });

  it('keep the description that somebody else has written', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{}]));
    await machine.write({ '/etc/cdi/nvidia.yaml': 'cdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices: []\n' });
    await start(machine, 'cdi-cri');
    await assert.rejects(readdir(join(machine.path, 'var/run/cdi')), { code: 'ENOENT' });
  });

  it('come beside the variable when both ways are wished', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{}]));
    const { environment, cdiDevices } = await (await start(machine, '"envvar,cdi-cri"')).allocate([uuidOf(0)]);
    assert.deepEqual([environment['NVIDIA_VISIBLE_DEVICES'], cdiDevices], [uuidOf(0), [`nvidia.com/gpu=${uuidOf(0)}`]]);
  });
});
