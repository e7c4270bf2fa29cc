import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { ResourceDefinition } from './contract.ts';
import { age } from './printer.ts';
import { findDefinition, validateWrite } from './run.ts';

it('runs the example of the README', async () => {
  const text = await readFile(join(import.meta.dirname, 'README.md'), 'utf8');
  const source = /```ts\n([\s\S]*?)```/.exec(text)?.[1]?.replace(/^import .*$/m, '') ?? '';
  const ships = new Function('age', `${source}; return ships;`)(age) as ResourceDefinition;
  const point = new ExtensionPoint<ResourceDefinition>('resources');
  const entry = point.add({ name: 'ships.harbour.example.com', origin: 'test', implementation: ships });
  const wanted = { group: 'harbour.example.com', version: 'v1', resource: 'ships' };
  const found = findDefinition(point, wanted);
  assert.equal(found?.definition.kind, 'Ship');
  assert.equal(found.version.columns?.[0]?.cell({ metadata: { creationTimestamp: '1970-01-01T00:00:00Z' } }, 303_000), '5m3s');
  const draft = { metadata: { name: 'victory', namespace: 'default' }, spec: { masts: 0 } };
  const context = {
    operation: 'CREATE',
    user: { name: 'tester', groups: [] },
    nowMs: 0,
    dryRun: false,
    version: 'v1',
    subresource: '',
    key: { namespace: 'default', name: 'victory' },
  } as const;
  assert.deepEqual(
    validateWrite(ships, draft, undefined, context).map((error) => error.path),
    ['spec.masts'],
  );
  entry[Symbol.dispose]();
  assert.equal(findDefinition(point, wanted), undefined);
});
