import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { forbidden } from '../../api/status.ts';
import { podNamed, startTestServer, type TestServer } from './test-server.fixture.ts';

const pods = '/api/v1/namespaces/default/pods';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const merge = { 'content-type': 'application/merge-patch+json' };
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
const jsonPatch = { 'content-type': 'application/json-patch+json' };

const deployment = (name: string): Record<string, any> => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
  },
});

describe('writes', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer();
  });
  after(() => test[Symbol.asyncDispose]());

  it('gives a new object what the server owns', async () => {
    const { status, json } = await test.call('POST', pods, {
      body: podNamed('new', { metadata: { uid: 'mine', generation: 9, deletionTimestamp: '2020-01-01T00:00:00Z' } }),
    });
    assert.equal(status, 201);
    assert.match(json['metadata'].uid, /^[0-9a-f-]{36}$/);
    assert.match(json['metadata'].creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(
      [json['metadata'].generation, json['metadata'].namespace, json['metadata'].deletionTimestamp, json['status']],
      [1, 'default', undefined, { phase: 'Pending' }],
    );
  });

  it('generates names and tells of taken ones', async () => {
    const { json } = await test.call('POST', pods, { body: { ...podNamed(''), metadata: { generateName: 'web-' } } });
    assert.match(json['metadata'].name, /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    const again = await test.call('POST', pods, { body: podNamed(json['metadata'].name) });
    assert.deepEqual([again.status, again.json['reason'], again.json['message']], [409, 'AlreadyExists', `pods "${json['metadata'].name}" already exists`]);
  });

  it('stores nothing in a dry run', async () => {
    const created = await test.call('POST', `${pods}?dryRun=All`, { body: podNamed('dry') });
    assert.equal(created.status, 201);
    assert.equal((await test.call('GET', `${pods}/dry`)).status, 404);
  });

  it('reads YAML bodies', async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-yaml\ndata:\n  a: b\n';
    const { status, json } = await test.call('POST', '/api/v1/namespaces/default/configmaps', { body: yaml, headers: { 'content-type': 'application/yaml' } });
    assert.deepEqual([status, json['data']], [201, { a: 'b' }]);
  });

  it('raises the generation with the spec only, and keeps the revision when nothing changed', async () => {
    await test.call('POST', deployments, { body: deployment('gen') });
    const labelled = await test.call('PATCH', `${deployments}/gen`, { body: { metadata: { labels: { a: 'b' } } }, headers: merge });
    assert.equal(labelled.json['metadata'].generation, 1);
    const same = await test.call('PATCH', `${deployments}/gen`, { body: { metadata: { labels: { a: 'b' } } }, headers: merge });
    assert.equal(same.json['metadata'].resourceVersion, labelled.json['metadata'].resourceVersion);
    const changed = await test.call('PATCH', `${deployments}/gen`, { body: { spec: { replicas: 3 } }, headers: merge });
    assert.equal(changed.json['metadata'].generation, 2);
  });

  it('changes status through /status only', async () => {
    await test.call('POST', deployments, { body: deployment('status') });
    const main = await test.call('PATCH', `${deployments}/status`, { body: { status: { replicas: 5 } }, headers: merge });
    assert.equal(main.json['status']?.replicas, undefined);
    const sub = await test.call('PATCH', `${deployments}/status/status`, { body: { status: { replicas: 5 }, spec: { replicas: 9 } }, headers: merge });
    assert.deepEqual([sub.json['status'].replicas, sub.json['spec'].replicas, sub.json['metadata'].generation], [5, 2, 1]);
  });

  it('changes status of kinds that have nothing in common, to strict clients too', async () => {
    await test.call('POST', deployments, { body: deployment('strict') });
    for (const [headers, body] of [
      [merge, { status: { replicas: 5 } }],
      [strategic, { status: { replicas: 6 } }],
      [jsonPatch, [{ op: 'replace', path: '/status/replicas', value: 7 }]],
    ] as const) {
      const { status, json } = await test.call('PATCH', `${deployments}/strict/status?fieldValidation=Strict`, { body, headers });
      assert.deepEqual([status, json['message'], Object.keys(json).includes('undefined')], [200, undefined, false]);
    }
  });

  it('scales', async () => {
    await test.call('POST', deployments, { body: deployment('scaled') });
    const scale = await test.call('GET', `${deployments}/scaled/scale`);
    assert.deepEqual(
      [scale.json['kind'], scale.json['apiVersion'], scale.json['spec'], scale.json['status'].selector],
      ['Scale', 'autoscaling/v1', { replicas: 2 }, 'app=scaled'],
    );
    assert.equal((await test.call('PATCH', `${deployments}/scaled/scale`, { body: { spec: { replicas: 7 } }, headers: merge })).json['spec'].replicas, 7);
    const now = await test.call('GET', `${deployments}/scaled`);
    assert.deepEqual([now.json['spec'].replicas, now.json['metadata'].generation], [7, 2]);
    const wrong = await test.call('PATCH', `${deployments}/scaled/scale`, { body: { spec: { replicas: -1 } }, headers: merge });
    assert.deepEqual(
      [wrong.status, wrong.json['message']],
      [422, 'Scale.autoscaling "scaled" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    );
  });

  it('patches in all three formats', async () => {
    await test.call('POST', deployments, { body: deployment('patched') });
    const added = await test.call('PATCH', `${deployments}/patched`, {
      body: { spec: { template: { spec: { containers: [{ name: 'd', image: 'y' }] } } } },
      headers: strategic,
    });
    assert.deepEqual(added.json['spec'].template.spec.containers.map((container: { name: string }) => container.name).sort(), ['c', 'd']);
    const json = await test.call('PATCH', `${deployments}/patched`, {
      body: [
        { op: 'test', path: '/spec/replicas', value: 2 },
        { op: 'replace', path: '/spec/replicas', value: 4 },
      ],
      headers: jsonPatch,
    });
    assert.equal(json.json['spec'].replicas, 4);
    const failed = await test.call('PATCH', `${deployments}/patched`, { body: [{ op: 'test', path: '/spec/replicas', value: 2 }], headers: jsonPatch });
    assert.equal(failed.status, 422);
  });

  it('lets concurrent patches without a revision all succeed', async () => {
    await test.call('POST', '/api/v1/namespaces/default/configmaps', { body: { metadata: { name: 'busy' } } });
    const path = '/api/v1/namespaces/default/configmaps/busy';
    const answers = await Promise.all([1, 2, 3, 4].map((number) => test.call('PATCH', path, { body: { data: { [`k${number}`]: 'x' } }, headers: merge })));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200],
    );
    assert.equal(Object.keys((await test.call('GET', path)).json['data']).length, 4);
  });

  it('binds a pod through a sub-resource of another kind', async () => {
    await test.call('POST', pods, { body: podNamed('bound') });
    const { status, json } = await test.call('POST', `${pods}/bound/binding`, {
      body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'bound' }, target: { kind: 'Node', name: 'n1' } },
    });
    assert.deepEqual([status, json['status']], [201, 'Success']);
    const bound = (await test.call('GET', `${pods}/bound`)).json;
    assert.deepEqual([bound['spec'].nodeName, bound['metadata'].generation], ['n1', 1]);
  });

  it('deletes gracefully, only ever sooner, and at last', async () => {
    await test.call('POST', pods, { body: podNamed('graceful', { spec: { nodeName: 'n1' } }) });
    const first = await test.call('DELETE', `${pods}/graceful`);
    assert.deepEqual(
      [first.status, first.json['kind'], first.json['metadata'].deletionGracePeriodSeconds, first.json['metadata'].generation],
      [200, 'Pod', 30, 2],
    );
    const longer = await test.call('DELETE', `${pods}/graceful?gracePeriodSeconds=60`);
    assert.equal(longer.json['metadata'].deletionTimestamp, first.json['metadata'].deletionTimestamp);
    const sooner = await test.call('DELETE', `${pods}/graceful`, { body: { gracePeriodSeconds: 5 } });
    assert.equal(Date.parse(first.json['metadata'].deletionTimestamp) - Date.parse(sooner.json['metadata'].deletionTimestamp), 25_000);
    assert.equal((await test.call('DELETE', `${pods}/graceful?gracePeriodSeconds=0`)).json['kind'], 'Pod');
    assert.equal((await test.call('GET', `${pods}/graceful`)).status, 404);
  });

  it('answers Status for kinds whose storage does so upstream', async () => {
    await test.call('POST', deployments, { body: deployment('gone') });
    const { json } = await test.call('DELETE', `${deployments}/gone`);
    assert.deepEqual(
      [json['kind'], json['status'], json['details'].name, json['details'].kind, json['details'].group],
      ['Status', 'Success', 'gone', 'deployments', 'apps'],
    );
  });

  it('keeps an object until its finalizers are gone', async () => {
    await test.call('POST', deployments, { body: { ...deployment('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } } });
    const marked = await test.call('DELETE', `${deployments}/held`, { body: { propagationPolicy: 'Foreground' } });
    assert.deepEqual(marked.json['metadata'].finalizers, ['example.com/hold', 'foregroundDeletion']);
    assert.equal(marked.json['metadata'].deletionGracePeriodSeconds, 0);
    const more = await test.call('PATCH', `${deployments}/held`, {
      body: { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } },
      headers: merge,
    });
    assert.match(more.json['message'], /no new finalizers can be added if the object is being deleted/);
    assert.equal((await test.call('PATCH', `${deployments}/held`, { body: { metadata: { finalizers: null } }, headers: merge })).status, 200);
    assert.equal((await test.call('GET', `${deployments}/held`)).status, 404);
  });

  it('checks preconditions of deletes', async () => {
    await test.call('POST', deployments, { body: deployment('pre') });
    const answer = await test.call('DELETE', `${deployments}/pre`, { body: { preconditions: { uid: 'nope' } } });
    assert.deepEqual([answer.status, answer.json['reason']], [409, 'Conflict']);
    assert.equal((await test.call('DELETE', `${deployments}/pre?dryRun=All`)).status, 200);
    assert.equal((await test.call('GET', `${deployments}/pre`)).status, 200);
  });

  it('deletes collections by selector', async () => {
    for (const [name, group] of [
      ['c1', 'a'],
      ['c2', 'a'],
      ['c3', 'b'],
    ] as const)
      await test.call('POST', '/api/v1/namespaces/coll/configmaps', { body: { metadata: { name, labels: { group } } } });
    assert.equal((await test.call('DELETE', '/api/v1/namespaces/coll/configmaps?labelSelector=group%3Da')).status, 200);
    const left = (await test.call('GET', '/api/v1/namespaces/coll/configmaps')).json['items'].map((item: { metadata: { name: string } }) => item.metadata.name);
    assert.deepEqual(left, ['c3']);
  });

  it('serves one stored object under two groups', async () => {
    await test.call('POST', '/api/v1/namespaces/default/events', { body: { metadata: { name: 'e1' }, message: 'hello', involvedObject: {} } });
    const other = await test.call('GET', '/apis/events.k8s.io/v1/namespaces/default/events/e1');
    assert.deepEqual([other.json['apiVersion'], other.json['note'], other.json['message']], ['events.k8s.io/v1', 'hello', undefined]);
    await test.call('POST', '/apis/events.k8s.io/v1/namespaces/default/events', { body: { metadata: { name: 'e2' }, note: 'there' } });
    const core = await test.call('GET', '/api/v1/namespaces/default/events/e2');
    assert.deepEqual([core.json['apiVersion'], core.json['message']], ['v1', 'there']);
    assert.equal((await test.call('GET', '/apis/events.k8s.io/v1/events')).json['items'].length, 2);
  });

  it('converts between versions of a custom resource, defaults and warns of deprecation', async () => {
    const { json } = await test.call('POST', '/apis/example.com/v1/namespaces/default/widgets', {
      body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size: 1 } },
    });
    assert.equal(json['spec'].color, 'blue');
    const old = await test.call('GET', '/apis/example.com/v1beta1/namespaces/default/widgets/w');
    assert.deepEqual([old.json['apiVersion'], old.headers['warning']], ['example.com/v1beta1', '299 - "example.com/v1beta1 Widget is deprecated"']);
    const unconditional = await test.call('PUT', '/apis/example.com/v1/namespaces/default/widgets/w', {
      body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: {} },
    });
    assert.match(unconditional.json['message'], /metadata\.resourceVersion: Invalid value: 0: must be specified for an update/);
  });

  it('lets admission change and refuse', async () => {
    using labels = test.points.admission.add({
      name: 'labels',
      origin: 'test',
      implementation: {
        handles: ({ resource, operation }) => resource.resource === 'secrets' && operation !== 'DELETE',
        mutate: ({ object }) => ({
          kind: 'replace',
          object: { ...object!, metadata: { ...object!.metadata, labels: { by: 'admission' } } },
          warnings: ['labelled'],
        }),
        validate: (request) =>
          request.object!['type'] === 'bad' ? { kind: 'deny', error: forbidden(request.resource, request.name, 'bad type') } : { kind: 'allow' },
      },
    });
    void labels;
    const { json, headers } = await test.call('POST', '/api/v1/namespaces/default/secrets', { body: { metadata: { name: 's' } } });
    assert.deepEqual([json['metadata'].labels, headers['warning']], [{ by: 'admission' }, '299 - "labelled"']);
    const refused = await test.call('POST', '/api/v1/namespaces/default/secrets', { body: { metadata: { name: 't' }, type: 'bad' } });
    assert.deepEqual([refused.status, refused.json['message']], [403, 'secrets "t" is forbidden: bad type']);
  });
});
