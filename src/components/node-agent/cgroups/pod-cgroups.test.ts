import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { type Log, silentLog } from '../../../kernel/log.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import type { CgroupHierarchy } from './hierarchies.ts';
import { createPodCgroups } from './pod-cgroups.ts';

const mebibyte = 1024 ** 2;
const root = mkdtempSync(join(tmpdir(), 'wherry-cgroups-'));
after(() => rmSync(root, { recursive: true }));
let serial = 0;

const hugePageSizes = ['hugepages-2Mi', 'hugepages-1Gi'];
const withPages = (amounts: Record<string, string>): Pod =>
  testPod({ containers: [testContainer('web', { resources: { limits: { memory: '64Mi', ...amounts }, requests: { memory: '64Mi', ...amounts } } })] });

/** Trees of cgroups on plain files. */
class Trees {
  readonly #folder = join(root, String(++serial));

  hierarchy(version: 1 | 2, name: string, ...controllers: string[]): CgroupHierarchy {
    return { version, mountpoint: join(this.#folder, name), controllers: new Set(controllers) };
  }

  /** A kernel makes the files of a cgroup with its folder; here they are made before. */
  offer(hierarchy: CgroupHierarchy, cgroup: string, ...files: string[]): void {
    mkdirSync(join(hierarchy.mountpoint, cgroup), { recursive: true });
    for (const file of files) writeFileSync(join(hierarchy.mountpoint, cgroup, file), '');
  }

  read = (hierarchy: CgroupHierarchy, cgroup: string, file: string): string | undefined => {
    const path = join(hierarchy.mountpoint, cgroup, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };
}

describe('the cgroup of a pod', () => {
  const pod = withPages({ 'hugepages-2Mi': '6Mi' });
  const limits = (name: string): string[] => ['2MB', '1GB'].flatMap((size) => [`hugetlb.${size}.${name}`, `hugetlb.${size}.rsvd.${name}`]);
  const versions: { name: string; hierarchies: (trees: Trees) => CgroupHierarchy[]; limit: string }[] = [
    { name: 'version 1', limit: 'limit_in_bytes', hierarchies: (trees) => [trees.hierarchy(1, 'memory', 'memory'), trees.hierarchy(1, 'hugetlb', 'hugetlb')] },
    { name: 'version 2', limit: 'max', hierarchies: (trees) => [trees.hierarchy(2, '', 'memory', 'hugetlb')] },
    { name: 'hybrid', limit: 'max', hierarchies: (trees) => [trees.hierarchy(1, 'memory', 'memory'), trees.hierarchy(2, 'unified', 'hugetlb')] },
  ];
  for (const { name, hierarchies, limit } of versions)
    it(`limits huge pages in ${name}: those used and those reserved, and sizes not asked for to none`, () => {
      const trees = new Trees();
      const all = hierarchies(trees);
      const cgroups = createPodCgroups({ root: 'r', hugePageSizes, log: silentLog, hierarchies: all });
      const tree = all.find(({ controllers }) => controllers.has('hugetlb'))!;
      trees.offer(tree, cgroups.parentOf(pod), ...limits(limit));
      cgroups.ensure(pod);
      assert.deepEqual(
        limits(limit).map((file) => trees.read(tree, cgroups.parentOf(pod), file)),
        [String(6 * mebibyte), String(6 * mebibyte), '0', '0'],
      );
    });

  it('is written without what an older kernel does not have, and says nothing of it', () => {
    const trees = new Trees();
    const tree = trees.hierarchy(2, '', 'hugetlb');
    const { log, warnings } = recordingLog();
    const cgroups = createPodCgroups({ root: 'r', hugePageSizes: ['hugepages-2Mi'], log, hierarchies: [tree] });
    trees.offer(tree, cgroups.parentOf(pod), 'hugetlb.2MB.max');
    cgroups.ensure(pod);
    assert.deepEqual([trees.read(tree, cgroups.parentOf(pod), 'hugetlb.2MB.max'), warnings], [String(6 * mebibyte), []]);
  });

  it('cannot limit huge pages without the controller, which is told once, and only of pods that use them', () => {
    const { log, warnings } = recordingLog();
    const cgroups = createPodCgroups({ root: 'r', hugePageSizes, log, hierarchies: [new Trees().hierarchy(1, 'memory', 'memory')] });
    cgroups.ensure(withPages({}));
    assert.deepEqual(
      warnings.filter((setting) => setting.startsWith('hugetlb')),
      [],
    );
    cgroups.ensure(pod);
    cgroups.ensure(withPages({ 'hugepages-2Mi': '8Mi' }));
    assert.deepEqual(
      warnings.filter((setting) => setting.startsWith('hugetlb')),
      ['hugetlb controller'],
    );
  });
});

function recordingLog(): { log: Log; warnings: string[] } {
  const warnings: string[] = [];
  return { warnings, log: { ...silentLog, warn: (_message, fields) => void warnings.push(String(fields?.['setting'])) } };
}
