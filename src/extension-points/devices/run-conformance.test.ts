import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type DevicePlugin, nothingAllocated } from './contract.ts';
import { type CaseResult, runDeviceConformance } from './run-conformance.ts';
import { serveDevicePlugin } from './serve.ts';

const plugin = (more: Partial<DevicePlugin> = {}): DevicePlugin => ({
  resourceName: 'example.com/kvm',
  async *devices(signal) {
    yield ['1', '2'].map((id) => ({ id, health: 'Healthy', numaNodes: [] }));
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
  async allocate(ids) {
    if (ids.some((id) => !['1', '2'].includes(id))) throw new Error('there is no such device');
    return nothingAllocated;
  },
  ...more,
});

async function inFolder(run: (kubeletDirectory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'wq-'));
  try {
    await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const failuresOf = (results: readonly CaseResult[]): (string | undefined)[][] =>
  results.filter(({ outcome }) => outcome === 'failed').map(({ title, message }) => [title, message]);

describe('the suite for plugins in other processes', () => {
  for (const route of ['kubelet', 'registry'] as const)
    it(`finds a plugin that registers by ${route}, and sees that it comes back after a restart of the agent`, () =>
      inFolder(async (kubeletDirectory) => {
        await using _served = await serveDevicePlugin(plugin(), { kubeletDirectory, route });
        const results: CaseResult[] = [];
        const failed = await runDeviceConformance({ kubeletDirectory, resourceName: 'example.com/kvm' }, { report: (result) => void results.push(result) });
        assert.deepEqual([failed, failuresOf(results)], [0, []]);
        assert.equal(results.at(-1)?.title, 'comes back by itself after the agent was restarted, with the same name and the same devices');
      }));

  it('takes a plugin by its socket alone, whatever its name is', () =>
    inFolder(async (kubeletDirectory) => {
      await using served = await serveDevicePlugin(plugin(), { kubeletDirectory });
      const results: CaseResult[] = [];
      assert.equal(await runDeviceConformance({ socketPath: served.socketPath }, { report: (result) => void results.push(result) }), 0);
      assert.deepEqual(
        results.filter(({ outcome }) => outcome === 'skipped').map(({ title }) => title),
        ['has the name of an extended resource'],
      );
    }));

  it('says what is wrong with a plugin', () =>
    inFolder(async (kubeletDirectory) => {
      const careless = plugin({
        allocate: async () => ({ ...nothingAllocated, devices: [{ containerPath: 'kvm', hostPath: '/dev/kvm', permissions: 'rw' }] }),
      });
      await using served = await serveDevicePlugin(careless, { kubeletDirectory });
      const results: CaseResult[] = [];
      const skip = ['allocates for several containers at a time', 'allocates all healthy devices to one container'];
      const failed = await runDeviceConformance({ socketPath: served.socketPath }, { skip, report: (result) => void results.push(result) });
      assert.equal(failed, 3);
      assert.deepEqual(failuresOf(results)[0], ['allocates one device', 'container path "kvm" is not absolute']);
    }));

  it('says when there is no such case, or no such plugin', () =>
    inFolder(async (kubeletDirectory) => {
      const report = (): void => {};
      await assert.rejects(runDeviceConformance({ kubeletDirectory }, { skip: ['x'], report }), /no case is called "x"/);
      await assert.rejects(runDeviceConformance({ kubeletDirectory }, { registrationMs: 0, report }), /no plugin has registered in \S+ within 0 s/);
    }));
});
