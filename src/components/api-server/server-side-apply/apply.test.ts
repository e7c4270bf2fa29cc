import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Answer, startTestServer, type TestServer } from '../test-server.fixture.ts';

const path = '/apis/apps/v1/namespaces/default/deployments';
const container = (name: string, more: object = {}): Record<string, unknown> => ({ name, image: `${name}:1`, ...more });
const deployment = (name: string, spec: object = {}, labels: object = {}): Record<string, any> => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels },
  spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [container('main')] } }, ...spec },
});

describe('server-side apply', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer();
  });
  after(() => test[Symbol.asyncDispose]());

  const apply = (manager: string, object: Record<string, any>, query = ''): Promise<Answer> =>
    test.call('PATCH', `${path}/${object['metadata'].name}?fieldManager=${manager}${query}`, {
      body: JSON.stringify(object),
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });

  it('creates, then merges without a change', async () => {
    const created = await apply('one', deployment('a', { replicas: 3 }));
    assert.equal(created.status, 201);
    const [entry] = created.json['metadata'].managedFields;
    assert.deepEqual(
      [entry.manager, entry.operation, entry.fieldsV1['f:spec']['f:replicas'], entry.fieldsV1['f:spec']['f:template']['f:spec']['f:containers']],
      ['one', 'Apply', {}, { 'k:{"name":"main"}': { '.': {}, 'f:image': {}, 'f:name': {} } }],
    );
    const again = await apply('one', deployment('a', { replicas: 3 }));
    assert.deepEqual([again.status, again.json['metadata'].resourceVersion], [200, created.json['metadata'].resourceVersion]);
  });

  it('removes what a manager no longer mentions, and nothing else', async () => {
    await apply('one', deployment('b', { replicas: 3 }, { mine: 'x', shared: 'y' }));
    await apply('two', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'b', labels: { shared: 'y', other: 'z' } } });
    const { json } = await apply('one', deployment('b'));
    assert.deepEqual([json['metadata'].labels, json['spec'].replicas], [{ shared: 'y', other: 'z' }, undefined]);
  });

  it('merges keyed lists by key', async () => {
    await apply('one', deployment('c'));
    const sidecar = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'c' }, spec: { template: { spec: { containers: [container('side')] } } } };
    const both = await apply('two', sidecar);
    assert.deepEqual(
      both.json['spec'].template.spec.containers.map((item: { name: string }) => item.name),
      ['main', 'side'],
    );
    const left = await apply('two', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'c' } });
    assert.deepEqual(
      left.json['spec'].template.spec.containers.map((item: { name: string }) => item.name),
      ['main'],
    );
  });

  it('refuses conflicting values unless forced, and then takes them over', async () => {
    await apply('one', deployment('d', { replicas: 3 }));
    const wanted = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { replicas: 5 } };
    const refused = await apply('two', wanted);
    assert.deepEqual(
      [refused.status, refused.json['reason'], refused.json['message']],
      [409, 'Conflict', 'Apply failed with 1 conflict: conflict with "one": .spec.replicas'],
    );
    assert.deepEqual(refused.json['details'].causes, [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.replicas' }]);
    const forced = await apply('two', wanted, '&force=true');
    assert.equal(forced.json['spec'].replicas, 5);
    const owners = forced.json['metadata'].managedFields
      .filter((entry: Record<string, any>) => entry['fieldsV1']['f:spec']?.['f:replicas'])
      .map((entry: { manager: string }) => entry.manager);
    assert.deepEqual(owners, ['two']);
  });

  it('asks for a manager', async () => {
    const { status, json } = await test.call('PATCH', `${path}/x`, {
      body: JSON.stringify(deployment('x')),
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
    assert.deepEqual([status, json['reason']], [422, 'Invalid']);
    assert.match(json['message'], /fieldManager: Required value: is required for apply patch/);
  });

  it('applies custom resources', async () => {
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size: 2 } };
    const { status, json } = await test.call('PATCH', '/apis/example.com/v1/namespaces/default/widgets/w?fieldManager=m', {
      body: JSON.stringify(widget),
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
    assert.deepEqual([status, json['spec'], json['metadata'].managedFields[0].fieldsV1], [201, { size: 2, color: 'blue' }, { 'f:spec': { 'f:size': {} } }]);
  });
});
