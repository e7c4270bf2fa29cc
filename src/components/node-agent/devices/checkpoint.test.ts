import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nothingAllocated } from '../../../extension-points/devices/contract.ts';
import { silentLog } from '../../../kernel/log.ts';
import type { DeviceAllocation } from './allocations.ts';
import { type CheckpointContent, checkpointText, readCheckpointText } from './checkpoint.ts';
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
  it('has what held when it was asked for, in few writes, and nothing is left beside it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'wherry-checkpoint-'));
    try {
      let asked = 0;
      const registeredResources: string[] = [];
      const content = (): CheckpointContent => (asked++, { allocations: [], registeredResources });
      const file = new CheckpointFile(join(directory, 'deep', 'checkpoint'), content, silentLog);
      assert.equal(await file.read(), undefined);
      await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          registeredResources.push(`example.com/${index}`);
          await file.save();
          const read = await new CheckpointFile(join(directory, 'deep', 'checkpoint'), content, silentLog).read();
          assert.ok(read?.registeredResources.includes(`example.com/${index}`));
        }),
      );
      await file.settled();
      assert.ok(asked < 10, `${asked} writes`);
      assert.deepEqual(await readdir(join(directory, 'deep')), ['checkpoint']);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('says in the words of upstream when it cannot be written', async () => {
    const file = new CheckpointFile('/proc/none/checkpoint', () => ({ allocations: [], registeredResources: [] }), silentLog);
    await assert.rejects(file.save(), /^Error: failed to write checkpoint file "kubelet_internal_checkpoint": ENOENT/);
    await file.settled();
  });
});
