import assert from 'node:assert/strict';
import { mkdirSync, mkdtempDisposableSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { glob } from './glob.ts';
import { placeFiles } from './place-files.ts';

function fill(directory: string, paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), path);
  }
}

// The outcomes are those of Go's filepath.Glob.
describe('a pattern', () => {
  const files = ['a.txt', 'b.txt', '.hidden', 'dir/a.txt', 'dir/c.md', 'x[y]', 'é.txt'];
  const cases = [
    { pattern: '*', found: ['.hidden', 'a.txt', 'b.txt', 'dir', 'x[y]', 'é.txt'] },
    { pattern: '*.txt', found: ['a.txt', 'b.txt', 'é.txt'] },
    { pattern: '?.txt', found: ['a.txt', 'b.txt', 'é.txt'] },
    { pattern: '[a-b].txt', found: ['a.txt', 'b.txt'] },
    { pattern: '[^a].txt', found: ['b.txt', 'é.txt'] },
    { pattern: '*/*.txt', found: ['dir/a.txt'] },
    { pattern: 'd*/c.md', found: ['dir/c.md'] },
    { pattern: 'dir/a.txt', found: ['dir/a.txt'] },
    { pattern: 'x\\[y\\]', found: ['x[y]'] },
    { pattern: 'a.txt/*', found: [] },
    { pattern: 'none*', found: [] },
  ];
  for (const { pattern, found } of cases)
    it(`${pattern} finds ${found.join(', ') || 'nothing'}`, () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'glob-'));
      fill(folder.path, files);
      assert.deepEqual(
        glob(folder.path, pattern),
        found.map((path) => join(folder.path, path)),
      );
    });

  for (const pattern of ['[', '[]', 'a\\', '[b-a]']) it(`${pattern} is none`, () => assert.throws(() => glob(tmpdir(), pattern), /syntax error in pattern/));
});

describe('the files of a plugin', () => {
  const cases = [
    { name: 'are everything', operations: [{ from: '*', to: '.' }], placed: ['LICENSE', 'bin', 'bin/tool', 'docs', 'docs/a.md', 'docs/b.md'] },
    { name: 'are one file under its name', operations: [{ from: 'bin/tool', to: '.' }], placed: ['tool'] },
    { name: 'are one file under another name', operations: [{ from: './bin/tool', to: 'kubectl-tool' }], placed: ['kubectl-tool'] },
    { name: 'are those of a pattern, in a folder', operations: [{ from: 'docs/*.md', to: 'manual' }], placed: ['manual', 'manual/a.md', 'manual/b.md'] },
    { name: 'are a folder', operations: [{ from: 'docs', to: 'manual' }], placed: ['manual', 'manual/a.md', 'manual/b.md'] },
    {
      name: 'are several',
      operations: [
        { from: 'LICENSE', to: '.' },
        { from: 'bin/*', to: '.' },
      ],
      placed: ['LICENSE', 'tool'],
    },
  ];
  for (const { name, operations, placed } of cases)
    it(name, () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'place-'));
      const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')];
      fill(from, ['LICENSE', 'bin/tool', 'docs/a.md', 'docs/b.md']);
      mkdirSync(to);
      placeFiles(from, to, operations);
      assert.deepEqual(readdirSync(to, { recursive: true }).sort(), placed);
    });

  const refused = [
    { operation: { from: 'nothing*', to: '.' }, message: /no files in the plugin archive matched the glob pattern=nothing\*/ },
    { operation: { from: 'LICENSE', to: './x' }, message: /the provided path is not clean, "\.\/x" should be "x"/ },
    { operation: { from: 'LICENSE', to: 'x/' }, message: /the provided path is not clean, "x\/" should be "x"/ },
    { operation: { from: 'LICENSE', to: '../x' }, message: /out of bounds/ },
    { operation: { from: '../outside', to: '.' }, message: /out of bounds/ },
    { operation: { from: '../*', to: '.' }, message: /out of bounds/ },
    { operation: { from: '*', to: '..' }, message: /out of bounds/ },
  ];
  for (const { operation, message } of refused)
    it(`are refused from ${operation.from} to ${operation.to}`, () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'place-'));
      const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')];
      fill(folder.path, ['from/LICENSE', 'outside']);
      mkdirSync(to);
      assert.throws(() => placeFiles(from, to, [operation]), message);
      assert.deepEqual(readdirSync(folder.path).sort(), ['from', 'outside', 'to']);
    });
});
