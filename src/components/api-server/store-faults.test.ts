import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestServer, type TestServer } from './test-server.fixture.ts';

const maps = '/api/v1/namespaces/f/configmaps';
const merge = { 'content-type': 'application/merge-patch+json' };

describe('while the store cannot write', () => {
  let test: TestServer;
  const full = 'the store is full; free space on the disk and write again, nothing was lost';
  before(async () => {
    test = await startTestServer();
    await test.call('POST', maps, { body: { metadata: { name: 'a', finalizers: ['x.y/z'] } } });
    await test.call('POST', maps, { body: { metadata: { name: 'b' } } });
    test.storage.failure = full;
  });
  after(() => test[Symbol.asyncDispose]());

  const writes: readonly (readonly [method: string, path: string, options: object])[] = [
    ['POST', maps, { body: { metadata: { name: 'new' } } }],
    ['POST', maps, { body: { metadata: { generateName: 'new-' } } }],
    ['PUT', `${maps}/a`, { body: { metadata: { name: 'a', finalizers: ['x.y/z'] }, data: { x: 'y' } } }],
    ['PATCH', `${maps}/a`, { body: { data: { x: 'y' } }, headers: merge }],
    [
      'PATCH',
      `${maps}/a?fieldManager=m`,
      { body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { x: 'y' } }, headers: { 'content-type': 'application/apply-patch+yaml' } },
    ],
    ['DELETE', `${maps}/a`, {}],
    ['DELETE', `${maps}/b`, {}],
    ['DELETE', maps, {}],
  ];
  for (const [method, path, options] of writes)
    it(`${method} ${path.slice(maps.length)} is refused in the words of the store`, async () => {
      const { status, json } = await test.call(method, path, options);
      assert.deepEqual([status, json['reason'], json['message']], [503, 'ServiceUnavailable', full]);
    });

  it('reads and dry runs go on, and nothing of the writes is seen', async () => {
    assert.equal((await test.call('POST', `${maps}?dryRun=All`, { body: { metadata: { name: 'dry' } } })).status, 201);
    const { items } = (await test.call('GET', maps)).json as { items: { metadata: { name: string; deletionTimestamp?: string }; data?: object }[] };
    assert.deepEqual(
      items.map(({ metadata, data }) => [metadata.name, metadata.deletionTimestamp, data]),
      [
        ['a', undefined, undefined],
        ['b', undefined, undefined],
      ],
    );
  });

  it('and afterwards writes go on', async () => {
    test.storage.failure = undefined;
    assert.equal((await test.call('PATCH', `${maps}/a`, { body: { data: { x: 'y' } }, headers: merge })).status, 200);
  });
});
