import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { detectCgroups, hasCapability } from './host.ts';

const tmpfs = '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n';
const legacy = [
  '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct',
  '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
  '40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd\n',
].join('\n');
const unified = '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n';

describe('detectCgroups', () => {
  const cases = [
    { name: 'v1', mountInfo: tmpfs + legacy, unifiedControllers: '', version: 'v1', memory: '/sys/fs/cgroup/memory', hugetlb: undefined },
    {
      name: 'v1 with a v2 tree',
      mountInfo: tmpfs + legacy + unified,
      unifiedControllers: 'hugetlb memory\n',
      version: 'hybrid',
      memory: '/sys/fs/cgroup/memory',
      hugetlb: '/sys/fs/cgroup/unified',
    },
    { name: 'v2', mountInfo: unified.replace('/unified', ''), unifiedControllers: 'cpu memory', version: 'v2', memory: '/sys/fs/cgroup', hugetlb: undefined },
    { name: 'nothing', mountInfo: tmpfs, unifiedControllers: '', version: 'none', memory: undefined, hugetlb: undefined },
  ];
  for (const { name, mountInfo, unifiedControllers, version, memory, hugetlb } of cases) {
    it(`recognises ${name}`, () => {
      const found = detectCgroups({ mountInfo, unifiedControllers });
      assert.deepEqual([found.version, found.controllers['memory'], found.controllers['hugetlb']], [version, memory, hugetlb]);
    });
  }

  it('splits controllers that share a tree and leaves named trees out', () => {
    assert.deepEqual(Object.keys(detectCgroups({ mountInfo: legacy }).controllers), ['cpu', 'cpuacct', 'memory']);
  });
});

describe('hasCapability', () => {
  it('reads the effective set', () => {
    const processStatus = 'Name:\tnode\nCapEff:\t000001fffeffffff\n';
    assert.equal(hasCapability('CAP_SYS_RESOURCE', { processStatus }), false);
    assert.equal(hasCapability('CAP_SYS_ADMIN', { processStatus }), true);
  });

  it('is false where there is nothing to read', () => assert.equal(hasCapability('CAP_SYS_ADMIN', { processStatus: '' }), false));
});
