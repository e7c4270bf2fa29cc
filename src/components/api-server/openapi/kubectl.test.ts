/** Stock kubectls against a server that offers only discovery and OpenAPI. Skipped where there is no kubectl. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { catalogueDefinitions } from '../discovery/definitions-for-tests.ts';
import type { DiscoveryDocument } from '../discovery/discovery.ts';
import { createDiscovery, discoveryForm } from '../discovery/discovery.ts';
import { createOpenApi, openApiV2Form } from './openapi.ts';

const widget: ResourceDefinition = {
  group: 'stable.example.com',
  resource: 'widgets',
  singular: 'widget',
  kind: 'Widget',
  namespaced: true,
  storageVersion: 'v1',
  schemas: { get: () => undefined },
  versions: [
    {
      name: 'v1',
      served: true,
      schema: {
        type: 'object',
        description: 'A widget.',
        properties: {
          spec: {
            type: 'object',
            properties: { size: { type: 'integer', description: 'How large it is.', minimum: 1 }, any: { preserveUnknownFields: true, type: 'object' } },
          },
        },
      },
    },
  ],
};
const definitions = [...catalogueDefinitions(), widget];
const discovery = createDiscovery(definitions);
const openApi = createOpenApi(definitions);

/** The kubectl on the path, and those of other releases beside it (`kubectl.1.27`). */
function kubectls(): string[] {
  const first = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'kubectl'))
    .find(existsSync);
  if (!first) return [];
  const directory = dirname(realpathSync(first));
  const versions = readdirSync(directory)
    .filter((name) => /^kubectl\.1\.\d+$/.test(name))
    .map((name) => join(directory, name));
  return versions.length > 0 ? [versions[0]!, versions.at(-1)!] : [first];
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://host');
  const [root, ...rest] = pathname.split('/').slice(1);
  if (request.method === 'POST') return void request.pipe(response.writeHead(201, { 'content-type': 'application/json' }));
  const document = await documentOf(request.headers.accept, root!, rest);
  if (!document)
    return void response
      .writeHead(404, { 'content-type': 'application/json' })
      .end('{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}');
  response.writeHead(200, { 'content-type': document.contentType, etag: document.etag }).end(document.body);
}

async function documentOf(accept: string | undefined, root: string, rest: readonly string[]): Promise<DiscoveryDocument | undefined> {
  if (root === 'openapi')
    return rest[0] === 'v2' ? openApi.v2(openApiV2Form(accept)) : rest.length === 1 ? openApi.v3Index() : openApi.v3(rest.slice(1).join('/'));
  const form = discoveryForm(accept);
  if (rest.length === 0 && form !== 'unaggregated' && (root === 'api' || root === 'apis'))
    return discovery.aggregated(root === 'api' ? 'core' : 'groups', form);
  const value = root === 'version' ? { major: '1', minor: '36', gitVersion: 'v1.36.0' } : plainDiscovery(root, rest);
  return value && { body: Buffer.from(JSON.stringify(value)), contentType: 'application/json', etag: '""' };
}

function plainDiscovery(root: string, [group, version]: readonly string[]): object | undefined {
  if (root === 'api') return group === undefined ? discovery.legacyVersions('127.0.0.1:1') : discovery.resources('', group);
  if (root !== 'apis') return undefined;
  return group === undefined ? discovery.groups() : version === undefined ? discovery.group(group) : discovery.resources(group, version);
}

for (const kubectl of kubectls()) {
  describe(`${kubectl.split('/').at(-1)}`, () => {
    let home: string;
    let server: Server;
    before(async () => {
      home = mkdtempSync(join(tmpdir(), 'wherry-openapi-'));
      server = createServer((request, response) => void answer(request, response));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      writeFileSync(
        join(home, 'config'),
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Config',
          'current-context': 'c',
          clusters: [{ name: 'c', cluster: { server: address } }],
          users: [{ name: 'u', user: {} }],
          contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        }),
      );
    });
    after(() => {
      server.close();
      server.closeAllConnections();
      rmSync(home, { recursive: true });
    });
    const run = (...parameters: string[]): Promise<{ stdout: string; stderr: string }> =>
      promisify(execFile)(kubectl, parameters, { env: { PATH: process.env['PATH'], HOME: home, KUBECONFIG: join(home, 'config') }, maxBuffer: 1 << 26 });

    it('lists resources', async () => {
      const { stdout, stderr } = await run('api-resources');
      assert.match(stdout, /^pods +po +v1 +true +Pod$/m);
      assert.match(stdout, /^widgets +stable.example.com\/v1 +true +Widget$/m);
      assert.equal(stderr, '');
    });
    it('explains a built-in kind, all of it', async () => {
      const { stdout, stderr } = await run('explain', 'pod.spec', '--recursive');
      assert.match(stdout, /activeDeadlineSeconds\t<integer>/);
      assert.match(stdout, /tolerationSeconds\t<integer>/);
      assert.equal(stderr, '');
    });
    it('explains a field with its description and enumeration', async () => {
      const { stdout } = await run('explain', 'deployment.spec.strategy.type');
      assert.match(stdout, /Recreate/);
      assert.match(stdout, /Type of deployment/);
    });
    it('reads version 2, as protobuf', async (test) => {
      const { stdout: help } = await run('explain', '--help');
      if (!help.includes('plaintext-openapiv2')) return test.skip('this kubectl explains from version 3 only');
      const { stdout, stderr } = await run('explain', 'pod.spec.containers', '--output', 'plaintext-openapiv2');
      assert.match(stdout, /imagePullPolicy\t<string>/);
      assert.equal(stderr, '');
    });
    it('explains a custom resource', async () => {
      const { stdout } = await run('explain', 'widgets.spec.size');
      assert.match(stdout, /How large it is\./);
      assert.match(stdout, /KIND: +Widget/);
    });
    it('finds server-side field validation, and creates without a warning', async () => {
      const path = join(home, 'pod.json');
      writeFileSync(
        path,
        JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'default' }, spec: { containers: [{ name: 'a', image: 'x' }] } }),
      );
      const { stdout, stderr } = await run('create', '--validate=strict', '-f', path);
      assert.deepEqual([stdout, stderr], ['pod/a created\n', '']);
    });
    it('finds dry runs of custom resources', async () => {
      const path = join(home, 'widget.json');
      writeFileSync(
        path,
        JSON.stringify({
          apiVersion: 'stable.example.com/v1',
          kind: 'Widget',
          metadata: { name: 'a', namespace: 'default' },
          spec: { size: 1, any: { x: 1 } },
        }),
      );
      const { stderr } = await run('create', '--dry-run=server', '-f', path);
      assert.equal(stderr, '');
    });
  });
}
