import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type MachineRoot, makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { addressOf, type FakeNvidiaGpu, nvidiaMachine, uuidOf } from '../../../extension-points/devices/hardware/testing/nvidia-machine.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';
import { silentLog } from '../../../kernel/log.ts';
import { type NvidiaLabelsOptions, nvidiaLabels } from './nvidia-labels.ts';

interface MigDevice {
  readonly gpu: number;
  readonly profile: string;
  readonly memoryMib: number;
}

/** A machine whose `nvidia-smi` tells the memory of its GPUs, which of them are to be split, and what MIG devices there are. */
async function machineWith(
  gpus: readonly FakeNvidiaGpu[],
  told?: { readonly split: readonly number[]; readonly migDevices: readonly MigDevice[]; readonly capability?: string },
): Promise<MachineRoot> {
  const machine = await makeMachineRoot(nvidiaMachine(gpus));
  await machine.write({ '/sys/class/dmi/id/product_name': 'DGX A100 920-23687\n' });
  for (const minor of gpus.keys()) await machine.write({ [`/sys/bus/pci/devices/${addressOf(minor)}/class`]: '0x030200\n' });
  if (!told) return machine;
  const of = (minor: number): readonly MigDevice[] => told.migDevices.filter(({ gpu }) => gpu === minor);
  const list = gpus.flatMap((_gpu, minor) => [
    `GPU ${minor}: NVIDIA A100 (UUID: ${uuidOf(minor)})`,
    ...of(minor).map(({ profile }, index) => `  MIG ${profile} Device ${index}: (UUID: MIG-${minor}-${index})`),
  ]);
  const report = gpus.map((_gpu, minor) => {
    const devices = of(minor).map(
      ({ memoryMib }, index) =>
        `<mig_device><index>${index}</index><gpu_instance_id>${index + 1}</gpu_instance_id><compute_instance_id>0</compute_instance_id><fb_memory_usage><total>${memoryMib} MiB</total></fb_memory_usage></mig_device>`,
    );
    const mode = told.split.includes(minor) ? 'Enabled' : 'Disabled';
    return `<gpu id="${minor}"><mig_mode><current_mig>${mode}</current_mig></mig_mode><mig_devices>${devices.join('')}</mig_devices><uuid>${uuidOf(minor)}</uuid><fb_memory_usage><total>40960 MiB</total></fb_memory_usage></gpu>`;
  });
  const { capability } = told;
  const capabilities = capability === undefined ? 'exit 2' : [...gpus.keys()].map((minor) => `echo '${uuidOf(minor)}, ${capability}'`).join('; ');
  const program = join(machine.path, 'usr/bin/nvidia-smi');
  await mkdir(join(machine.path, 'usr/bin'), { recursive: true });
  await writeFile(
    program,
    `#!/bin/sh\nif [ "$1" = -L ]; then cat <<'END'\n${list.join('\n')}\nEND\nelif [ "$1" = -q ]; then cat <<'END'\n${report.join('\n')}\nEND\nelif [ $# = 0 ]; then echo '| NVIDIA-SMI 550.107.02   Driver Version: 550.107.02   CUDA Version: 12.4     |'\nelse ${capabilities}\nfi\n`,
  );
  await chmod(program, 0o755);
  return machine;
}

async function labelsOf(machine: MachineRoot, options: Partial<NvidiaLabelsOptions> = {}): Promise<Labels> {
  const stopping = new AbortController();
  for await (const { labels } of nvidiaLabels({ root: machine.path, log: silentLog, ...options }).labels(
    { name: 'node-1', isSimulated: false },
    stopping.signal,
  )) {
    stopping.abort(new Error('enough'));
    return labels;
  }
  throw new Error('it ended without a word');
}

/** Of a resource, without its name. */
const of = (labels: Labels, resource: string): Labels =>
  Object.fromEntries(Object.entries(labels).flatMap(([name, value]) => (name.startsWith(`${resource}.`) ? [[name.slice(resource.length + 1), value]] : [])));

const alike = {
  product: 'NVIDIA-A100-SXM4-40GB',
  count: '2',
  replicas: '1',
  'sharing-strategy': 'none',
  machine: 'DGX-A100-920-23687',
  mode: 'compute',
  present: 'true',
};
const gpu = 'nvidia.com/gpu';

describe('labels of NVIDIA GPUs', () => {
  it('that are not there', async () => {
    await using machine = await makeMachineRoot();
    assert.deepEqual(await labelsOf(machine), {});
  });

  it('with a driver only', async () => {
    await using machine = await machineWith([{}, {}]);
    assert.deepEqual(await labelsOf(machine), {
      'nvidia.com/cuda.driver-version.full': '550.107.02',
      'nvidia.com/cuda.driver-version.major': '550',
      'nvidia.com/cuda.driver-version.minor': '107',
      'nvidia.com/cuda.driver-version.revision': '02',
      'nvidia.com/cuda.driver.major': '550',
      'nvidia.com/cuda.driver.minor': '107',
      'nvidia.com/cuda.driver.rev': '02',
      'nvidia.com/mig.capable': 'false',
      'nvidia.com/mps.capable': 'false',
      ...Object.fromEntries(Object.entries(alike).map(([name, value]) => [`${gpu}.${name}`, value])),
    });
  });

  it('with nvidia-smi have memory', async () => {
    await using machine = await machineWith([{}, {}], { split: [], migDevices: [] });
    assert.deepEqual(of(await labelsOf(machine), gpu), { ...alike, memory: '40960' });
  });

  it('with nvidia-smi have the newest CUDA that they run', async () => {
    await using machine = await machineWith([{}], { split: [], migDevices: [] });
    const { 'nvidia.com/cuda.runtime.major': oldMajor, 'nvidia.com/cuda.runtime.minor': oldMinor, ...labels } = await labelsOf(machine);
    assert.deepEqual(of(labels, 'nvidia.com/cuda.runtime-version'), { full: '12.4', major: '12', minor: '4' });
    assert.deepEqual([oldMajor, oldMinor], ['12', '4']);
  });

  const families = {
    '6.1': 'pascal',
    '7.0': 'volta',
    '7.5': 'turing',
    '8.0': 'ampere',
    '8.6': 'ampere',
    '8.9': 'ada-lovelace',
    '9.0': 'hopper',
    '10.0': 'blackwell',
    '12.1': 'blackwell',
    '4.0': 'undefined',
  };
  for (const [capability, family] of Object.entries(families))
    it(`that can do ${capability} are of the family ${family}`, async () => {
      await using machine = await machineWith([{}, {}], { split: [], migDevices: [], capability });
      const [major, minor] = capability.split('.');
      assert.deepEqual(of(await labelsOf(machine), gpu), { ...alike, memory: '40960', 'compute.major': major, 'compute.minor': minor, family });
    });

  it('of a version without a revision, on a machine that nobody sells, with and without screens', async () => {
    await using machine = await makeMachineRoot(nvidiaMachine([{ model: 'Tesla T4' }, { model: 'Tesla T4' }], '418.30'));
    await machine.write({ [`/sys/bus/pci/devices/${addressOf(0)}/class`]: '0x030200\n', [`/sys/bus/pci/devices/${addressOf(1)}/class`]: '0x030000\n' });
    const labels = await labelsOf(machine);
    assert.equal(labels['nvidia.com/cuda.driver-version.revision'], '');
    assert.deepEqual(of(labels, gpu), { ...alike, product: 'Tesla-T4', machine: 'unknown', mode: 'unknown' });
  });

  const shared: readonly { name: string; isRenamed: boolean; product: string }[] = [
    { name: 'under their own name', isRenamed: false, product: 'NVIDIA-A100-SXM4-40GB-SHARED' },
    { name: 'under another name', isRenamed: true, product: 'NVIDIA-A100-SXM4-40GB' },
  ];
  for (const { name, isRenamed, product } of shared)
    it(`that are shared ${name}`, async () => {
      await using machine = await machineWith([{}, {}]);
      const labels = await labelsOf(machine, { replicated: new Map([[gpu, { replicas: 10, isRenamed }]]) });
      assert.deepEqual(of(labels, gpu), { ...alike, product, replicas: '10', 'sharing-strategy': 'time-slicing' });
    });

  const split = {
    instances: [
      { id: 1, computeInstances: 1 },
      { id: 2, computeInstances: 1 },
    ],
  };
  const small = (gpuNumber: number): MigDevice => ({ gpu: gpuNumber, profile: '1g.5gb', memoryMib: 4_864 });

  it('that are split, and offered whole', async () => {
    await using machine = await machineWith([split, split], { split: [0, 1], migDevices: [small(0), small(0), small(1), small(1)] });
    const labels = await labelsOf(machine, { replicated: new Map([[gpu, { replicas: 10, isRenamed: false }]]) });
    assert.deepEqual(of(labels, gpu), { ...alike, memory: '40960', replicas: '0' });
    assert.deepEqual([labels['nvidia.com/mig.capable'], labels['nvidia.com/mig.strategy']], ['true', undefined]);
  });

  it('that are split alike, with strategy single', async () => {
    await using machine = await machineWith([split, split], { split: [0, 1], migDevices: [small(0), small(0), small(1), small(1)] });
    const labels = await labelsOf(machine, { migStrategy: 'single', replicated: new Map([[gpu, { replicas: 2, isRenamed: false }]]) });
    const want = { product: 'NVIDIA-A100-SXM4-40GB-MIG-1g.5gb-SHARED', count: '4', replicas: '2', 'sharing-strategy': 'time-slicing', memory: '4864' };
    assert.deepEqual(of(labels, gpu), { ...alike, ...want, 'slices.gi': '1', 'slices.ci': '1' });
    assert.equal(labels['nvidia.com/mig.strategy'], 'single');
  });

  const invalid = { product: 'NVIDIA-A100-SXM4-40GB-MIG-INVALID', count: '0', replicas: '0', 'sharing-strategy': '', memory: '0' };
  const wrong: readonly { name: string; gpus: readonly FakeNvidiaGpu[]; told: Parameters<typeof machineWith>[1] }[] = [
    { name: 'with different profiles', gpus: [split], told: { split: [0], migDevices: [small(0), { gpu: 0, profile: '3g.20gb', memoryMib: 20_096 }] } },
    { name: 'in part', gpus: [split, { instances: [] }], told: { split: [0], migDevices: [small(0)] } },
    { name: 'and one of them into nothing', gpus: [split, { instances: [] }], told: { split: [0, 1], migDevices: [small(0)] } },
  ];
  for (const { name, gpus, told } of wrong)
    it(`that are split ${name} are invalid with strategy single`, async () => {
      await using machine = await machineWith(gpus, told);
      assert.deepEqual(of(await labelsOf(machine, { migStrategy: 'single' }), gpu), { ...alike, ...invalid });
    });

  it('that are not split are whole ones with strategy single', async () => {
    await using machine = await machineWith([{ instances: [] }, { instances: [] }], { split: [], migDevices: [] });
    const labels = await labelsOf(machine, { migStrategy: 'single' });
    assert.deepEqual(of(labels, gpu), { ...alike, memory: '40960' });
    assert.equal(labels['nvidia.com/mig.strategy'], 'single');
  });

  it('that are split, with strategy mixed', async () => {
    const large: MigDevice = { gpu: 0, profile: '1c.3g.20gb+me', memoryMib: 20_096 };
    await using machine = await machineWith([split, {}], { split: [0], migDevices: [small(0), large] });
    const labels = await labelsOf(machine, { migStrategy: 'mixed' });
    assert.deepEqual(of(labels, gpu), { ...alike, memory: '40960' });
    const mig = { count: '1', replicas: '1', 'sharing-strategy': 'none' };
    assert.deepEqual(of(labels, 'nvidia.com/mig-1g.5gb'), {
      ...mig,
      product: 'NVIDIA-A100-SXM4-40GB-MIG-1g.5gb',
      memory: '4864',
      'slices.gi': '1',
      'slices.ci': '1',
    });
    const want = { ...mig, product: 'NVIDIA-A100-SXM4-40GB-MIG-1c.3g.20gbme', memory: '20096', 'slices.gi': '3', 'slices.ci': '1' };
    assert.deepEqual(of(labels, 'nvidia.com/mig-1c.3g.20gb.me'), want);
  });

  it('that are split say nothing of the parts without nvidia-smi', async () => {
    await using machine = await machineWith([split]);
    assert.deepEqual(of(await labelsOf(machine, { migStrategy: 'single' }), gpu), { ...alike, count: '1', replicas: '0' });
  });
});
