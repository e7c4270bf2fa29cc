import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerdConfiguration, type Machine } from './configuration.ts';
import { layoutOf } from './layout.ts';

const able: Machine = {
  snapshotter: 'overlayfs',
  canLowerOomScore: true,
  hasHugePageController: true,
  packetFilter: 'nft',
  canMapPorts: true,
  networkPrograms: '/opt/cni/bin',
};
const layout = layoutOf('/var/lib/wherry/containerd');
const textFor = (machine: Partial<Machine>): string =>
  containerdConfiguration({ layout, machine: { ...able, ...machine }, pauseImage: 'wherry.local/pause:1', networkDirectory: layout.networkDirectory });

describe('containerdConfiguration', () => {
  it('keeps everything below its directory', () => {
    const paths = [...textFor({}).matchAll(/"(\/[^"]+)"/g)].map((match) => match[1]!);
    assert.deepEqual(
      paths.filter((path) => !path.startsWith('/var/lib/wherry/containerd/')),
      ['/etc/cdi', '/var/run/cdi', '/opt/cni/bin'],
    );
  });

  const cases: { name: string; machine: Partial<Machine>; want: RegExp }[] = [
    { name: 'lowers oom scores where it may', machine: {}, want: /^restrict_oom_score_adj = false$/m },
    { name: 'does not where the capability is missing', machine: { canLowerOomScore: false }, want: /^restrict_oom_score_adj = true$/m },
    { name: 'limits huge pages of containers', machine: {}, want: /^disable_hugetlb_controller = false$/m },
    { name: 'does not without the controller', machine: { hasHugePageController: false }, want: /^disable_hugetlb_controller = true$/m },
    { name: 'copies where overlayfs is missing', machine: { snapshotter: 'native' }, want: /^snapshotter = "native"$/m },
    { name: 'names a place for CNI plugins that are yet to come', machine: { networkPrograms: undefined }, want: /^bin_dir = "\/opt\/cni\/bin"$/m },
  ];
  for (const { name, machine, want } of cases) it(name, () => assert.match(textFor(machine), want));
});

describe('layoutOf', () => {
  it('names interfaces that the kernel takes, differently for each directory', () => {
    assert.match(layout.networkName, /^wherry[0-9a-f]{8}$/);
    assert.ok(layout.networkName.length <= 15);
    assert.notEqual(layoutOf('/var/lib/other').networkName, layout.networkName);
  });
});
