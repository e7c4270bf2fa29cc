import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { importModule, UnreadableModule } from './extension-file.ts';

describe('a module that is read', () => {
  const directory = mkdtempSync(join(tmpdir(), 'we-'));
  const path = join(directory, 'module.ts');
  after(() => rmSync(directory, { recursive: true }));

  it('is given up when its top level waits for what never comes, and read again when that is mended', async () => {
    writeFileSync(path, 'await new Promise(() => {});\nexport const word: string = "never";\n');
    const error: unknown = await importModule(path, './module.ts', 50).catch((caught: unknown) => caught);
    assert.ok(error instanceof UnreadableModule);
    assert.deepEqual(
      [error.message, (error.cause as Error).message, [...error.files]],
      ['./module.ts: cannot be loaded', 'its top level still waits for something after 0.05 s', [path]],
    );
    writeFileSync(path, 'export const word: string = await Promise.resolve("soon");\n');
    assert.equal((await importModule(path, './module.ts')).module['word'], 'soon');
  });

  it('cannot keep the program from going on by a loop that never ends, whether it is loaded or called', async () => {
    writeFileSync(path, 'for (let n: number = 0; ; n++);\n');
    const error: unknown = await importModule(path, './module.ts').catch((caught: unknown) => caught);
    assert.equal(((error as Error).cause as Error).message, 'a loop held up everything else for 5 s');
    writeFileSync(path, 'export const word = (): never => { for (;;); };\n');
    const { word } = (await importModule(path, './module.ts')).module as { word(): never };
    assert.throws(word, { message: 'a loop held up everything else for 5 s' });
    await new Promise((resolve) => void setImmediate(resolve));
    assert.throws(word, { message: 'a loop held up everything else for 0.25 s' });
  });
});
