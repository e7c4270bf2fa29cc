import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { commandConformance, commandInProcess } from './conformance.ts';
import type { Command } from './contract.ts';
import { runCommand } from './testing.ts';

const example = await loadExample();

commandConformance('the example of the README', () => commandInProcess(example));

it('the example of the README does what it says, on a server', async () => {
  const patches: string[] = [];
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } };
  const answers: Readonly<Record<string, unknown>> = {
    '/apis': { kind: 'APIGroupList', groups: [{ name: 'apps', versions: [{ groupVersion: 'apps/v1', version: 'v1' }] }] },
    '/api': { kind: 'APIVersions', versions: [] },
    '/apis/apps/v1': {
      kind: 'APIResourceList',
      groupVersion: 'apps/v1',
      resources: [{ name: 'deployments', singularName: 'deployment', namespaced: true, kind: 'Deployment', verbs: ['get', 'patch'] }],
    },
    '/apis/apps/v1/namespaces/shop/deployments/web': deployment,
  };
  const server = createServer((request, response) => {
    request.on('data', (part: Buffer) => patches.push(part.toString()));
    const { pathname } = new URL(request.url ?? '', 'http://server');
    response.writeHead(answers[pathname] ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answers[pathname] ?? { kind: 'Status' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const directory = await mkdtemp(join(tmpdir(), 'commands-readme-'));
  try {
    const to = [`--server=http://127.0.0.1:${(server.address() as AddressInfo).port}`, `--cache-dir=${directory}`, '-n', 'shop'];
    const paused = { code: 0, stdout: 'deployment.apps/web paused\n', stderr: '' };
    assert.deepEqual(await runCommand(example, ['deployment/web', ...to], { directory }), paused);
    assert.deepEqual(patches, ['{"spec":{"paused":true}}']);
    assert.deepEqual(await runCommand(example, ['deployment', 'web', '--dry-run=client', '-o', 'name', ...to], { directory }), {
      ...paused,
      stdout: 'deployment.apps/web\n',
    });
    assert.equal(patches.length, 1);
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  }
});

/** Runs the code block as it stands; only what it imports as `wherry/commands` is named by its path. */
async function loadExample(): Promise<Command> {
  const readme = await readFile(join(import.meta.dirname, 'README.md'), 'utf8');
  const code = /```ts\n(import [\s\S]+?)```/.exec(readme)?.[1] ?? '';
  const directory = await mkdtemp(join(tmpdir(), 'commands-readme-'));
  try {
    const file = join(directory, 'example.ts');
    await writeFile(file, code.replace("'wherry/commands'", `'${pathToFileURL(join(import.meta.dirname, 'index.ts')).href}'`));
    return ((await import(pathToFileURL(file).href)) as { default: Command }).default;
  } finally {
    await rm(directory, { recursive: true });
  }
}
