import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { nodes, resourceclaims } from '../../../api/generated/resource-types.ts';
import { FakeClient } from '../../../client/testing/fake-client.ts';
import { connectDriver } from './driver-connection.ts';
import type { ServeDriverOptions, ServedDriver } from './serve.ts';

it('runs the example of the README', async () => {
  const readme = await readFile(join(import.meta.dirname, 'README.md'), 'utf8');
  const code = /```ts\n(import [\s\S]+?)```/.exec(readme)?.[1];
  assert.ok(code, 'the README has an example');
  const directory = await mkdtemp(join(tmpdir(), 'wrd-'));
  try {
    const file = join(directory, 'example.ts');
    await writeFile(
      file,
      code.replace(/from '(\.[^']+)'/g, (_, path: string) => `from '${pathToFileURL(join(import.meta.dirname, path)).href}'`),
    );
    const { example } = (await import(pathToFileURL(file).href)) as { example(cdiDirectory: string, options: ServeDriverOptions): Promise<ServedDriver> };
    const client = new FakeClient();
    await client.create(nodes, { metadata: { name: 'node-1' }, spec: {} });
    const driver = 'kvm.example.com';
    const cdiDirectory = join(directory, 'cdi');
    await using served = await example(cdiDirectory, { client, nodeName: 'node-1', kubeletDirectory: directory });
    await served.published;
    const results = [{ request: 'r', driver, pool: 'node-1', device: 'kvm' }];
    const { metadata } = await client.create(resourceclaims, {
      metadata: { name: 'one', namespace: 'default' },
      spec: {},
      status: { allocation: { devices: { results } } },
    });
    using connection = await connectDriver({ driver, endpoint: served.endpoint, service: 'v1.DRAPlugin' });
    const claim = { namespace: 'default', name: 'one', uid: metadata.uid! };
    const { signal } = new AbortController();
    assert.deepEqual((await connection.prepare([claim], signal)).get(claim.uid), {
      kind: 'prepared',
      devices: [{ requests: ['r'], pool: 'node-1', device: 'kvm', cdiDevices: [`kvm.example.com/device=${claim.uid}`] }],
    });
    assert.equal((await readdir(cdiDirectory)).length, 1);
    await connection.unprepare([claim], signal);
    assert.deepEqual(await readdir(cdiDirectory), []);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
