import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Storage } from './contract.ts';

it('runs the example of the README', async () => {
  const readme = await readFile(new URL('./README.md', import.meta.url), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)![1]!.replaceAll(/from '(\.[^']+)'/g, (_, path: string) => `from '${new URL(path, import.meta.url).href}'`);
  const folder = await mkdtemp(join(tmpdir(), 'storage-readme-'));
  try {
    await writeFile(join(folder, 'example.ts'), code);
    const { announcing } = (await import(pathToFileURL(join(folder, 'example.ts')).href)) as {
      announcing: (inner: Storage, announce: (text: string) => void) => Storage;
    };
    const said: string[] = [];
    const inner = { commit: async () => ({ kind: 'committed', revision: 1 }) } as unknown as Storage;
    assert.deepEqual(await announcing(inner, (text) => said.push(text)).commit([{ key: '/a', value: Buffer.from('1') }]), { kind: 'committed', revision: 1 });
    assert.deepEqual(said, ['writing /a']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
