import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { storageLabels } from './storage-labels.ts';

const cases: readonly { name: string; files: Record<string, string>; want: Record<string, string> }[] = [
  { name: 'that are not there', files: {}, want: {} },
  { name: 'with motors', files: { '/sys/block/sda/queue/rotational': '1\n' }, want: {} },
  {
    name: 'one of which has no motor',
    files: { '/sys/block/sda/queue/rotational': '1\n', '/sys/block/nvme0n1/queue/rotational': '0\n' },
    want: { 'storage-nonrotationaldisk': 'true' },
  },
];

describe('labels of disks', () => {
  for (const { name, files, want } of cases)
    it(name, async () => {
      await using machine = await makeMachineRoot(files);
      assert.deepEqual(await storageLabels(machine.path), want);
    });
});
