import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { amdMachine } from '../extension-points/devices/hardware/testing/amd-machine.ts';
import { type MachineRoot, makeMachineRoot } from '../extension-points/devices/hardware/testing/machine-root.ts';
import { nvidiaMachine } from '../extension-points/devices/hardware/testing/nvidia-machine.ts';
import { nodeLabelConformance } from '../extension-points/node-labels/conformance.ts';
import type { NodeLabelSource } from '../extension-points/node-labels/contract.ts';
import { systemClock } from '../kernel/clock.ts';
import type { Extension } from '../kernel/extension-point.ts';
import { silentLog } from '../kernel/log.ts';
import { nodeLabelSources, readDiscoveredSources } from './node-labels.ts';

const machineSources = ['cpu', 'kernel', 'memory', 'network', 'pci', 'storage', 'system', 'usb'];
const all = [...machineSources, 'node-features'];

describe('what --discover-labels says', () => {
  const cases: readonly { words: readonly string[]; want: readonly string[] }[] = [
    { words: [], want: [] },
    { words: ['all'], want: all },
    { words: ['pci, cpu', 'pci'], want: ['cpu', 'pci'] },
    { words: ['usb', 'all'], want: all },
  ];
  for (const { words, want } of cases)
    it(`${JSON.stringify(words)} is ${want.join(', ') || 'nothing'}`, () => assert.deepEqual(readDiscoveredSources(words), want));

  for (const word of ['weather', 'cpu,', '', 'constructor'])
    it(`${JSON.stringify(word)} is refused`, () => {
      assert.throws(() => readDiscoveredSources([word]), /--discover-labels: there is no source of labels ".*"; there are all, cpu, kernel/);
    });
});

const files = { '/proc/cpuinfo': 'vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t: 1\n\n', ...nvidiaMachine([{}]), ...amdMachine([{}]) };

const sourcesOf = (machine: MachineRoot, gpus: readonly string[], discovered: readonly string[] = all): Promise<Extension<NodeLabelSource>[]> =>
  nodeLabelSources({ discovered, featureFileDirectory: join(machine.path, 'features.d'), gpus, root: machine.path, clock: systemClock, log: silentLog });

describe('the sources of this machine’s node', () => {
  it('are feature files, GPUs that are offered, and what was asked for', async () => {
    await using machine = await makeMachineRoot(files);
    const names = async (gpus: string[], discovered: string[]): Promise<string[]> => (await sourcesOf(machine, gpus, discovered)).map(({ name }) => name);
    assert.deepEqual(await names([], []), ['feature-files']);
    assert.deepEqual(await names(['nvidia', 'intel', 'amd'], ['cpu', 'usb']), ['feature-files', 'nvidia', 'amd', 'cpu', 'usb']);
  });

  it('say of NVIDIA GPUs what their configuration makes of them', async () => {
    await using machine = await makeMachineRoot(files);
    const configuration = join(machine.path, 'nvidia.yaml');
    await writeFile(
      configuration,
      'version: v1\nsharing:\n  timeSlicing:\n    renameByDefault: true\n    resources: [{ name: nvidia.com/gpu, replicas: 4 }]\n',
    );
    const [, nvidia] = await sourcesOf(machine, [`nvidia=${configuration}`], []);
    const stopping = new AbortController();
    for await (const { labels } of nvidia!.implementation.labels({ name: 'node-1', isSimulated: false }, stopping.signal)) {
      assert.equal(labels['nvidia.com/gpu.replicas'], '4');
      assert.equal(labels['nvidia.com/gpu.product'], 'NVIDIA-A100-SXM4-40GB');
      stopping.abort(new Error('enough'));
    }
  });
});

for (const name of ['feature-files', 'nvidia', 'amd', ...machineSources])
  nodeLabelConformance(`the source ${name}`, async () => {
    const machine = await makeMachineRoot(files);
    await mkdir(join(machine.path, 'features.d'));
    await writeFile(join(machine.path, 'features.d', 'one'), 'one\n# +expiry-time=2100-01-01T00:00:00Z\ntwo=2\n');
    const sources = await sourcesOf(machine, ['nvidia', 'amd']);
    return {
      source: sources.find((source) => source.name === name)!.implementation,
      [Symbol.asyncDispose]: () => rm(machine.path, { recursive: true, force: true }),
    };
  });
