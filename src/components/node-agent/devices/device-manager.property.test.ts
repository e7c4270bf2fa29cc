import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFakeGpu, type FakeGpu } from '../../../extensions/devices/fake-gpu/fake-gpu.ts';
import { AllocationJournal, withChanges } from './allocation-journal.ts';
import { type CheckpointContent, readCheckpointText } from './checkpoint.ts';
import { askingPod, DeviceStage, until } from './testing/device-stage.ts';
import { playKillRounds } from './testing/kill-rounds.ts';

/** Numbers that are the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Who holds each device. Throws when two pods hold the same. */
function holders({ allocations }: CheckpointContent): Map<string, string> {
  const found = new Map<string, string>();
  for (const { podUid, resourceName, devices } of allocations)
    for (const { id } of devices) {
      const device = `${resourceName} ${id}`;
      assert.ok([undefined, podUid].includes(found.get(device)), `${device} is held by ${found.get(device)} and ${podUid}`);
      found.set(device, podUid);
    }
  return found;
}

/** What the next agent would find. */
function onDisk(directory: string): CheckpointContent {
  const path = join(directory, 'kubelet_internal_checkpoint');
  const changes = new AllocationJournal(path).changes();
  const { allocations, registeredResources } = existsSync(path) ? readCheckpointText(readFileSync(path, 'utf8')) : { allocations: [], registeredResources: [] };
  return { allocations: withChanges(allocations, changes), registeredResources };
}

const resourceOf = (index: number): string => `example.com/gpu-${index}`;

describe('however pods, plugins and crashes come', () => {
  for (const seed of [1, 2, 3])
    it(`no device of 64 plugins is given twice to 500 pods, and what was acknowledged is on disk (seed ${seed})`, async () => {
      const next = random(seed);
      await using stage = await DeviceStage.open();
      const gpus: FakeGpu[] = Array.from({ length: 64 }, (_, index) => createFakeGpu({ resourceName: resourceOf(index), count: 8, numaNodes: 2 }));
      await stage.start(...gpus);
      await until(() => gpus.forEach((_, index) => assert.equal(stage.amounts(resourceOf(index)), '8/8')));
      const acknowledged = new Map<string, string[]>();
      let snapshots = 0;
      /** What the next agent would find if this one were killed now. */
      const look = (): void => {
        snapshots++;
        const found = holders(onDisk(stage.deviceDirectory));
        for (const [uid, devices] of acknowledged) for (const device of devices) assert.equal(found.get(device), uid, `${device} of ${uid} is not on disk`);
      };
      const devicesOf = (uid: string): string[] =>
        (stage.manager.healthOf(uid, 'main') ?? []).flatMap(({ name, resources = [] }) => resources.map(({ resourceID }) => `${name} ${resourceID}`));
      const start = async (index: number): Promise<void> => {
        const resource = resourceOf(Math.floor(next() * 64));
        const pod = askingPod(`pod-${index}`, 1 + Math.floor(next() * 2), resource);
        try {
          await stage.admit(pod);
        } catch (error) {
          assert.match((error as Error).message, /unavailable for|no healthy devices|endpoint .* has been stopped/);
          return stage.manager.release(pod.metadata.uid!);
        }
        acknowledged.set(pod.metadata.uid!, devicesOf(pod.metadata.uid!));
        if (next() < 0.2) look();
        if (next() < 0.3) {
          acknowledged.delete(pod.metadata.uid!);
          stage.manager.release(pod.metadata.uid!);
        }
      };
      const crashing = (async () => {
        for (let times = 0; times < 20; times++) {
          const gpu = gpus[Math.floor(next() * 64)]!;
          gpu.setFaults({ list: 'crashed' });
          await new Promise((resolve) => setTimeout(resolve, 2));
          gpu.setFaults({});
          stage.manager.refresh();
        }
      })();
      await Promise.all([...Array.from({ length: 500 }, (_, index) => start(index)), crashing]);
      look();
      assert.ok(snapshots > 20 && acknowledged.size > 100, `${snapshots} looks, ${acknowledged.size} pods`);
      await stage.stop();
      await stage.start();
      for (const [uid, devices] of acknowledged) assert.deepEqual(devicesOf(uid), devices);
    });

  it('what a killed agent acknowledged is known to the next one', async () => {
    await using stage = await DeviceStage.open();
    const next = random(7);
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'testing/allocating-process.ts'), stage.directory], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      const ended = once(child, 'close');
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await Promise.race([once(child.stdout, 'data'), ended]);
      await new Promise((resolve) => setTimeout(resolve, next() * 150));
      child.kill('SIGKILL');
      await ended;
      const found = holders(onDisk(stage.deviceDirectory));
      const lines = said.split('\n').slice(0, -1);
      const released = new Set(lines.filter((line) => line.startsWith('-')).map((line) => line.slice(2)));
      for (const line of lines.filter((one) => one.startsWith('+'))) {
        const [, uid = '', resource, ids = ''] = line.split(' ');
        if (!released.has(uid)) for (const id of ids.split(',')) assert.equal(found.get(`${resource} ${id}`), uid, line);
      }
      assert.ok(lines.length > 0);
      // The pods are gone with their agent, as far as the next round is concerned.
      await stage.start();
      stage.manager.retain(new Set());
      await stage.stop();
    }
  });

  // With 64 plugins, 500 pods and 100 kills: npm run bench -- device-kills
  it('every assignment survives the kill of an agent at any moment, while pods start at once on plugins with sockets of their own', async () => {
    const { seen, lost, doubled } = await playKillRounds({ plugins: 12, pods: 100, kills: 10, random: random(11) });
    assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
    assert.ok(seen >= 100, `${seen} assignments`);
  });
});
