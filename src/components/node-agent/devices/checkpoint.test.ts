import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nothingAllocated } from '../../../extension-points/devices/contract.ts';
import { silentLog } from '../../../kernel/log.ts';
import type { DeviceAllocation } from './allocations.ts';
import { checkpointText, readCheckpointText } from './checkpoint.ts';
import { CheckpointFile } from './checkpoint-file.ts';

const allocation: DeviceAllocation = {
  podUid: 'uid',
  containerName: 'main',
  resourceName: 'example.com/gpu',
  devices: [
    { id: 'near', numaNodes: [0, 1] },
    { id: 'anywhere', numaNodes: [] },
  ],
  answer: {
    environment: { A: 'ä' },
    mounts: [{ containerPath: '/c', hostPath: '/h', readOnly: true }],
    devices: [{ containerPath: '/dev/c', hostPath: '/dev/h', permissions: 'rwm' }],
    annotations: { k: 'v' },
    cdiDevices: ['example.com/gpu=near'],
  },
};

describe('a checkpoint', () => {
  it("has the kubelet's layout", () => {
    const { Data, Checksum } = JSON.parse(
      checkpointText({ allocations: [{ ...allocation, answer: nothingAllocated }], registeredResources: ['example.com/gpu'] }),
    );
    assert.deepEqual(Data, {
      PodDeviceEntries: [
        { PodUID: 'uid', ContainerName: 'main', ResourceName: 'example.com/gpu', DeviceIDs: { '-1': ['anywhere'], 0: ['near'], 1: ['near'] }, AllocResp: '' },
      ],
      RegisteredDevices: { 'example.com/gpu': [] },
    });
    assert.equal(typeof Checksum, 'number');
  });

  it('is read as it was written', () => {
    const content = { allocations: [allocation], registeredResources: ['example.com/gpu', 'example.com/nic'] };
    const { allocations, registeredResources } = readCheckpointText(checkpointText(content));
    assert.deepEqual(registeredResources, content.registeredResources);
    assert.deepEqual(allocations[0]!.answer, allocation.answer);
    const byId = (devices: DeviceAllocation['devices']): Map<string, readonly number[]> => new Map(devices.map(({ id, numaNodes }) => [id, numaNodes]));
    assert.deepEqual(byId(allocations[0]!.devices), byId(allocation.devices));
  });

  it('is refused when anything of it changed', () => {
    const text = checkpointText({ allocations: [allocation], registeredResources: [] });
    for (const broken of [text.replace('near', 'fear'), text.slice(0, -1), '', 'null', '{}']) assert.throws(() => readCheckpointText(broken));
  });
});

describe('the file of a checkpoint', () => {
  const held = (index: number): DeviceAllocation => ({ ...allocation, podUid: `uid-${index}`, answer: nothingAllocated });
  const uidsIn = async (path: string): Promise<string[]> => {
    const content = await new CheckpointFile(path, () => ({ allocations: [], registeredResources: [] }), silentLog).read();
    return (content?.allocations ?? []).map(({ podUid }) => podUid).sort();
  };
  const inFolder = async (run: (directory: string) => Promise<void>): Promise<void> => {
    const directory = await mkdtemp(join(tmpdir(), 'wherry-checkpoint-'));
    try {
      await run(directory);
    } finally {
      await rm(directory, { recursive: true });
    }
  };

  it('has what held when it was asked for, is written few times, and nothing is left beside it', () =>
    inFolder(async (directory) => {
      let asked = 0;
      const path = join(directory, 'deep', 'checkpoint');
      const allocations: DeviceAllocation[] = [];
      const file = new CheckpointFile(path, () => (asked++, { allocations, registeredResources: ['example.com/gpu'] }), silentLog);
      assert.equal(await file.read(), undefined);
      for (let index = 0; index < 100; index++) {
        allocations.push(held(index));
        file.note({ recorded: held(index) });
        await file.save();
        if (index % 10 === 0) assert.equal((await uidsIn(path)).length, index + 1);
      }
      await file.settled();
      assert.ok(asked < 50, `${asked} writes`);
      assert.deepEqual(await readdir(join(directory, 'deep')), ['checkpoint']);
      const { allocations: read, registeredResources } = readCheckpointText(await readFile(path, 'utf8'));
      assert.deepEqual([read.length, registeredResources], [100, ['example.com/gpu']]);
    }));

  it('is known after a kill from its journal: what was released since is not, and a line that was cut off does not count', () =>
    inFolder(async (directory) => {
      const path = join(directory, 'checkpoint');
      const file = new CheckpointFile(path, () => ({ allocations: [], registeredResources: [] }), silentLog);
      await file.read();
      file.note({ recorded: held(1) });
      file.note({ recorded: held(2) });
      file.note({ released: 'uid-1' });
      file.note({ recorded: held(3) });
      await file.save();
      const copy = await mkdtemp(join(directory, 'killed-'));
      const [journal = ''] = (await readdir(directory)).filter((name) => name.includes('.journal.'));
      const text = await readFile(join(directory, journal), 'utf8');
      await writeFile(join(copy, journal), text);
      assert.deepEqual(await uidsIn(join(copy, 'checkpoint')), ['uid-2', 'uid-3']);
      for (const length of [text.length - 2, text.length - 40]) {
        await writeFile(join(copy, journal), text.slice(0, length));
        assert.deepEqual(await uidsIn(join(copy, 'checkpoint')), ['uid-2']);
      }
      // The checkpoint of later has it all; its journal was not removed before the kill.
      await writeFile(join(copy, journal), text);
      await writeFile(join(copy, 'checkpoint'), checkpointText({ allocations: [held(3), held(4)], registeredResources: [] }));
      assert.deepEqual(await uidsIn(join(copy, 'checkpoint')), ['uid-2', 'uid-3', 'uid-4']);
      await file.settled();
    }));

  it('says in the words of upstream when it cannot be written', async () => {
    const file = new CheckpointFile('/proc/none/checkpoint', () => ({ allocations: [], registeredResources: [] }), silentLog);
    file.note({ recorded: held(1) });
    await assert.rejects(file.save(), /^Error: failed to write checkpoint file "kubelet_internal_checkpoint": ENOENT/);
    await file.settled();
  });
});
