import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readHugePages, readNumaHugePages } from './huge-pages.ts';
import { machineResources, readMachine } from './machine.ts';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

const roots: string[] = [];
after(() => roots.forEach((root) => rmSync(root, { recursive: true })));

/** A folder with the files that a kernel shows: `sys/...` and `proc/...` to their text. */
function machineWith(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'wherry-pages-'));
  roots.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const pages = (directory: string, kibibytes: number, count: number): Record<string, string> => ({
  [`${directory}/hugepages-${kibibytes}kB/nr_hugepages`]: `${count}\n`,
});
const ofKernel = 'sys/kernel/mm/hugepages';
const ofNuma = (number: number): string => `sys/devices/system/node/node${number}/hugepages`;

describe('huge pages', () => {
  it('are counted per size, smallest first, whatever their number', () => {
    const root = machineWith({
      ...pages(ofKernel, 1_048_576, 2),
      ...pages(ofKernel, 64, 0),
      ...pages(ofKernel, 2048, 50),
      [`${ofKernel}/other/nr_hugepages`]: '1',
    });
    assert.deepEqual(readHugePages(root), [
      { resource: 'hugepages-64Ki', pageBytes: 65_536, count: 0 },
      { resource: 'hugepages-2Mi', pageBytes: 2 * mebibyte, count: 50 },
      { resource: 'hugepages-1Gi', pageBytes: gibibyte, count: 2 },
    ]);
  });

  it('are counted per NUMA node', () => {
    const root = machineWith({
      ...pages(ofNuma(10), 2048, 3),
      ...pages(ofNuma(2), 2048, 1),
      ...pages(ofNuma(2), 1_048_576, 4),
      'sys/devices/system/node/online': '2,10\n',
    });
    const found = [...readNumaHugePages(root)].map(([number, sizes]) => [number, sizes.map(({ resource, count }) => `${resource}=${count}`).join()]);
    assert.deepEqual(found, [
      [2, 'hugepages-2Mi=1,hugepages-1Gi=4'],
      [10, 'hugepages-2Mi=3'],
    ]);
  });

  it('are none where the kernel has none', () => {
    const root = machineWith({});
    assert.deepEqual([readHugePages(root), [...readNumaHugePages(root)]], [[], []]);
  });

  const cases: { name: string; files: Record<string, string>; capacity: Record<string, string>; allocatable: string }[] = [
    { name: 'without pages', files: pages(ofKernel, 2048, 0), capacity: { 'hugepages-2Mi': '0' }, allocatable: '7068Mi' },
    {
      name: 'with pages of two sizes',
      files: { ...pages(ofKernel, 2048, 257), ...pages(ofKernel, 1_048_576, 2) },
      capacity: { 'hugepages-2Mi': '514Mi', 'hugepages-1Gi': '2Gi' },
      allocatable: '4506Mi',
    },
    { name: 'with nothing but pages', files: pages(ofKernel, 1_048_576, 7), capacity: { 'hugepages-1Gi': '7Gi' }, allocatable: '0' },
  ];
  for (const { name, files, capacity, allocatable } of cases)
    it(`are capacity, and no memory for pods, of a machine ${name}`, () => {
      const root = machineWith({ ...files, 'proc/meminfo': `MemTotal:        ${7 * 1024 * 1024} kB\nMemFree: 1 kB\n` });
      const resources = machineResources(readMachine(root, root), 110);
      const found = Object.fromEntries(Object.entries(resources.capacity).filter(([resource]) => resource.startsWith('hugepages-')));
      assert.deepEqual(found, capacity);
      assert.equal(resources.capacity['memory'], '7Gi');
      assert.equal(resources.allocatable['memory'], allocatable);
      for (const [resource, amount] of Object.entries(capacity)) assert.equal(resources.allocatable[resource], amount);
    });
});
