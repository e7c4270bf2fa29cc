import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { configmaps, namespaces } from '../../api/generated/resource-types.ts';
import { controllerConformance } from './conformance.ts';
import type { NamedController } from './reconcile.ts';

const example = await loadExample();

controllerConformance('the example of the README', () => ({
  controller: example,
  arrange: async (client) => void (await client.create(namespaces, { metadata: { name: 'team' }, spec: {} })),
  isDone: (client) => client.store.get(configmaps, { namespace: 'team', name: 'welcome' }) !== undefined,
}));

it('the example of the README names itself', () => assert.equal(example.name, 'welcome'));

/** Runs the code block as it stands; only its imports, which are written as seen from this folder, are made absolute. */
async function loadExample(): Promise<NamedController> {
  const readme = await readFile(join(import.meta.dirname, 'README.md'), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const absolute = code.replace(/from '(\.[^']+)'/g, (_, path: string) => `from '${new URL(path, import.meta.url).href}'`);
  const directory = await mkdtemp(join(tmpdir(), 'controllers-readme-'));
  try {
    await writeFile(join(directory, 'example.ts'), absolute);
    const module = (await import(join(directory, 'example.ts'))) as { welcome: NamedController };
    return module.welcome;
  } finally {
    await rm(directory, { recursive: true });
  }
}
