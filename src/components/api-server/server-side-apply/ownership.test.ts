import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { configmaps } from '../../../api/generated/resource-types.ts';
import { type Answer, startTestServer, type TestServer } from '../test-server.fixture.ts';

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const maps = '/api/v1/namespaces/default/configmaps';
const deployment = (name: string, spec: object = {}): Record<string, any> => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'a:1' }] } },
    ...spec,
  },
});
const map = (name: string, data: object, metadata: object = {}): Record<string, any> => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

type Entry = Record<string, any>;
const owners = ({ json }: Answer): string[] =>
  (json['metadata'].managedFields ?? []).map((entry: Entry) => [entry['manager'], entry['operation'], entry['subresource']].filter(Boolean).join(' '));
const entry = ({ json }: Answer, manager: string): Entry => json['metadata'].managedFields.find((one: Entry) => one['manager'] === manager);

describe('the record of managed fields', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer();
  });
  after(() => test[Symbol.asyncDispose]());

  const send = (method: string, path: string, body: object, { type, agent = 'tester/1.0 (linux)' }: { type?: string; agent?: string } = {}): Promise<Answer> =>
    test.call(method, path, { body: JSON.stringify(body), headers: { 'content-type': type ?? 'application/json', 'user-agent': agent } });
  const merge = 'application/merge-patch+json';
  const applied = 'application/apply-patch+yaml';

  it('names the field manager, else the start of the user agent, else nobody', async () => {
    assert.deepEqual(owners(await send('POST', maps, map('named', { a: '1' }), { agent: 'kubectl/v1.36.0 (linux/amd64)' })), ['kubectl Update']);
    assert.deepEqual(owners(await send('POST', `${maps}?fieldManager=me`, map('given', { a: '1' }))), ['me Update']);
    assert.deepEqual(owners(await send('POST', maps, map('unknown', { a: '1' }), { agent: '/1.0' })), ['unknown Update']);
    assert.deepEqual(owners(await send('POST', maps, map('long', { a: '1' }), { agent: `${'x'.repeat(200)}/1` })), [`${'x'.repeat(128)} Update`]);
  });

  it('follows replaces, patches and the status endpoint', async () => {
    await send('POST', `${deployments}?fieldManager=one`, deployment('a'));
    const patched = await send('PATCH', `${deployments}/a?fieldManager=two`, { spec: { replicas: 3 } }, { type: merge });
    assert.deepEqual(entry(patched, 'two')['fieldsV1'], { 'f:spec': { 'f:replicas': {} } });
    assert.equal(entry(patched, 'one')['fieldsV1']['f:spec']['f:replicas'], undefined);
    const status = await send('PATCH', `${deployments}/a/status?fieldManager=ctl`, { spec: { replicas: 9 }, status: { replicas: 3 } }, { type: merge });
    assert.deepEqual(owners(status), ['ctl Update status', 'one Update', 'two Update']);
    assert.deepEqual(entry(status, 'ctl')['fieldsV1'], { 'f:status': { 'f:replicas': {} } });
    const replaced = await send('PUT', `${deployments}/a?fieldManager=three`, deployment('a', { replicas: 4 }));
    assert.deepEqual(owners(replaced), ['ctl Update status', 'one Update', 'three Update']);
  });

  it('writes nothing when nothing changes', async () => {
    const created = await send('POST', `${maps}?fieldManager=one`, map('same', { a: '1' }));
    const again = await send('PUT', `${maps}/same?fieldManager=two`, { ...created.json, metadata: { ...created.json['metadata'], managedFields: undefined } });
    assert.equal(again.json['metadata'].resourceVersion, created.json['metadata'].resourceVersion);
    assert.deepEqual(owners(again), ['one Update']);
  });

  it('is cleared by an empty entry, and begins again with the next apply', async () => {
    await send('POST', `${maps}?fieldManager=one`, map('cleared', { a: '1' }));
    const cleared = await send('PATCH', `${maps}/cleared`, { metadata: { managedFields: [{}] } }, { type: merge });
    assert.equal(cleared.json['metadata'].managedFields, undefined);
    assert.deepEqual(owners(await send('PATCH', `${maps}/cleared`, { data: { b: '2' } }, { type: merge })), []);
    const again = await send('PATCH', `${maps}/cleared?fieldManager=me`, map('cleared', { c: '3' }), { type: applied });
    assert.deepEqual(owners(again), ['me Apply', 'before-first-apply Update']);
  });

  it('takes what a client sends when it can be read, and not from a sub-resource', async () => {
    const sent = { manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:a': {} } } };
    await send('POST', `${maps}?fieldManager=one`, map('sent', { a: '1' }));
    const bad = await send('PATCH', `${maps}/sent`, { metadata: { managedFields: [{ ...sent, operation: 'Own' }] } }, { type: merge });
    assert.deepEqual(owners(bad), ['one Update']);
    const good = await send('PATCH', `${maps}/sent`, { metadata: { managedFields: [sent] } }, { type: merge });
    assert.deepEqual(owners(good), ['x Update']);
    await send('POST', `${deployments}?fieldManager=one`, deployment('sent'));
    const ignored = await send(
      'PATCH',
      `${deployments}/sent/status?fieldManager=ctl`,
      { metadata: { managedFields: [{}] }, status: { replicas: 1 } },
      { type: merge },
    );
    assert.deepEqual(owners(ignored), ['ctl Update status', 'one Update']);
  });

  it('names components of this process as upstream does', async () => {
    const namesOf = async (user: string, name: string): Promise<string[]> => {
      const client = test.server.client({ name: user, groups: ['system:masters'] });
      const made = await client.create(configmaps, { metadata: { name, namespace: 'default' }, data: { a: '1' } });
      return (made.metadata.managedFields ?? []).map(({ manager }) => manager ?? '');
    };
    assert.deepEqual(await namesOf('system:kube-scheduler', 'n1'), ['kube-scheduler']);
    assert.deepEqual(await namesOf('system:node:worker', 'n2'), ['kubelet']);
    assert.deepEqual(await namesOf('system:serviceaccount:kube-system:deployment-controller', 'n3'), ['kube-controller-manager']);
    assert.deepEqual(await namesOf('system:apiserver', 'n4'), ['kube-apiserver']);
  });

  it('hands replicas over between an object and its scale', async () => {
    await send('POST', `${deployments}?fieldManager=one`, deployment('s'));
    const scaled = await send('PATCH', `${deployments}/s/scale?fieldManager=hpa`, { spec: { replicas: 5 } }, { type: merge });
    assert.equal(scaled.json['spec'].replicas, 5);
    const parent = await test.call('GET', `${deployments}/s`);
    assert.deepEqual(entry(parent, 'hpa'), {
      manager: 'hpa',
      operation: 'Update',
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      subresource: 'scale',
    });
    assert.equal(entry(parent, 'one')['fieldsV1']['f:spec']['f:replicas'], undefined);
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 's' }, spec: { replicas: 7 } };
    const refused = await send('PATCH', `${deployments}/s/scale?fieldManager=me`, scale, { type: applied });
    assert.deepEqual(
      [refused.status, refused.json['message']],
      [409, 'Apply failed with 1 conflict: conflict with "hpa" with subresource "scale" using autoscaling/v1: .spec.replicas'],
    );
    const forced = await send('PATCH', `${deployments}/s/scale?fieldManager=me&force=true`, scale, { type: applied });
    assert.deepEqual([forced.status, forced.json['spec'].replicas], [200, 7]);
    assert.deepEqual(owners(await test.call('GET', `${deployments}/s`)), ['me Apply scale', 'one Update']);
  });
});
