import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ComputedObject, ResourceDefinition } from '../../extension-points/resources/contract.ts';
import { startTestServer, type TestServer } from './test-server.fixture.ts';

/** The tides of two harbours, which nobody writes. */
function tides(heights: Map<string, number>): ResourceDefinition {
  const tide = (key: string, height: number): ComputedObject => {
    const [namespace = '', name = ''] = key.split('/');
    return {
      key: { namespace, name },
      revision: height,
      get object() {
        return { apiVersion: 'sea.example.com/v1', kind: 'Tide', metadata: { name, namespace, labels: { of: name } }, height };
      },
    };
  };
  return {
    group: 'sea.example.com',
    resource: 'tides',
    singular: 'tide',
    kind: 'Tide',
    namespaced: true,
    verbs: ['get', 'list'],
    storageVersion: 'v1',
    schemas: new Map(),
    versions: [
      {
        name: 'v1',
        served: true,
        schema: { type: 'object', properties: { height: { type: 'integer', description: 'In centimetres.' } } },
        columns: [{ name: 'Height', type: 'integer', description: '', priority: 0, cell: (object) => object['height'] as number }],
      },
    ],
    computed: () => ({
      find: ({ namespace, name }) => (heights.has(`${namespace}/${name}`) ? tide(`${namespace}/${name}`, heights.get(`${namespace}/${name}`)!) : undefined),
      *all(namespace) {
        for (const [key, height] of heights) if (namespace === undefined || key.startsWith(`${namespace}/`)) yield tide(key, height);
      },
    }),
    selectableFieldNames: ['height'],
    selectableFields: (object) => ({ height: String(object['height']) }),
  };
}

async function withTides(
  use: (server: TestServer, heights: Map<string, number>) => Promise<void>,
  more: Parameters<typeof startTestServer>[0] = {},
): Promise<void> {
  await using server = await startTestServer(more);
  const heights = new Map([
    ['south/low', 3],
    ['north/low', 1],
    ['north/high', 9],
  ]);
  server.points.resources.add({ name: 'tides.sea.example.com', origin: 'built-in', implementation: tides(heights) });
  await use(server, heights);
}

const base = '/apis/sea.example.com/v1';

describe('a computed resource', () => {
  it('is read like any other, and as it is at that moment', () =>
    withTides(async (server, heights) => {
      const { json } = await server.call('GET', `${base}/namespaces/north/tides/high`);
      assert.deepEqual(json, {
        kind: 'Tide',
        apiVersion: 'sea.example.com/v1',
        metadata: { name: 'high', namespace: 'north', labels: { of: 'high' }, resourceVersion: '9' },
        height: 9,
      });
      heights.delete('north/high');
      const gone = await server.call('GET', `${base}/namespaces/north/tides/high`);
      assert.deepEqual([gone.status, gone.json['message']], [404, 'tides.sea.example.com "high" not found']);
    }));

  it('is listed in order, by namespace, by selectors and in pages', () =>
    withTides(async (server) => {
      const names = async (path: string): Promise<string[]> =>
        ((await server.call('GET', `${base}/${path}`)).json['items'] as { metadata: { namespace: string; name: string } }[]).map(
          ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
        );
      assert.deepEqual(await names('tides'), ['north/high', 'north/low', 'south/low']);
      assert.deepEqual(await names('namespaces/north/tides'), ['north/high', 'north/low']);
      assert.deepEqual(await names('tides?labelSelector=of%3Dlow'), ['north/low', 'south/low']);
      assert.deepEqual(await names('tides?fieldSelector=height%3D9'), ['north/high']);
      await server.call('POST', '/api/v1/namespaces/north/configmaps', { body: { metadata: { name: 'stored' } } });
      const page = (await server.call('GET', `${base}/tides?limit=2`)).json;
      assert.deepEqual([page['items'].length, page['metadata'].remainingItemCount], [2, 1]);
      assert.deepEqual(await names(`tides?limit=2&continue=${encodeURIComponent(page['metadata'].continue as string)}`), ['south/low']);
    }));

  it('has tables', () =>
    withTides(async (server) => {
      const { json } = await server.call('GET', `${base}/namespaces/north/tides`, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } });
      assert.deepEqual(
        (json['rows'] as { cells: unknown[] }[]).map(({ cells }) => cells),
        [[9], [1]],
      );
    }));

  it('refuses every write and watch in the words of Kubernetes', () =>
    withTides(async (server) => {
      const tide = { apiVersion: 'sea.example.com/v1', kind: 'Tide', metadata: { name: 'new' } };
      for (const [method, path, verb, body] of [
        ['POST', 'namespaces/north/tides', 'create', tide],
        ['PUT', 'namespaces/north/tides/high', 'update', tide],
        ['PATCH', 'namespaces/north/tides/high', 'patch', tide],
        ['DELETE', 'namespaces/north/tides/high', 'delete', undefined],
        ['DELETE', 'namespaces/north/tides', 'deletecollection', undefined],
        ['GET', 'tides?watch=true', 'watch', undefined],
      ] as const) {
        const headers: Record<string, string> = method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {};
        const { status, json } = await server.call(method, `${base}/${path}`, { headers, ...(body ? { body } : {}) });
        assert.deepEqual(
          [status, json['reason'], json['message']],
          [405, 'MethodNotAllowed', `${verb} is not supported on resources of kind "tides.sea.example.com"`],
        );
      }
    }));

  it('is found by discovery with its verbs, and described by OpenAPI', () =>
    withTides(async (server) => {
      const { json } = await server.call('GET', base);
      assert.deepEqual(json['resources'], [{ name: 'tides', singularName: 'tide', namespaced: true, kind: 'Tide', verbs: ['get', 'list'] }]);
      const document = (await server.call('GET', '/openapi/v3/apis/sea.example.com/v1')).json;
      assert.equal(document['components'].schemas['com.example.sea.v1.Tide'].properties.height.description, 'In centimetres.');
      assert.deepEqual(
        Object.keys(document['paths'][`${base}/namespaces/{namespace}/tides`] as object).filter((key) => key !== 'parameters'),
        ['get'],
      );
    }));

  it('is read by those who may only', () =>
    withTides(
      async (server) => {
        const { status, json } = await server.call('GET', `${base}/namespaces/north/tides`, {
          isAnonymous: true,
          headers: { authorization: 'Bearer user-eve' },
        });
        assert.deepEqual([status, json['reason']], [403, 'Forbidden']);
      },
      { authorizer: { authorize: ({ user }) => (user.name === 'eve' ? { kind: 'deny', reason: '' } : { kind: 'allow', reason: '' }) } },
    ));

  it('is read by clients in the same process', () =>
    withTides(async (server) => {
      const client = server.server.client({ name: 'admin', groups: ['system:masters'] });
      const type = { group: 'sea.example.com', version: 'v1', resource: 'tides', kind: 'Tide', namespaced: true };
      assert.deepEqual(
        (await client.list(type, { namespace: 'north' })).items.map(({ metadata }) => metadata.name),
        ['high', 'low'],
      );
    }));
});
