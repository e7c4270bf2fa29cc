import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { amdMachine } from '../extension-points/devices/hardware/testing/amd-machine.ts';
import { makeMachineRoot } from '../extension-points/devices/hardware/testing/machine-root.ts';
import { nvidiaMachine } from '../extension-points/devices/hardware/testing/nvidia-machine.ts';
import { systemClock } from '../kernel/clock.ts';
import { silentLog } from '../kernel/log.ts';
import { checkGpus, gpuPlugins } from './gpus.ts';

const options = { clock: systemClock, log: silentLog };

describe('GPUs that are asked for', () => {
  it('are offered by the plugins of their vendors, as their configuration files say', async () => {
    await using machine = await makeMachineRoot({ ...nvidiaMachine([{}]), ...amdMachine([{}]) });
    await machine.write({ '/nvidia.yaml': 'version: v1\nsharing: {timeSlicing: {renameByDefault: true, resources: [{name: nvidia.com/gpu, replicas: 2}]}}\n' });
    const plugins = await gpuPlugins([`nvidia=${join(machine.path, 'nvidia.yaml')}`, 'amd'], { ...options, root: machine.path });
    assert.deepEqual(
      plugins.map(({ name, implementation }) => [name, implementation.resourceName]),
      [
        ['nvidia nvidia.com/gpu.shared', 'nvidia.com/gpu.shared'],
        ['amd amd.com/gpu', 'amd.com/gpu'],
      ],
    );
  });

  it('are of vendors that are known, each once', () => {
    assert.throws(() => checkGpus(['matrox']), {
      message: '"matrox" is not a vendor of GPUs that is known here: write --gpu nvidia, --gpu amd, --gpu intel, each with =<configuration file> if you like',
    });
    assert.throws(() => checkGpus(['constructor']), /^Error: "constructor" is not a vendor/);
    assert.throws(() => checkGpus(['amd', 'amd=x.yaml']), { message: '--gpu amd is there twice' });
  });

  it('must be there and be configured well; the flag is named', async () => {
    await using machine = await makeMachineRoot({ '/amd.yaml': 'colour: red\n' });
    const file = join(machine.path, 'amd.yaml');
    for (const { word, message } of [
      { word: 'nvidia', message: /^--gpu nvidia: no NVIDIA driver is loaded: / },
      { word: 'intel', message: /^--gpu intel: no Intel GPU is there: / },
      { word: `amd=${file}`, message: /^--gpu amd=\S+: unknown field "colour"$/ },
      { word: 'amd=/does/not/exist', message: /^--gpu amd=\/does\/not\/exist: ENOENT/ },
    ])
      await assert.rejects(gpuPlugins([word], { ...options, root: machine.path }), { message });
  });
});
