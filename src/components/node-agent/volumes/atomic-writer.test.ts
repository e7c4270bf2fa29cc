import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { writeAtomically } from './atomic-writer.ts';

const root = mkdtempSync(join(tmpdir(), 'wherry-atomic-'));
after(() => rmSync(root, { recursive: true }));
let serial = 0;
const folder = (): string => join(root, String(++serial));
const content = (files: Record<string, string>, mode = 0o644) =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));
const visible = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => !name.startsWith('..'))
    .sort();

it('shows files through ..data', () => {
  const directory = folder();
  assert.equal(writeAtomically(directory, content({ a: '1', 'deep/b': '2' })), true);
  assert.deepEqual(visible(directory), ['a', 'deep']);
  assert.equal(readlinkSync(join(directory, 'a')), '..data/a');
  assert.equal(readFileSync(join(directory, 'deep/b'), 'utf8'), '2');
});

it('changes nothing when nothing is new', () => {
  const directory = folder();
  writeAtomically(directory, content({ a: '1' }));
  const before = readlinkSync(join(directory, '..data'));
  assert.equal(writeAtomically(directory, content({ a: '1' })), false);
  assert.equal(readlinkSync(join(directory, '..data')), before);
});

it('replaces all at once and leaves no old folder', () => {
  const directory = folder();
  writeAtomically(directory, content({ a: '1', b: '2' }));
  assert.equal(writeAtomically(directory, content({ a: 'new', c: '3' })), true);
  assert.deepEqual(visible(directory), ['a', 'c']);
  assert.equal(readFileSync(join(directory, 'a'), 'utf8'), 'new');
  assert.equal(readdirSync(directory).filter((name) => /^\.\.2/.test(name)).length, 1);
});

it('sets modes, and lets the fsGroup read', { skip: process.getuid?.() !== 0 }, () => {
  const directory = folder();
  writeAtomically(directory, content({ a: '1' }, 0o400), { fsGroup: 1234 });
  const { mode, gid } = statSync(join(directory, 'a'));
  assert.deepEqual([mode & 0o777, gid], [0o440, 1234]);
});

it('writes again when only a mode changed', () => {
  const directory = folder();
  writeAtomically(directory, content({ a: '1' }, 0o644));
  assert.equal(writeAtomically(directory, content({ a: '1' }, 0o600)), true);
});

for (const path of ['/etc/passwd', '../up', 'a/../../b', '..hidden', '']) {
  it(`refuses the path ${JSON.stringify(path)}`, () => assert.throws(() => writeAtomically(folder(), content({ [path]: 'x' })), { name: 'VolumeError' }));
}
