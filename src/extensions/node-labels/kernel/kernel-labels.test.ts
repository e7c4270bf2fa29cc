import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { kernelLabels } from './kernel-labels.ts';

const release = (text: string): Record<string, string> => ({ '/proc/sys/kernel/osrelease': `${text}\n` });
const version = (full: string, major: string, minor: string, revision: string): Record<string, string> => ({
  'kernel-version.full': full,
  'kernel-version.major': major,
  'kernel-version.minor': minor,
  'kernel-version.revision': revision,
});
const debian = version('6.1.0-44-cloud-amd64', '6', '1', '0');
const options = '# CONFIG_PREEMPT is not set\nCONFIG_NO_HZ=y\nCONFIG_NO_HZ_IDLE=m\nCONFIG_NO_HZ_FULL="x y"\nCONFIG_HZ=250\n';

const cases: readonly { name: string; files: Record<string, string>; want: Record<string, string> }[] = [
  { name: 'that is not there', files: {}, want: {} },
  { name: 'of a distribution', files: release('6.1.0-44-cloud-amd64'), want: debian },
  { name: 'without a revision', files: release('5.15-rc1'), want: version('5.15-rc1', '5', '15', '') },
  { name: 'with what no label may have', files: release('6.6.7+deb (x)'), want: { 'kernel-version.full': '6.6.7_deb__x' } },
  { name: 'that is called otherwise', files: release('mainline'), want: { 'kernel-version.full': 'mainline' } },
  {
    name: 'with options in /boot',
    files: { ...release('6.1.0-44-cloud-amd64'), '/boot/config-6.1.0-44-cloud-amd64': options },
    want: { ...debian, 'kernel-config.NO_HZ': 'true', 'kernel-config.NO_HZ_IDLE': 'true', 'kernel-config.NO_HZ_FULL': 'x y' },
  },
  {
    name: 'with options in several places: the first counts',
    files: {
      ...release('6.1.0-44-cloud-amd64'),
      '/boot/config-6.1.0-44-cloud-amd64': options,
      '/usr/lib/modules/6.1.0-44-cloud-amd64/config': 'CONFIG_PREEMPT=y\n',
    },
    want: { ...debian, 'kernel-config.PREEMPT': 'true' },
  },
  { name: 'with SELinux enforcing', files: { '/sys/fs/selinux/enforce': '1' }, want: { 'kernel-selinux.enabled': 'true' } },
  { name: 'with SELinux permissive', files: { '/sys/fs/selinux/enforce': '0' }, want: {} },
];

describe('labels of a kernel', () => {
  for (const { name, files, want } of cases)
    it(name, async () => {
      await using machine = await makeMachineRoot(files);
      assert.deepEqual(await kernelLabels(machine.path), want);
    });

  it('that shows its options packed', async () => {
    await using machine = await makeMachineRoot(release('6.1.0-44-cloud-amd64'));
    await mkdir(join(machine.path, 'proc'), { recursive: true });
    await writeFile(join(machine.path, 'proc/config.gz'), gzipSync('CONFIG_NO_HZ=y\n'));
    assert.deepEqual(await kernelLabels(machine.path), { ...debian, 'kernel-config.NO_HZ': 'true' });
  });

  it('whose packed options are damaged, and elsewhere are not', async () => {
    await using machine = await makeMachineRoot({
      ...release('6.1.0-44-cloud-amd64'),
      '/proc/config.gz': 'not packed',
      '/boot/config-6.1.0-44-cloud-amd64': 'CONFIG_NO_HZ=y\n',
    });
    assert.deepEqual(await kernelLabels(machine.path), { ...debian, 'kernel-config.NO_HZ': 'true' });
  });
});
