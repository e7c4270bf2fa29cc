import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { ServedNodeLabels } from './serve.ts';

it('runs the example of the README', async () => {
  const readme = await readFile(join(import.meta.dirname, 'README.md'), 'utf8');
  const code = /```ts\n(import [\s\S]+?)```/.exec(readme)?.[1];
  assert.ok(code, 'the README has an example');
  const directory = await mkdtemp(join(tmpdir(), 'wr-'));
  try {
    const file = join(directory, 'example.ts');
    await writeFile(
      file,
      code.replace(/from '(\.[^']+)'/g, (_, path: string) => `from '${pathToFileURL(join(import.meta.dirname, path)).href}'`),
    );
    const { example } = (await import(pathToFileURL(file).href)) as { example(directory: string): ServedNodeLabels };
    await using served = example(join(directory, 'features.d'));
    await served.written;
    assert.equal(await readFile(served.path, 'utf8'), 'example.com/rack=7\n');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
