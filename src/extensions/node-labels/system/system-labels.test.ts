import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { systemLabels } from './system-labels.ts';

const cases: readonly { name: string; files: Record<string, string>; want: Record<string, string> }[] = [
  { name: 'that does not say what it is', files: {}, want: {} },
  {
    name: 'with a version of one number',
    files: { '/etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n# VERSION_ID=1\n' },
    want: { 'system-os_release.ID': 'debian', 'system-os_release.VERSION_ID': '12', 'system-os_release.VERSION_ID.major': '12' },
  },
  {
    name: 'with a version of two numbers',
    files: { '/etc/os-release': "ID='ubuntu'\nVERSION_ID='24.04'\n" },
    want: {
      'system-os_release.ID': 'ubuntu',
      'system-os_release.VERSION_ID': '24.04',
      'system-os_release.VERSION_ID.major': '24',
      'system-os_release.VERSION_ID.minor': '04',
    },
  },
  { name: 'that rolls', files: { '/etc/os-release': 'ID=arch\nBUILD_ID=rolling\n' }, want: { 'system-os_release.ID': 'arch' } },
  {
    name: 'with a version in words',
    files: { '/etc/os-release': 'ID=x\nVERSION_ID=next\n' },
    want: { 'system-os_release.ID': 'x', 'system-os_release.VERSION_ID': 'next' },
  },
];

describe('labels of a distribution', () => {
  for (const { name, files, want } of cases)
    it(name, async () => {
      await using machine = await makeMachineRoot(files);
      assert.deepEqual(await systemLabels(machine.path), want);
    });
});
