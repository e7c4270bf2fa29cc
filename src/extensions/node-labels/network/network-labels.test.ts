import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { networkLabels } from './network-labels.ts';

const cases: readonly { name: string; files: Record<string, string>; want: Record<string, string> }[] = [
  { name: 'that are not there', files: {}, want: {} },
  { name: 'that cannot be split', files: { '/sys/class/net/eth0/device/vendor': '0x1af4\n', '/sys/class/net/lo/mtu': '65536\n' }, want: {} },
  {
    name: 'that can be split',
    files: { '/sys/class/net/eth0/device/sriov_totalvfs': '8\n', '/sys/class/net/eth0/device/sriov_numvfs': '0\n' },
    want: { 'network-sriov.capable': 'true' },
  },
  {
    name: 'that are split',
    files: { '/sys/class/net/eth0/device/sriov_totalvfs': '8\n', '/sys/class/net/eth0/device/sriov_numvfs': '4\n' },
    want: { 'network-sriov.capable': 'true', 'network-sriov.configured': 'true' },
  },
];

describe('labels of network cards', () => {
  for (const { name, files, want } of cases)
    it(name, async () => {
      await using machine = await makeMachineRoot(files);
      assert.deepEqual(await networkLabels(machine.path), want);
    });
});
