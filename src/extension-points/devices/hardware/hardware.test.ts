import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type { Device } from '../contract.ts';
import { followDevices } from './follow-devices.ts';
import { readKfdTopology } from './kfd-topology.ts';
import { readNvidiaDriver } from './nvidia-driver.ts';
import { askNvidiaSmi, readNvidiaSmi } from './nvidia-smi.ts';
import { amdMachine } from './testing/amd-machine.ts';
import { makeMachineRoot } from './testing/machine-root.ts';
import { nvidiaMachine, uuidOf } from './testing/nvidia-machine.ts';

describe('the NVIDIA driver', () => {
  it('is not there on a machine without it', async () => {
    await using machine = await makeMachineRoot();
    assert.equal(await readNvidiaDriver(machine.path), undefined);
  });

  it('shows its GPUs, by minor number', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{ model: 'Tesla T4' }, { numaNode: 1 }]));
    assert.deepEqual(await readNvidiaDriver(machine.path), {
      version: '550.107.02',
      gpus: [
        { uuid: uuidOf(0), model: 'Tesla T4', minor: 0, pciAddress: '0000:10:00.0', numaNode: undefined, isMigCapable: false, gpuInstances: [] },
        { uuid: uuidOf(1), model: 'NVIDIA A100-SXM4-40GB', minor: 1, pciAddress: '0000:11:00.0', numaNode: 1, isMigCapable: false, gpuInstances: [] },
      ],
    });
  });

  for (const { name, line, want } of [
    { name: 'proprietary', line: 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023', want: '535.104.05' },
    { name: 'open', line: 'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (builder)', want: '570.86.15' },
    { name: 'on Arm', line: 'NVRM version: NVIDIA UNIX Open Kernel Module for aarch64  580.65', want: '580.65' },
  ])
    it(`tells its version when it is the ${name} one`, async () => {
      await using machine = await makeMachineRoot({ '/proc/driver/nvidia/version': `${line}\n` });
      assert.deepEqual(await readNvidiaDriver(machine.path), { version: want, gpus: [] });
    });

  it('shows what GPUs are split into', async () => {
    await using machine = await makeMachineRoot(
      nvidiaMachine([
        {
          instances: [
            { id: 2, computeInstances: 1 },
            { id: 11, computeInstances: 2 },
          ],
        },
        { instances: [] },
      ]),
    );
    const gpus = (await readNvidiaDriver(machine.path))!.gpus;
    assert.deepEqual(gpus[0]!.gpuInstances, [
      { id: 2, capabilityMinor: 3, computeInstances: [{ id: 0, capabilityMinor: 4 }] },
      {
        id: 11,
        capabilityMinor: 5,
        computeInstances: [
          { id: 0, capabilityMinor: 6 },
          { id: 1, capabilityMinor: 7 },
        ],
      },
    ]);
    assert.deepEqual([gpus[1]!.isMigCapable, gpus[1]!.gpuInstances], [true, []]);
  });

  it('leaves out GPUs that are excluded or half described', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{}]));
    await machine.write({
      '/proc/driver/nvidia/gpus/0000:20:00.0/information': `Model: \t X\nGPU UUID: \t ${uuidOf(7)}\nDevice Minor: \t 7\nGPU Excluded:\t Yes\n`,
      '/proc/driver/nvidia/gpus/0000:21:00.0/information': 'Model: \t X\nGPU UUID: \t GPU-????????-????\nDevice Minor: \t 8\n',
    });
    assert.deepEqual(
      (await readNvidiaDriver(machine.path))!.gpus.map(({ minor }) => minor),
      [0],
    );
  });
});

describe('nvidia-smi', () => {
  const device = (index: number, instance: number): string =>
    `<mig_device><index>${index}</index><gpu_instance_id>${instance}</gpu_instance_id><compute_instance_id>0</compute_instance_id><fb_memory_usage><total>4864 MiB</total></fb_memory_usage></mig_device>`;
  const gpu = (minor: number, mode: string, devices: string): string => `<gpu id="00000000:1${minor}:00.0">
<mig_mode><current_mig>${mode}</current_mig></mig_mode><mig_devices>${devices}</mig_devices>
<uuid>${uuidOf(minor)}</uuid><fb_memory_usage><total>40960 MiB</total></fb_memory_usage></gpu>`;

  it('tells memory, and the profiles and UUIDs of what GPUs are split into', () => {
    const list = `GPU 0: A (UUID: ${uuidOf(0)})\nGPU 1: A (UUID: ${uuidOf(1)})\n  MIG 1g.5gb      Device  0: (UUID: MIG-a)\n  MIG 1g.5gb+me   Device  1: (UUID: MIG-b)\n`;
    const report = `<?xml version="1.0" ?><nvidia_smi_log>${gpu(0, 'Disabled', 'None')}${gpu(1, 'Enabled', device(0, 9) + device(1, 7))}</nvidia_smi_log>`;
    const [plain, split] = readNvidiaSmi(list, report);
    assert.deepEqual(plain, { uuid: uuidOf(0), memoryMib: 40_960, isMigEnabled: false, migDevices: [] });
    assert.deepEqual([split!.uuid, split!.isMigEnabled], [uuidOf(1), true]);
    assert.deepEqual(split!.migDevices, [
      { gpuInstance: 9, computeInstance: 0, profile: '1g.5gb', uuid: 'MIG-a', memoryMib: 4_864 },
      { gpuInstance: 7, computeInstance: 0, profile: '1g.5gb+me', uuid: 'MIG-b', memoryMib: 4_864 },
    ]);
  });

  it('is not asked where it is not there', async () => {
    await using machine = await makeMachineRoot();
    assert.equal(await askNvidiaSmi(machine.path), undefined);
  });
});

describe("AMD's topology", () => {
  it('is empty on a machine without it', async () => {
    await using machine = await makeMachineRoot();
    assert.deepEqual(await readKfdTopology(machine.path), []);
  });

  it('shows GPUs and their partitions, not processors', async () => {
    await using machine = await makeMachineRoot(amdMachine([{ hive: '77' }, { partitions: 2 }]));
    const gpus = await readKfdTopology(machine.path);
    assert.deepEqual(
      gpus.map(({ node, renderMinor, uniqueId, pciAddress, hiveId, memoryBytes }) => [node, renderMinor, uniqueId, pciAddress, hiveId, memoryBytes]),
      [
        [1, 128, '9000000000000000', '0000:10:00.0', '77', 68_702_699_520],
        [2, 144, '9000000000000001', '0000:11:00.0', '0', 68_702_699_520],
        [3, 145, '9000000000000001', '0000:11:00.0', '0', 68_702_699_520],
      ],
    );
    assert.equal(gpus[0]!.properties.get('simd_count'), 440);
  });
});

describe('devices that tell nobody when they change', () => {
  it('are looked at again and again, and told of when they are others', async () => {
    const clock = new ManualClock();
    const cancellation = new AbortController();
    const device = (health: Device['health']): readonly Device[] => [{ id: 'a', health, numaNodes: [] }];
    let now = device('Healthy');
    let looks = 0;
    const lists = followDevices(async () => (looks++, now), { clock, signal: cancellation.signal })[Symbol.asyncIterator]();
    assert.deepEqual((await lists.next()).value, device('Healthy'));
    const next = lists.next();
    await clock.advance(5_000);
    assert.equal(looks, 2);
    now = device('Unhealthy');
    await clock.advance(5_000);
    assert.deepEqual((await next).value, device('Unhealthy'));
    const end = lists.next();
    cancellation.abort();
    assert.equal((await end).done, true);
  });
});
