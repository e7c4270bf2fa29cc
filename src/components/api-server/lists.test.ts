import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { podNamed, startTestServer, type TestServer } from './test-server.fixture.ts';

const maps = '/api/v1/namespaces/many/configmaps';
const names = (json: Record<string, any>): string[] => json['items'].map((item: { metadata: { name: string } }) => item.metadata.name);
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

describe('lists', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer();
    for (let index = 0; index < 5; index++)
      await test.call('POST', maps, { body: { metadata: { name: `m${index}`, labels: { parity: index % 2 === 0 ? 'even' : 'odd' } } } });
    await test.call('POST', '/api/v1/namespaces/other/configmaps', { body: { metadata: { name: 'far' } } });
  });
  after(() => test[Symbol.asyncDispose]());

  it('lists a namespace and all of them', async () => {
    const { json } = await test.call('GET', maps);
    assert.deepEqual([json['kind'], json['apiVersion'], names(json)], ['ConfigMapList', 'v1', ['m0', 'm1', 'm2', 'm3', 'm4']]);
    assert.equal(names((await test.call('GET', '/api/v1/configmaps')).json).length, 6);
  });

  it('selects by labels and fields', async () => {
    assert.deepEqual(names((await test.call('GET', `${maps}?labelSelector=parity%3Dodd`)).json), ['m1', 'm3']);
    assert.deepEqual(names((await test.call('GET', '/api/v1/configmaps?fieldSelector=metadata.name%3Dfar')).json), ['far']);
    assert.deepEqual(names((await test.call('GET', `${maps}?fieldSelector=metadata.name%3Dm2`)).json), ['m2']);
    assert.deepEqual(names((await test.call('GET', '/api/v1/configmaps?fieldSelector=metadata.namespace!%3Dmany')).json), ['far']);
  });

  it('hands out chunks of one revision', async () => {
    const first = (await test.call('GET', `${maps}?limit=2`)).json;
    assert.deepEqual([names(first), first['metadata'].remainingItemCount], [['m0', 'm1'], 3]);
    await test.call('POST', maps, { body: { metadata: { name: 'm00' } } });
    await test.call('DELETE', `${maps}/m3`);
    const second = (await test.call('GET', `${maps}?limit=10&continue=${first['metadata'].continue}`)).json;
    assert.deepEqual(
      [names(second), second['metadata'].continue, second['metadata'].resourceVersion],
      [['m2', 'm3', 'm4'], undefined, first['metadata'].resourceVersion],
    );
    const exact = (await test.call('GET', `${maps}?resourceVersion=${first['metadata'].resourceVersion}&resourceVersionMatch=Exact`)).json;
    assert.deepEqual(names(exact), ['m0', 'm1', 'm2', 'm3', 'm4']);
  });

  it('chunks selected lists too, without a count', async () => {
    const first = (await test.call('GET', `${maps}?limit=1&labelSelector=parity%3Deven`)).json;
    assert.deepEqual([names(first), first['metadata'].remainingItemCount], [['m0'], undefined]);
    const second = (await test.call('GET', `${maps}?limit=5&labelSelector=parity%3Deven&continue=${first['metadata'].continue}`)).json;
    assert.deepEqual(names(second), ['m2', 'm4']);
  });

  it('answers an expired token with one to go on with', async () => {
    await using old = await startTestServer({ prepare: (storage) => Object.assign(storage, { revision: 10, compactedRevision: 10 }) });
    for (const name of ['m0', 'm1', 'm2']) await old.call('POST', maps, { body: { metadata: { name } } });
    const token = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 5, start: 'many/m0' })).toString('base64url');
    const { status, json } = await old.call('GET', `${maps}?limit=1&continue=${token}`);
    assert.deepEqual([status, json['reason']], [410, 'Expired']);
    assert.match(json['message'], /^The provided continue parameter is too old to display a consistent list result/);
    const goOn = await old.call('GET', `${maps}?limit=1&continue=${json['metadata'].continue}`);
    assert.deepEqual(names(goOn.json), ['m1']);
    const watch = await old.call('GET', `${maps}?watch=1&resourceVersion=5`);
    assert.deepEqual([watch.status, watch.json['type'], watch.json['object'].code, watch.json['object'].reason], [200, 'ERROR', 410, 'Expired']);
  });

  it('refuses revisions that are not there yet', async () => {
    const { status, json } = await test.call('GET', `${maps}?resourceVersion=99999&resourceVersionMatch=NotOlderThan`);
    assert.deepEqual([status, json['reason']], [504, 'Timeout']);
  });

  it('prints tables with as much of the object as asked for', async () => {
    await test.call('POST', '/api/v1/namespaces/default/pods', { body: podNamed('p') });
    const { json, headers } = await test.call('GET', '/api/v1/namespaces/default/pods', { headers: table });
    assert.deepEqual(
      [json['kind'], json['apiVersion'], json['columnDefinitions'].map((column: { name: string }) => column.name)],
      ['Table', 'meta.k8s.io/v1', ['Name', 'Status', 'Age']],
    );
    assert.deepEqual([json['rows'][0].cells.slice(0, 2), json['rows'][0].object.kind], [['p', 'Pending'], 'PartialObjectMetadata']);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal((await test.call('GET', '/api/v1/namespaces/default/pods?includeObject=Object', { headers: table })).json['rows'][0].object.kind, 'Pod');
    assert.equal((await test.call('GET', '/api/v1/namespaces/default/pods?includeObject=None', { headers: table })).json['rows'][0].object, undefined);
    const one = await test.call('GET', '/api/v1/namespaces/default/pods/p', { headers: { accept: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io' } });
    assert.equal(one.json['apiVersion'], 'meta.k8s.io/v1beta1');
  });

  it('sends metadata alone, YAML, and indented JSON', async () => {
    const metadata = await test.call('GET', maps, { headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' } });
    assert.deepEqual([metadata.json['kind'], Object.keys(metadata.json['items'][0]).sort()], ['PartialObjectMetadataList', ['apiVersion', 'kind', 'metadata']]);
    const yaml = await test.call('GET', `${maps}/m0`, { headers: { accept: 'application/yaml' } });
    assert.match(yaml.text, /^kind: ConfigMap$/m);
    assert.match((await test.call('GET', `${maps}/m0?pretty=true`)).text, /\n {2}"kind": "ConfigMap"/);
  });

  it('compresses large answers for those who take it', async () => {
    await test.call('POST', maps, { body: { metadata: { name: 'large' }, data: { a: 'x'.repeat(200_000) } } });
    const { headers, bytes } = await test.call('GET', maps, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(headers['content-encoding'], 'gzip');
    assert.ok(names(JSON.parse(gunzipSync(bytes).toString()) as Record<string, any>).includes('large'));
    assert.equal((await test.call('GET', maps)).headers['content-encoding'], undefined);
  });

  it('streams lists of many chunks', async () => {
    await Promise.all(
      Array.from({ length: 300 }, (_, index) => test.call('POST', '/api/v1/namespaces/lots/configmaps', { body: { metadata: { name: `x${index}` } } })),
    );
    const { json, headers, bytes } = await test.call('GET', '/api/v1/namespaces/lots/configmaps');
    assert.deepEqual([names(json).length, Number(headers['content-length'])], [300, bytes.length]);
  });
});
