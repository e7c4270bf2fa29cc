import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mintServingCertificate } from '../certificates/mint-certificate.ts';
import type { TestServer } from '../test-server.fixture.ts';
import { type ConversionWebhook, startConversionWebhook, success } from './conversion-webhook.fixture.ts';
import { cronTab, cronTabs, cronTabsPath, define, definitionsPath, type Json, must, startCustomServer, versionNamed } from './custom-resources.fixture.ts';

const merge = { 'content-type': 'application/merge-patch+json' };
const oldPath = '/apis/stable.example.com/v1beta1/namespaces/default/crontabs';
const definitionPath = `${definitionsPath}/crontabs.stable.example.com`;

const oldSchema = {
  schema: {
    openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { cronSpec: { type: 'string' }, picture: { type: 'string' } } } } },
  },
};

const twoVersions = (webhook: ConversionWebhook): Json =>
  cronTabs({ conversion: webhook.conversion, versions: [versionNamed('v1'), versionNamed('v1beta1', oldSchema)] });

describe('conversion by a webhook', () => {
  it('happens on reads and writes of the versions that are not stored', async () => {
    await using webhook = await startConversionWebhook();
    await using server = await startCustomServer();
    await define(server, twoVersions(webhook));
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    assert.equal(webhook.reviews.length, 0);
    const old = await must(server.call('GET', `${oldPath}/a`), 200);
    assert.deepEqual([old['apiVersion'], old['spec'].picture, old['spec'].image], ['stable.example.com/v1beta1', 'my-awesome-cron-image', undefined]);
    const [{ apiVersion, kind, request }] = webhook.reviews as [Json];
    assert.deepEqual(
      [apiVersion, kind, request.desiredAPIVersion, request.objects.length],
      ['apiextensions.k8s.io/v1', 'ConversionReview', 'stable.example.com/v1beta1', 1],
    );
    await must(server.call('PATCH', `${oldPath}/a`, { body: { spec: { picture: 'other' } }, headers: merge }), 200);
    const changed = await must(server.call('GET', `${cronTabsPath}/a`), 200);
    assert.deepEqual([changed['spec'].image, changed['metadata'].generation], ['other', 2]);
    assert.equal(webhook.connections(), 1);
  });

  it('is asked for anew by every request', async () => {
    await using webhook = await startConversionWebhook();
    await using server = await startCustomServer();
    await define(server, twoVersions(webhook));
    await must(server.call('POST', cronTabsPath, { body: cronTab('a', { metadata: { labels: { a: 'b' } } }) }), 201);
    const pictures = async (): Promise<unknown[]> => {
      const single = await must(server.call('GET', `${oldPath}/a`), 200);
      const listed = async (query: string): Promise<Json> => (await must(server.call('GET', `${oldPath}${query}`), 200))['items'][0];
      const watched = async (query: string): Promise<Json> => {
        const { text } = await server.call('GET', `${oldPath}?watch=true&timeoutSeconds=1${query}`);
        return (JSON.parse(text.split('\n')[0]!) as Json)['object'];
      };
      const one = 'fieldSelector=metadata.name%3Da';
      const seen = [single, await listed(''), await listed('?labelSelector=a%3Db'), await listed(`?${one}`)];
      seen.push(...(await Promise.all([watched(''), watched('&labelSelector=a%3Db'), watched(`&${one}`)])));
      return seen.map(({ spec }) => spec.picture);
    };
    for (const text of ['one', 'two']) {
      webhook.answer = changed((object) => ({ ...object, spec: { picture: text } }));
      assert.deepEqual(
        await pictures(),
        Array.from({ length: 7 }, () => text),
      );
    }
  });

  it('is asked for by a dry run as well', async () => {
    await using webhook = await startConversionWebhook();
    await using server = await startCustomServer();
    await define(server, twoVersions(webhook));
    const body = { ...cronTab('a', { spec: { picture: 'p', image: undefined } }), apiVersion: 'stable.example.com/v1beta1' };
    const created = await must(server.call('POST', `${oldPath}?dryRun=All`, { body }), 201);
    assert.deepEqual([created['apiVersion'], created['spec'].picture], ['stable.example.com/v1beta1', 'p']);
    assert.deepEqual(
      webhook.reviews.map(({ request }) => request.desiredAPIVersion),
      ['stable.example.com/v1', 'stable.example.com/v1beta1'],
    );
    webhook.answer = () => 500;
    const { message } = await must(server.call('POST', `${oldPath}?dryRun=All`, { body }), 500);
    assert.match(message, /^conversion webhook for stable\.example\.com\/v1beta1, Kind=CronTab failed: /);
    await must(server.call('POST', `${cronTabsPath}?dryRun=All`, { body: cronTab('a') }), 201);
  });

  it('of a list takes one request', async () => {
    await using webhook = await startConversionWebhook();
    await using server = await startCustomServer();
    await define(server, twoVersions(webhook));
    for (let index = 0; index < 70; index++) await must(server.call('POST', cronTabsPath, { body: cronTab(`c${index}`) }), 201);
    const { items, kind } = await must(server.call('GET', oldPath), 200);
    assert.equal(kind, 'CronTabList');
    assert.ok(items.every(({ apiVersion, spec }: Json) => apiVersion === 'stable.example.com/v1beta1' && spec.picture === 'my-awesome-cron-image'));
    assert.deepEqual(
      webhook.reviews.map(({ request }) => request.objects.length),
      [70],
    );
  });

  it('reaches watches of every version', async () => {
    await using webhook = await startConversionWebhook();
    await using server = await startCustomServer();
    await define(server, twoVersions(webhook));
    const watch = server.call('GET', `${oldPath}?watch=true&timeoutSeconds=1`);
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    const [line] = (await watch).text.trim().split('\n');
    const { type, object } = JSON.parse(line!) as Json;
    assert.deepEqual([type, object.apiVersion, object.spec.picture], ['ADDED', 'stable.example.com/v1beta1', 'my-awesome-cron-image']);
  });

  it('finds the webhook of a service, whose certificate is for the service', async () => {
    await using server = await startCustomServer();
    const request = { commonName: 'hook', days: 1, nowMs: Date.now(), serverNames: ['hook.default.svc'], serverAddresses: [] };
    const { certificatePem: cert, privateKeyPem: key } = await mintServingCertificate(server.ca, request);
    await using webhook = await startConversionWebhook({ cert, key, ca: server.ca.certificatePem });
    const { webhook: hook } = webhook.conversion;
    const { caBundle } = hook.clientConfig;
    const service = { namespace: 'default', name: 'hook', path: '/convert', port: 443 };
    const conversion = { strategy: 'Webhook', webhook: { ...hook, clientConfig: { service, caBundle } } };
    await define(server, { ...twoVersions(webhook), spec: { ...twoVersions(webhook)['spec'], conversion } });
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    const { message } = await must(server.call('GET', `${oldPath}/a`), 500);
    assert.equal(message, 'conversion webhook for stable.example.com/v1, Kind=CronTab failed: service "hook" not found');
    const at = { namespace: 'default', name: 'hook' };
    await server.store.commit([
      { prefix: 'services', key: at, object: { metadata: { ...at }, spec: { ports: [{ port: 443 }] } } },
      { prefix: 'endpoints', key: at, object: { metadata: { ...at }, subsets: [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port: webhook.port }] }] } },
    ]);
    assert.equal((await must(server.call('GET', `${oldPath}/a`), 200))['spec'].picture, 'my-awesome-cron-image');
  });

  it('that fails is told in a watch', async () => {
    await using webhook = await startConversionWebhook();
    await using server = await startCustomServer();
    await define(server, twoVersions(webhook));
    webhook.answer = () => 500;
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    const { text } = await server.call('GET', `${oldPath}?watch=true&timeoutSeconds=1`);
    const { type, object } = JSON.parse(text.trim().split('\n')[0]!) as Json;
    assert.deepEqual([type, object.kind, object.code], ['ERROR', 'Status', 500]);
    assert.match(object.message, /^conversion webhook for stable\.example\.com\/v1, Kind=CronTab failed: /);
  });

  it('is awaited where a selector looks at the converted form', async () => {
    await using webhook = await startConversionWebhook();
    await using server = await startCustomServer();
    const selectable = { ...oldSchema, selectableFields: [{ jsonPath: '.spec.picture' }] };
    await define(server, cronTabs({ conversion: webhook.conversion, versions: [versionNamed('v1'), versionNamed('v1beta1', selectable)] }));
    const query = 'fieldSelector=spec.picture%3Dother';
    const watch = server.call('GET', `${oldPath}?watch=true&timeoutSeconds=1&${query}`);
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    await must(server.call('POST', cronTabsPath, { body: cronTab('b', { spec: { image: 'other' } }) }), 201);
    const { items } = await must(server.call('GET', `${oldPath}?${query}`), 200);
    assert.deepEqual(
      items.map(({ metadata }: Json) => metadata.name),
      ['b'],
    );
    const events = (await watch).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json);
    assert.deepEqual(
      events.map(({ type, object }) => [type, object.metadata.name]),
      [['ADDED', 'b']],
    );
  });

  const refusals: { title: string; answer: (review: Json) => unknown; want: string }[] = [
    { title: 'an error status', answer: () => 500, want: 'failed: an error on the server ("out of order") has prevented the request from succeeding' },
    {
      title: 'another uid',
      answer: (review) => success(review, [], { uid: 'x' }),
      want: 'failed: expected response.uid="UID", got "x"',
    },
    { title: 'no response', answer: ({ apiVersion }) => ({ apiVersion, kind: 'ConversionReview' }), want: 'failed: no response provided' },
    {
      title: 'another kind',
      answer: () => ({ apiVersion: 'v1', kind: 'Status' }),
      want: 'failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got v1, Kind=Status',
    },
    {
      title: 'a failure with a message',
      answer: (review) => success(review, [], { result: { status: 'Failed', message: 'no idea' } }),
      want: 'failed: no idea',
    },
    {
      title: 'a failure without one',
      answer: (review) => success(review, [], { result: { status: 'Failed' } }),
      want: "failed: response.result.status was 'Failed', not 'Success'",
    },
    { title: 'too few objects', answer: (review) => success(review, []), want: 'returned 0 objects, expected 1' },
    {
      title: 'another version than asked for',
      answer: (review) => success(review, review['request'].objects),
      want: 'returned invalid object at index 0: invalid groupVersion (expected stable.example.com/v1beta1, received stable.example.com/v1)',
    },
    {
      title: 'another kind of object',
      answer: changed((object) => ({ ...object, kind: 'Other' })),
      want: 'returned invalid object at index 0: invalid kind (expected CronTab, received Other)',
    },
    {
      title: 'another name',
      answer: changed((object) => ({ ...object, metadata: { ...object['metadata'], name: 'b' } })),
      want: 'returned invalid object: must have the same name: a != b',
    },
    {
      title: 'another namespace',
      answer: changed((object) => ({ ...object, metadata: { ...object['metadata'], namespace: 'b' } })),
      want: 'returned invalid object: must have the same namespace: default != b',
    },
    {
      title: 'no metadata',
      answer: changed(({ metadata: _, ...object }) => object),
      want: 'returned invalid metadata: missing metadata in converted object',
    },
    {
      title: 'labels that are no texts',
      answer: changed((object) => ({ ...object, metadata: { ...object['metadata'], labels: { a: 1 } } })),
      want: 'returned invalid metadata: metadata.labels[a] must be a string, but is int64 in converted object',
    },
    { title: 'no JSON', answer: () => 'what?', want: 'failed: ' },
  ];
  for (const { title, answer, want } of refusals) {
    it(`that answers ${title} is a 500 in upstream's words`, async () => {
      await using webhook = await startConversionWebhook();
      await using server = await startCustomServer();
      await define(server, twoVersions(webhook));
      await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
      webhook.answer = answer;
      const refused = await must(server.call('GET', `${oldPath}/a`), 500);
      const message = (refused['message'] as string).replace(/uid="[\w-]{36}"/, 'uid="UID"');
      const wanted = `conversion webhook for stable.example.com/v1, Kind=CronTab ${want}`;
      if (want.endsWith(': ')) assert.ok(message.startsWith(wanted), message);
      else assert.equal(message, wanted);
      await must(server.call('GET', oldPath), 500);
      await must(server.call('GET', `${cronTabsPath}/a`), 200);
    });
  }

  it('by a webhook that is not there is a 500 that names its address', async () => {
    await using server = await startCustomServer();
    const webhook = await startConversionWebhook();
    await webhook[Symbol.asyncDispose]();
    await define(server, twoVersions(webhook));
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    const { message } = await must(server.call('GET', `${oldPath}/a`), 500);
    assert.equal(
      message,
      `conversion webhook for stable.example.com/v1, Kind=CronTab failed: Post "https://127.0.0.1:${webhook.port}/convert?timeout=30s": dial tcp 127.0.0.1:${webhook.port}: connect: connection refused`,
    );
  });

  it('keeps metadata but for labels and annotations', async () => {
    await using webhook = await startConversionWebhook();
    await using server = await startCustomServer();
    await define(server, twoVersions(webhook));
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    webhook.answer = changed((object) => ({
      ...object,
      metadata: { ...object['metadata'], labels: { a: 'b' }, finalizers: ['example.com/x'], generation: 9 },
    }));
    const { metadata } = await must(server.call('GET', `${oldPath}/a`), 200);
    assert.deepEqual([metadata.labels, metadata.finalizers, metadata.generation], [{ a: 'b' }, undefined, 1]);
  });
});

/** An answer whose objects are right but for one change. */
function changed(change: (object: Json) => Json): (review: Json) => unknown {
  return (review) =>
    success(
      review,
      review['request'].objects.map((object: Json) => change({ ...object, apiVersion: review['request'].desiredAPIVersion })),
    );
}

describe('the stored version', () => {
  const store = async (server: TestServer): Promise<void> => {
    await define(server, cronTabs({ versions: [versionNamed('v1', { storage: false }), versionNamed('v1beta1', { storage: true })] }));
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    const versions = [versionNamed('v1'), versionNamed('v1beta1')];
    const { status } = await must(server.call('PATCH', definitionPath, { body: { spec: { versions } }, headers: merge }), 200);
    assert.deepEqual(status.storedVersions, ['v1beta1', 'v1']);
  };
  const storedAs = ({ store: objects }: TestServer): string | undefined =>
    objects.collection('crontabs.stable.example.com').get({ namespace: 'default', name: 'a' })!.object.apiVersion;

  it('of old objects may differ: they are read in the version asked for', async () => {
    await using server = await startCustomServer();
    await store(server);
    assert.equal((await must(server.call('GET', `${cronTabsPath}/a`), 200))['apiVersion'], 'stable.example.com/v1');
    assert.equal((await must(server.call('GET', `${oldPath}/a`), 200))['apiVersion'], 'stable.example.com/v1beta1');
    const list = await must(server.call('GET', cronTabsPath), 200);
    assert.equal(list['items'][0].apiVersion, 'stable.example.com/v1');
    assert.equal(storedAs(server), 'stable.example.com/v1beta1');
  });

  it('becomes the newest when an object is written, even unchanged', async () => {
    await using server = await startCustomServer();
    await store(server);
    const { metadata } = await must(server.call('PATCH', `${cronTabsPath}/a`, { body: {}, headers: merge }), 200);
    assert.equal(storedAs(server), 'stable.example.com/v1');
    assert.equal(
      (await must(server.call('PATCH', `${cronTabsPath}/a`, { body: {}, headers: merge }), 200))['metadata'].resourceVersion,
      metadata.resourceVersion,
    );
    const migrated = await must(server.call('PATCH', `${definitionPath}/status`, { body: { status: { storedVersions: ['v1'] } }, headers: merge }), 200);
    assert.deepEqual(migrated['status'].storedVersions, ['v1']);
  });

  it('is shaped by the schema of today in a watch too, also where an object leaves what is selected', async () => {
    await using server = await startCustomServer();
    const versionWith = (properties: Json): Json =>
      versionNamed('v1', {
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
        selectableFields: [{ jsonPath: '.spec.image' }],
      });
    const image = { type: 'string' };
    await define(server, cronTabs({ versions: [versionWith({ image })] }));
    await must(server.call('POST', cronTabsPath, { body: cronTab('a', { spec: { image: 'x' } }) }), 201);
    const versions = [versionWith({ image, suspend: { type: 'boolean', default: false } })];
    await must(server.call('PATCH', definitionPath, { body: { spec: { versions } }, headers: merge }), 200);
    // Whatever was under way when the definition changed is long over.
    for (let index = 0; index < 260; index++) await server.store.commit([{ prefix: 'others', key: { name: 'n' + index }, object: { metadata: {} } }]);
    const watch = server.call('GET', `${cronTabsPath}?watch=true&timeoutSeconds=1&fieldSelector=spec.image%3Dx`);
    await must(server.call('GET', cronTabsPath), 200);
    await must(server.call('PATCH', `${cronTabsPath}/a`, { body: { spec: { image: 'y' } }, headers: merge }), 200);
    const events = (await watch).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json);
    const wanted = { image: 'x', suspend: false };
    assert.deepEqual(
      events.map(({ type, object: { spec } }) => [type, spec.image, spec.suspend]),
      [
        ['ADDED', wanted.image, wanted.suspend],
        ['DELETED', wanted.image, wanted.suspend],
      ],
    );
  });

  it('is pruned and defaulted on reads as the schema of today wants it', async () => {
    await using server = await startCustomServer();
    await define(server);
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    const properties = { cronSpec: { type: 'string' }, suspend: { type: 'boolean', default: false } };
    const versions = [versionNamed('v1', { schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } } })];
    await must(server.call('PATCH', definitionPath, { body: { spec: { versions } }, headers: merge }), 200);
    const wanted = { cronSpec: '* * * * */5', suspend: false };
    const single = await must(server.call('GET', `${cronTabsPath}/a`), 200);
    assert.deepEqual(single['spec'], wanted);
    const { items } = await must(server.call('GET', cronTabsPath), 200);
    assert.deepEqual(items, [single]);
  });
});
