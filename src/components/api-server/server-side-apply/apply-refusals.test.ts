import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Answer, startTestServer, type TestServer } from '../test-server.fixture.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const map = (name: string, more: object = {}): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more });

describe('server-side apply refuses', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer();
    await test.call('POST', `${maps}?fieldManager=one`, { body: map('there', { data: { a: '1' } }) });
  });
  after(() => test[Symbol.asyncDispose]());

  const apply = (path: string, body: object | string): Promise<Answer> =>
    test.call('PATCH', path, { body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'content-type': 'application/apply-patch+yaml' } });

  const rows: readonly (readonly [string, string, object | string, number, string])[] = [
    ['no manager', `${maps}/x`, map('x'), 422, 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'],
    ['another kind', `${maps}/x?fieldManager=m`, { ...map('x'), kind: 'Secret' }, 400, 'invalid object type: /v1, Kind=Secret'],
    ['another version', `${maps}/x?fieldManager=m`, { ...map('x'), apiVersion: 'apps/v2' }, 400, 'invalid object type: apps/v2, Kind=ConfigMap'],
    ['nothing', `${maps}/x?fieldManager=m`, '', 400, 'invalid object type: /, Kind='],
    [
      'text',
      `${maps}/x?fieldManager=m`,
      'just text',
      400,
      'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type map[string]interface {}',
    ],
    [
      'a record of managed fields',
      `${maps}/x?fieldManager=m`,
      map('x', { metadata: { name: 'x', managedFields: [] } }),
      400,
      'metadata.managedFields must be nil',
    ],
    [
      'an unknown field',
      `${maps}/x?fieldManager=m`,
      map('x', { foo: 1 }),
      500,
      'failed to create typed patch object (/x; /v1, Kind=ConfigMap): .foo: field not declared in schema',
    ],
    [
      'several faults',
      `${maps}/x?fieldManager=m`,
      map('x', { data: { a: 1 }, immutable: 'no' }),
      500,
      'failed to create typed patch object (/x; /v1, Kind=ConfigMap): errors:\n  .data.a: expected string, got &value.valueUnstructured{Value:1}\n  .immutable: expected boolean, got &{no}',
    ],
    ['another name', `${maps}/x?fieldManager=m`, map('y'), 400, 'the name of the object (y) does not match the name on the URL (x)'],
    [
      'an old resourceVersion',
      `${maps}/there?fieldManager=m`,
      map('there', { metadata: { name: 'there', resourceVersion: '999999' }, data: { b: '2' } }),
      409,
      'Operation cannot be fulfilled on configmaps "there": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [
      'a uid where nothing is',
      `${maps}/x?fieldManager=m`,
      map('x', { metadata: { name: 'x', uid: 'u' } }),
      409,
      'Operation cannot be fulfilled on configmaps "x": uid mismatch: the provided object specified uid u, and no existing object was found',
    ],
    [
      'to create through a sub-resource',
      '/apis/apps/v1/namespaces/default/deployments/x/status?fieldManager=m',
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' } },
      404,
      'deployments.apps "x" not found',
    ],
  ];
  for (const [what, path, body, code, message] of rows) {
    it(what, async () => {
      const { status, json } = await apply(path, body);
      assert.deepEqual([status, json['message']], [code, message]);
    });
  }

  it('conflicts with every owner, listed by manager', async () => {
    await test.call('PATCH', `${maps}/there?fieldManager=two`, {
      body: JSON.stringify(map('there', { data: { b: '2' } })),
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
    const { status, json } = await apply(`${maps}/there?fieldManager=three`, map('there', { data: { a: '9', b: '9' } }));
    assert.deepEqual(
      [status, json['reason'], json['message']],
      [409, 'Conflict', 'Apply failed with 2 conflicts: conflicts with "one" using v1:\n- .data.a\nconflicts with "two":\n- .data.b'],
    );
    assert.deepEqual(json['details'].causes, [
      { reason: 'FieldManagerConflict', message: 'conflict with "one" using v1', field: '.data.a' },
      { reason: 'FieldManagerConflict', message: 'conflict with "two"', field: '.data.b' },
    ]);
  });

  it('force on other patches', async () => {
    const { status, json } = await test.call('PATCH', `${maps}/there?force=true`, { body: '{}', headers: { 'content-type': 'application/merge-patch+json' } });
    assert.deepEqual([status, json['message']], [422, 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch']);
  });
});
