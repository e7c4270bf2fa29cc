import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { pciLabels } from './pci-labels.ts';

const device = (address: string, kind: string, vendor: string): Record<string, string> => ({
  [`/sys/bus/pci/devices/${address}/class`]: `${kind}\n`,
  [`/sys/bus/pci/devices/${address}/vendor`]: `${vendor}\n`,
});

const cases: readonly { name: string; files: Record<string, string>; want: Record<string, string> }[] = [
  { name: 'that are not there', files: {}, want: {} },
  {
    name: 'of the classes that are shown',
    files: {
      ...device('0000:00:02.0', '0x030200', '0x10de'),
      ...device('0000:00:03.0', '0x030000', '0x1a03'),
      ...device('0000:00:04.0', '0x0b4000', '0x8086'),
      ...device('0000:00:05.0', '0x120000', '0x1da3'),
      ...device('0000:00:06.0', '0x020000', '0x15b3'),
      ...device('0000:00:07.0', '0x0b3000', '0x8086'),
    },
    want: { 'pci-0302_10de.present': 'true', 'pci-0300_1a03.present': 'true', 'pci-0b40_8086.present': 'true', 'pci-1200_1da3.present': 'true' },
  },
  {
    name: 'that can be split',
    files: { ...device('0000:00:02.0', '0x030200', '0x10de'), '/sys/bus/pci/devices/0000:00:02.0/sriov_totalvfs': '16\n' },
    want: { 'pci-0302_10de.present': 'true', 'pci-0302_10de.sriov.capable': 'true' },
  },
  { name: 'that do not say who made them', files: { '/sys/bus/pci/devices/0000:00:02.0/class': '0x030200\n' }, want: {} },
];

describe('labels of PCI devices', () => {
  for (const { name, files, want } of cases)
    it(name, async () => {
      await using machine = await makeMachineRoot(files);
      assert.deepEqual(await pciLabels(machine.path), want);
    });
});
