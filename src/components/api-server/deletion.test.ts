import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { forbidden } from '../../api/status.ts';
import { podNamed, startTestServer, type TestServer } from './test-server.fixture.ts';

const maps = '/api/v1/namespaces/d/configmaps';
const pods = '/api/v1/namespaces/d/pods';
const deployments = '/apis/apps/v1/namespaces/d/deployments';
const merge = { 'content-type': 'application/merge-patch+json' };
const deployment = (metadata: Record<string, unknown>): object => ({
  metadata,
  spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'x' }] } } },
});

describe('a delete', () => {
  let test: TestServer;
  before(async () => void (test = await startTestServer()));
  after(() => test[Symbol.asyncDispose]());
  const make = async (path: string, body: object): Promise<Record<string, any>> =>
    (await test.call('POST', path, { body })).json['metadata'] as Record<string, any>;

  it('is refused when the object is another, or another state, than its preconditions say', async () => {
    const { uid, resourceVersion } = await make(deployments, deployment({ name: 'pre' }));
    for (const [preconditions, why] of [
      [{ uid: 'nope' }, `the UID in the precondition (nope) does not match the UID in record (${uid}). The object might have been deleted and then recreated`],
      [
        { uid, resourceVersion: '7' },
        `the ResourceVersion in the precondition (7) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
      ],
    ] as const) {
      const { status, json } = await test.call('DELETE', `${deployments}/pre`, { body: { preconditions } });
      assert.deepEqual(
        [status, json['reason'], json['message'], json['details']],
        [409, 'Conflict', `Operation cannot be fulfilled on Deployment.apps "pre": ${why}`, { name: 'pre', group: 'apps', kind: 'Deployment' }],
      );
    }
    assert.equal((await test.call('DELETE', `${deployments}/pre?uid=nope`)).status, 409);
    assert.equal((await test.call('DELETE', `${deployments}/pre`, { body: { preconditions: { uid, resourceVersion } } })).status, 200);
  });

  it('says so of a namespace in other words', async () => {
    const { uid } = await make('/api/v1/namespaces', { metadata: { name: 'pre' } });
    const { json } = await test.call('DELETE', '/api/v1/namespaces/pre', { body: { preconditions: { uid: 'nope' } } });
    assert.equal(
      json['message'],
      `Operation cannot be fulfilled on namespaces "pre": Precondition failed: UID in precondition: nope, UID in object meta: ${uid}`,
    );
  });

  it('answers a Status that names what went', async () => {
    const { uid } = await make(deployments, deployment({ name: 'gone' }));
    const { status, json } = await test.call('DELETE', `${deployments}/gone`);
    assert.deepEqual(
      [status, json],
      [200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: { name: 'gone', group: 'apps', kind: 'deployments', uid } }],
    );
  });

  const policies: readonly { readonly options: object; readonly status: number; readonly finalizers: readonly string[] | undefined }[] = [
    { options: {}, status: 200, finalizers: undefined },
    { options: { propagationPolicy: 'Background' }, status: 200, finalizers: undefined },
    { options: { propagationPolicy: 'Foreground' }, status: 200, finalizers: ['foregroundDeletion'] },
    { options: { propagationPolicy: 'Orphan' }, status: 200, finalizers: ['orphan'] },
    { options: { orphanDependents: true }, status: 200, finalizers: ['orphan'] },
    { options: { orphanDependents: false }, status: 200, finalizers: undefined },
  ];
  for (const { options, status, finalizers } of policies)
    it(`with ${JSON.stringify(options)} ${finalizers ? `waits for ${finalizers.join()}` : 'takes the object out at once'}`, async () => {
      const { generation } = await make(deployments, deployment({ name: 'policy' }));
      const answer = await test.call('DELETE', `${deployments}/policy`, { body: options });
      const { metadata } = answer.json;
      assert.deepEqual([answer.status, metadata.finalizers], [status, finalizers]);
      if (!finalizers) return;
      assert.deepEqual([metadata.deletionGracePeriodSeconds, metadata.generation], [0, generation + 1]);
      const again = await test.call('DELETE', `${deployments}/policy`, { body: options });
      assert.equal(again.json['metadata'].resourceVersion, metadata.resourceVersion);
      await test.call('PATCH', `${deployments}/policy`, { body: { metadata: { finalizers: null } }, headers: merge });
    });

  it('that has to wait is answered 202 to those who speak the old way', async () => {
    await make(maps, { metadata: { name: 'held', finalizers: ['example.com/hold'] } });
    assert.equal((await test.call('DELETE', `${maps}/held`, { body: { orphanDependents: false } })).status, 202);
    assert.equal((await test.call('DELETE', `${maps}/held`)).status, 200);
  });

  it('that has begun admits no new finalizers, no other marks and no new name-sake', async () => {
    await make(maps, { metadata: { name: 'leaving', finalizers: ['example.com/a'] } });
    const { metadata } = (await test.call('DELETE', `${maps}/leaving`)).json;
    const finalizers = await test.call('PATCH', `${maps}/leaving`, {
      body: { metadata: { finalizers: ['example.com/a', 'x.y/z', 'x.y/b', 'x.y/z'] } },
      headers: merge,
    });
    assert.deepEqual(
      [finalizers.status, finalizers.json['message']],
      [
        422,
        'ConfigMap "leaving" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.y/b", "x.y/z"}',
      ],
    );
    const marks = await test.call('PATCH', `${maps}/leaving`, { body: { metadata: { deletionTimestamp: '2020-01-01T00:00:00Z' } }, headers: merge });
    assert.deepEqual([marks.status, marks.json['metadata'].deletionTimestamp], [200, metadata.deletionTimestamp]);
    const grace = await test.call('PATCH', `${maps}/leaving`, { body: { metadata: { deletionGracePeriodSeconds: 7 } }, headers: merge });
    assert.deepEqual(
      [grace.status, grace.json['message']],
      [422, 'ConfigMap "leaving" is invalid: metadata.deletionGracePeriodSeconds: Invalid value: 7: field is immutable'],
    );
    const other = await test.call('POST', maps, { body: { metadata: { name: 'leaving' } } });
    assert.deepEqual([other.status, other.json['message']], [409, 'object is being deleted: configmaps "leaving" already exists']);
    assert.equal((await test.call('PATCH', `${maps}/leaving`, { body: { metadata: { finalizers: [] } }, headers: merge })).status, 200);
    assert.equal((await test.call('GET', `${maps}/leaving`)).status, 404);
  });

  it('in a dry run is admitted and checked, and changes nothing', async () => {
    let asked = 0;
    using _plugin = test.points.admission.add({
      name: 'keeper',
      origin: 'test',
      implementation: {
        handles: ({ operation }) => operation === 'DELETE',
        validate: (request) => {
          asked++;
          assert.deepEqual(request.options, { apiVersion: 'meta.k8s.io/v1', kind: 'DeleteOptions', dryRun: ['All'] });
          return request.name === 'kept' ? { kind: 'deny', error: forbidden(request.resource, request.name, 'kept') } : { kind: 'allow' };
        },
      },
    });
    await make(maps, { metadata: { name: 'dry', finalizers: ['x.y/z'] } });
    await make(maps, { metadata: { name: 'kept' } });
    const revision = test.store.revision;
    const marked = await test.call('DELETE', `${maps}/dry?dryRun=All`);
    assert.ok(marked.json['metadata'].deletionTimestamp);
    assert.equal((await test.call('DELETE', `${maps}/kept?dryRun=All`)).status, 403);
    assert.deepEqual([asked, test.store.revision, (await test.call('GET', `${maps}/dry`)).json['metadata'].deletionTimestamp], [2, revision, undefined]);
  });
});

describe('a delete of a collection', () => {
  let test: TestServer;
  const path = '/api/v1/namespaces/c/configmaps';
  const left = async (): Promise<string> =>
    (await test.call('GET', path)).json['items'].map((item: { metadata: { name: string } }) => item.metadata.name).join(' ');
  before(async () => {
    test = await startTestServer();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
      await test.call('POST', path, { body: { metadata: { name, labels: { half: name < 'd' ? 'first' : 'second' } } } });
  });
  after(() => test[Symbol.asyncDispose]());

  const steps: readonly { readonly query: string; readonly body?: object; readonly status?: number; readonly left: string }[] = [
    { query: '?labelSelector=half%3Dfirst&fieldSelector=metadata.name!%3Da', body: { dryRun: ['All'] }, left: 'a b c d e f' },
    { query: '?labelSelector=half%3Dfirst&fieldSelector=metadata.name!%3Da', left: 'a d e f' },
    { query: '?limit=1', left: 'd e f' },
    { query: '?resourceVersionMatch=Exact', status: 422, left: 'd e f' },
    { query: '?propagationPolicy=foo', status: 422, left: 'd e f' },
    { query: '?limit=x', status: 400, left: 'd e f' },
    { query: '?resourceVersion=0', body: {}, left: '' },
  ];
  for (const { query, body, status = 200, left: rest } of steps)
    it(`${query}${body ? ` with ${JSON.stringify(body)}` : ''} leaves ${rest || 'nothing'}`, async () => {
      const answer = await test.call('DELETE', `${path}${query}`, body ? { body } : {});
      assert.deepEqual([answer.status, await left()], [status, rest]);
      if (status === 200) assert.equal(answer.json['kind'], 'ConfigMapList');
    });

  it('ends with the first refusal, and what went before is gone', async () => {
    for (let index = 0; index < 40; index++) await test.call('POST', path, { body: { metadata: { name: `m${String(index).padStart(2, '0')}` } } });
    using _plugin = test.points.admission.add({
      name: 'keeper',
      origin: 'test',
      implementation: {
        handles: ({ operation }) => operation === 'DELETE',
        validate: (request) => (request.name === 'm20' ? { kind: 'deny', error: forbidden(request.resource, request.name, 'kept') } : { kind: 'allow' }),
      },
    });
    const { status, json } = await test.call('DELETE', path);
    assert.deepEqual([status, json['message']], [403, 'configmaps "m20" is forbidden: kept']);
    const rest = (await left()).split(' ');
    assert.ok(rest[0] === 'm20' && rest.length > 1 && rest.length <= 20, rest.join(' '));
  });

  it('is not offered across namespaces', async () => assert.equal((await test.call('DELETE', '/api/v1/configmaps')).status, 405));
});

describe('names', () => {
  it('that were generated tell when they are taken, and may be asked for again', async () => {
    await using test = await startTestServer();
    await test.call('POST', maps, { body: { metadata: { name: 'a' } } });
    const { status, json, headers } = await test.call('POST', maps, { body: { metadata: { name: 'a', generateName: 'a-' } } });
    assert.deepEqual(
      [status, json['reason'], json['message'], json['details'].retryAfterSeconds, headers['retry-after']],
      [409, 'AlreadyExists', 'configmaps "a" already exists, the server was not able to generate a unique name for the object', 1, '1'],
    );
    const long = await test.call('POST', maps, { body: { metadata: { generateName: 'x'.repeat(80) } } });
    assert.match(long.json['metadata'].name, /^x{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });
});

describe('optimistic locking', () => {
  let test: TestServer;
  before(async () => void (test = await startTestServer()));
  after(() => test[Symbol.asyncDispose]());
  const stale = 'the object has been modified; please apply your changes to the latest version and try again';
  const conflict = (resource: string, name: string): string => `Operation cannot be fulfilled on ${resource} "${name}": ${stale}`;

  const patches = [
    ['application/merge-patch+json', (metadata: object) => ({ metadata })],
    ['application/strategic-merge-patch+json', (metadata: object) => ({ metadata })],
    [
      'application/json-patch+json',
      (metadata: object) => Object.entries(metadata).map(([name, value]) => ({ op: 'replace', path: `/metadata/${name}`, value: value as unknown })),
    ],
    ['application/apply-patch+yaml', (metadata: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'locked', ...metadata } })],
  ] as const;
  for (const [type, body] of patches)
    it(`holds for ${type}`, async () => {
      await test.call('POST', maps, { body: { metadata: { name: 'locked' } } });
      const patch = (metadata: object): ReturnType<TestServer['call']> =>
        test.call('PATCH', `${maps}/locked?fieldManager=m`, { headers: { 'content-type': type }, body: body(metadata) });
      const old = await patch({ resourceVersion: '999' });
      assert.deepEqual([old.status, old.json['message']], [409, conflict('configmaps', 'locked')]);
      const { resourceVersion } = (await test.call('GET', `${maps}/locked`)).json['metadata'];
      assert.equal((await patch({ resourceVersion })).status, 200);
      const uid = await patch({ uid: 'nope' });
      assert.ok([409, 422].includes(uid.status), uid.text);
      if (uid.status === 422) assert.equal(uid.json['message'], 'ConfigMap "locked" is invalid: metadata.uid: Invalid value: "nope": field is immutable');
    });

  it('holds for PUT, which also names the object it means by uid', async () => {
    const { uid } = (await test.call('POST', maps, { body: { metadata: { name: 'put' } } })).json['metadata'];
    const put = (metadata: object): ReturnType<TestServer['call']> => test.call('PUT', `${maps}/put`, { body: { metadata: { name: 'put', ...metadata } } });
    assert.equal((await put({ resourceVersion: '999' })).json['message'], conflict('configmaps', 'put'));
    const other = await put({ uid: 'nope' });
    assert.deepEqual(
      [other.status, other.json['message']],
      [
        409,
        `Operation cannot be fulfilled on configmaps "put": StorageError: invalid object, Code: 4, Key: /registry/configmaps/d/put, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: nope, UID in object meta: ${uid}`,
      ],
    );
    assert.equal((await put({ uid })).status, 200);
  });

  it('lets one of many writers of the same revision win', async () => {
    const { resourceVersion } = (await test.call('POST', maps, { body: { metadata: { name: 'race' } } })).json['metadata'];
    const put = async (index: number): Promise<number> =>
      (await test.call('PUT', `${maps}/race`, { body: { metadata: { name: 'race', resourceVersion }, data: { winner: String(index) } } })).status;
    const statuses = await Promise.all(Array.from({ length: 12 }, (_, index) => put(index)));
    assert.deepEqual(statuses.toSorted(), [200, ...Array.from({ length: 11 }, () => 409)]);
  });

  it('lets changes of spec and status that name no revision all land', async () => {
    await test.call('POST', deployments, { body: deployment({ name: 'busy' }) });
    const change = (path: string, body: object): Promise<{ status: number }> => test.call('PATCH', `${deployments}/${path}`, { body, headers: merge });
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0
          ? change('busy', { metadata: { annotations: { [`n${index}`]: 'x' } } })
          : change('busy/status', { status: { conditions: [{ type: `T${index}`, status: 'True' }], replicas: index } }),
      ),
    );
    assert.ok(all.every(({ status }) => status === 200));
    const { metadata, status } = (await test.call('GET', `${deployments}/busy`)).json;
    assert.deepEqual([Object.keys(metadata.annotations).length, metadata.generation, status.replicas % 2], [10, 1, 1]);
  });

  it('makes no revision of a write that changes nothing, nor of a dry run', async () => {
    await test.call('POST', pods, { body: podNamed('still') });
    const before = test.store.revision;
    const same = (await test.call('GET', `${pods}/still`)).json;
    assert.equal((await test.call('PUT', `${pods}/still`, { body: same })).status, 200);
    const dry = await test.call('PATCH', `${pods}/still?dryRun=All`, { body: { metadata: { labels: { a: 'b' } } }, headers: merge });
    assert.deepEqual([dry.json['metadata'].labels, test.store.revision], [{ a: 'b' }, before]);
    const wrong = await test.call('PATCH', `${pods}/still?dryRun=All`, { body: { metadata: { labels: { a: 'not a label value' } } }, headers: merge });
    assert.equal(wrong.status, 422);
  });
});
