import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cronTab, cronTabs, cronTabsPath, define, definitionsPath, type Json, must, startCustomServer, versionNamed } from './custom-resources.fixture.ts';

const merge = { 'content-type': 'application/merge-patch+json' };
const scalePath = `${cronTabsPath}/a/scale`;
const status = { status: {} };
const scale = { scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.labelSelector' } };
const withParts = (subresources: Json, more: Json = {}): Json => cronTabs({ versions: [versionNamed('v1', { subresources, ...more })] });

describe('the status of a custom resource', () => {
  it('with a status sub-resource is written there only, and does not raise the generation', async () => {
    await using server = await startCustomServer();
    await define(server, withParts(status));
    const created = await must(server.call('POST', cronTabsPath, { body: cronTab('a', { status: { replicas: 1 } }) }), 201);
    assert.equal(created['status'], undefined);
    const kept = await must(server.call('PATCH', `${cronTabsPath}/a`, { body: { status: { replicas: 1 } }, headers: merge }), 200);
    assert.deepEqual([kept['status'], kept['metadata'].generation, kept['metadata'].resourceVersion], [undefined, 1, created['metadata'].resourceVersion]);
    const body = { status: { replicas: 2 }, spec: { replicas: 7 }, metadata: { labels: { a: 'b' } } };
    const written = await must(server.call('PATCH', `${cronTabsPath}/a/status`, { body, headers: merge }), 200);
    assert.deepEqual(
      [written['status'], written['spec'].replicas, written['metadata'].generation, written['metadata'].labels],
      [{ replicas: 2 }, undefined, 1, undefined],
    );
    const raised = await must(server.call('PATCH', `${cronTabsPath}/a`, { body: { ...body, status: null }, headers: merge }), 200);
    assert.deepEqual([raised['status'], raised['spec'].replicas, raised['metadata'].generation], [{ replicas: 2 }, 7, 2]);
    const labelled = await must(server.call('PATCH', `${cronTabsPath}/a`, { body: { metadata: { labels: { c: 'd' } } }, headers: merge }), 200);
    assert.equal(labelled['metadata'].generation, 2);
  });

  it('without one is a field as any other', async () => {
    await using server = await startCustomServer();
    await define(server);
    const created = await must(server.call('POST', cronTabsPath, { body: cronTab('a', { status: { replicas: 1 } }) }), 201);
    assert.deepEqual(created['status'], { replicas: 1 });
    const changed = await must(server.call('PATCH', `${cronTabsPath}/a`, { body: { status: { replicas: 2 } }, headers: merge }), 200);
    assert.deepEqual([changed['status'], changed['metadata'].generation], [{ replicas: 2 }, 2]);
    await must(server.call('GET', `${cronTabsPath}/a/status`), 404);
  });
});

describe('a patch that makes a custom resource another type', () => {
  const cases: [body: Json, message: string][] = [
    [{ kind: 'Bar' }, 'Bar.stable.example.com "a" is invalid: kind: Invalid value: "Bar": must be CronTab'],
    [{ apiVersion: 'x/v1' }, 'CronTab.x "a" is invalid: apiVersion: Invalid value: "x/v1": must be stable.example.com/v1'],
    [
      { kind: 'Bar', apiVersion: 'v2' },
      'Bar "a" is invalid: [kind: Invalid value: "Bar": must be CronTab, apiVersion: Invalid value: "v2": must be stable.example.com/v1]',
    ],
  ];
  for (const [body, message] of cases) {
    it(`is refused: ${JSON.stringify(body)}`, async () => {
      await using server = await startCustomServer();
      await define(server);
      await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
      assert.equal((await must(server.call('PATCH', `${cronTabsPath}/a`, { body, headers: merge }), 422))['message'], message);
    });
  }
});

describe('the scale of a custom resource', () => {
  it('reads and writes where the paths of the definition point', async () => {
    await using server = await startCustomServer();
    await define(server, withParts({ ...status, ...scale }));
    await must(server.call('POST', cronTabsPath, { body: cronTab('a', { spec: { replicas: 3 } }) }), 201);
    await must(server.call('PATCH', `${cronTabsPath}/a/status`, { body: { status: { replicas: 2, labelSelector: 'app=a' } }, headers: merge }), 200);
    const read = await must(server.call('GET', scalePath), 200);
    assert.deepEqual([read['kind'], read['spec'], read['status']], ['Scale', { replicas: 3 }, { replicas: 2, selector: 'app=a' }]);
    const written = await must(server.call('PATCH', scalePath, { body: { spec: { replicas: 5 } }, headers: merge }), 200);
    assert.equal(written['spec'].replicas, 5);
    const object = await must(server.call('GET', `${cronTabsPath}/a`), 200);
    assert.deepEqual([object['spec'].replicas, object['status'], object['metadata'].generation], [5, { replicas: 2, labelSelector: 'app=a' }, 2]);
    const { message } = await must(server.call('PATCH', scalePath, { body: { spec: { replicas: -1 } }, headers: merge }), 422);
    const refusal = (replicas: number): string =>
      `CronTab.stable.example.com "a" is invalid: .spec.replicas: Invalid value: ${replicas}: should be a non-negative integer`;
    assert.equal(message, refusal(-1));
    const below = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'a', namespace: 'default' }, spec: { replicas: -5 } };
    const { details, ...put } = await must(server.call('PUT', scalePath, { body: below }), 422);
    assert.deepEqual([put['message'], details.kind, details.group, details.causes[0].field], [refusal(-5), 'CronTab', 'stable.example.com', '.spec.replicas']);
    const strategic = { body: {}, headers: { 'content-type': 'application/strategic-merge-patch+json' } };
    await must(server.call('PATCH', scalePath, strategic), 415);
  });

  it('of an object without the field cannot be read, but set', async () => {
    await using server = await startCustomServer();
    await define(server, withParts({ scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } }));
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    const missing = await must(server.call('GET', scalePath), 500);
    assert.equal(missing['message'], 'Internal error occurred: the spec replicas field ".spec.replicas" does not exist');
    const empty = await must(server.call('PATCH', scalePath, { body: { metadata: { labels: {} } }, headers: merge }), 400);
    assert.equal(empty['message'], 'the spec replicas field ".spec.replicas" cannot be empty');
    const set = await must(server.call('PATCH', scalePath, { body: { spec: { replicas: 2 } }, headers: merge }), 200);
    assert.deepEqual([set['spec'], set['status']], [{ replicas: 2 }, { replicas: 0 }]);
  });
});

describe('the table of a custom resource', () => {
  const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const columns = [
    { name: 'Spec', type: 'string', jsonPath: '.spec.cronSpec', description: 'When' },
    { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ];

  it('has the columns of the definition, empty where nothing is', async () => {
    await using server = await startCustomServer();
    await define(server, withParts({}, { additionalPrinterColumns: columns }));
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    const { columnDefinitions, rows } = await must(server.call('GET', cronTabsPath, { headers: table }), 200);
    assert.deepEqual(
      columnDefinitions.map(({ name, type, format, priority }: Json) => [name, type, format, priority]),
      [
        ['Name', 'string', 'name', 0],
        ['Spec', 'string', '', 0],
        ['Replicas', 'integer', '', 1],
        ['Age', 'date', '', 0],
      ],
    );
    assert.equal(columnDefinitions[2].description, 'Custom resource definition column (in JSONPath format): .spec.replicas');
    assert.deepEqual(rows[0].cells.slice(0, 3), ['a', '* * * * */5', null]);
    assert.match(rows[0].cells[3], /^\d+s$/);
  });

  it('has name and age when the definition has no columns', async () => {
    await using server = await startCustomServer();
    await define(server);
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    const { columnDefinitions } = await must(server.call('GET', cronTabsPath, { headers: table }), 200);
    assert.deepEqual(
      columnDefinitions.map(({ name, type }: Json) => [name, type]),
      [
        ['Name', 'string'],
        ['Age', 'date'],
      ],
    );
  });
});

describe('selectable fields', () => {
  const selectable = { selectableFields: [{ jsonPath: '.spec.image' }, { jsonPath: '.spec.replicas' }] };

  it('select in lists, watches and deletions of collections', async () => {
    await using server = await startCustomServer();
    await define(server, withParts({}, selectable));
    for (const [name, replicas] of [
      ['a', 1],
      ['b', 2],
      ['c', 2],
    ] as const)
      await must(server.call('POST', cronTabsPath, { body: cronTab(name, { spec: { replicas } }) }), 201);
    const names = async (selector: string): Promise<string[]> =>
      (await must(server.call('GET', `${cronTabsPath}?fieldSelector=${encodeURIComponent(selector)}`), 200))['items'].map(
        ({ metadata }: Json) => metadata.name,
      );
    assert.deepEqual(await names('spec.replicas=2'), ['b', 'c']);
    assert.deepEqual(await names('spec.replicas!=2,spec.image=my-awesome-cron-image'), ['a']);
    const watch = await server.call('GET', `${cronTabsPath}?watch=true&timeoutSeconds=1&fieldSelector=spec.replicas%3D1`);
    assert.deepEqual(
      watch.text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as Json)['object'].metadata.name),
      ['a'],
    );
    await must(server.call('DELETE', `${cronTabsPath}?fieldSelector=spec.replicas%3D2`), 200);
    assert.deepEqual(await names('metadata.namespace=default'), ['a']);
  });

  for (const field of ['spec.cronSpec', 'spec.x']) {
    it(`do not include ${field}`, async () => {
      await using server = await startCustomServer();
      await define(server, withParts({}, selectable));
      const { message, reason } = await must(server.call('GET', `${cronTabsPath}?fieldSelector=${field}%3D1`), 400);
      assert.deepEqual([message, reason], [`field label not supported: ${field}`, 'BadRequest']);
    });
  }
});

describe('deprecated versions', () => {
  it('warn in every answer, in the words of the definition or of upstream', async () => {
    await using server = await startCustomServer();
    const versions = [
      versionNamed('v1'),
      versionNamed('v1beta1', { deprecated: true }),
      versionNamed('v1alpha1', { deprecated: true, deprecationWarning: 'use something else' }),
    ];
    await define(server, cronTabs({ versions }));
    const warning = async (version: string): Promise<unknown> => (await server.call('GET', `/apis/stable.example.com/${version}/crontabs`)).headers['warning'];
    assert.equal(await warning('v1'), undefined);
    assert.equal(await warning('v1beta1'), '299 - "stable.example.com/v1beta1 CronTab is deprecated; use stable.example.com/v1 CronTab"');
    assert.equal(await warning('v1alpha1'), '299 - "use something else"');
    const { versions: offered } = await must(server.call('GET', '/apis/stable.example.com'), 200);
    assert.deepEqual(
      offered.map(({ version }: Json) => version),
      ['v1', 'v1beta1', 'v1alpha1'],
    );
  });
});

describe('a change of the definition', () => {
  it('ends open watches, whose clients then see the new one', async () => {
    await using server = await startCustomServer();
    await define(server);
    const watch = server.call('GET', `${cronTabsPath}?watch=true&timeoutSeconds=300`);
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    const versions = [versionNamed('v1', { subresources: status })];
    await must(server.call('PATCH', `${definitionsPath}/crontabs.stable.example.com`, { body: { spec: { versions } }, headers: merge }), 200);
    await watch;
    await must(server.call('GET', `${cronTabsPath}/a/status`), 200);
  });

  it('of its labels alone leaves them open', async () => {
    await using server = await startCustomServer();
    await define(server);
    const watch = server.call('GET', `${cronTabsPath}?watch=true&timeoutSeconds=2`);
    await must(server.call('PATCH', `${definitionsPath}/crontabs.stable.example.com`, { body: { metadata: { labels: { a: 'b' } } }, headers: merge }), 200);
    await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    assert.match((await watch).text, /"ADDED"/);
  });
});

describe('scope', () => {
  it('decides where a resource is found', async () => {
    await using server = await startCustomServer();
    await define(server, cronTabs({ scope: 'Cluster' }));
    await must(server.call('POST', '/apis/stable.example.com/v1/crontabs', { body: cronTab('a') }), 201);
    await must(server.call('GET', '/apis/stable.example.com/v1/crontabs/a'), 200);
    await must(server.call('GET', `${cronTabsPath}/a`), 404);
    const { message } = await must(server.call('GET', '/apis/stable.example.com/v1/crontabs?fieldSelector=metadata.namespace%3Da'), 400);
    assert.equal(message, 'field label not supported: metadata.namespace');
  });
});
