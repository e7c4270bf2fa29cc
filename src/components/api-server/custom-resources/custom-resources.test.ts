import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '../../../client/testing/settle.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import {
  conditionsOf,
  cronTab,
  cronTabs,
  cronTabsPath,
  define,
  definitionsPath,
  type Json,
  must,
  restarted,
  startCustomServer,
  until,
  versionNamed,
} from './custom-resources.fixture.ts';

describe('a custom resource definition', () => {
  it('is established in the answer to its create, and its resource is there for the next request', async () => {
    await using server = await startCustomServer();
    const created = await define(server);
    assert.deepEqual(conditionsOf(created), [
      'NamesAccepted=True NoConflicts: no conflicts found',
      'Established=True InitialNamesAccepted: the initial names have been accepted',
    ]);
    assert.deepEqual(created['status'].acceptedNames, created['spec'].names);
    assert.deepEqual(created['status'].storedVersions, ['v1']);
    const object = await must(server.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    assert.equal(object['metadata'].generation, 1);
    const { resources } = await must(server.call('GET', '/apis/stable.example.com/v1'), 200);
    assert.deepEqual(resources[0].shortNames, ['ct']);
    assert.equal((await must(server.call('GET', '/apis/stable.example.com'), 200))['preferredVersion'].version, 'v1');
  });

  it('records what the server makes of its status as a write of its own, and nothing that creators may not say', async () => {
    await using server = await startCustomServer();
    const definition = cronTabs();
    definition['metadata'] = { ...definition['metadata'], deletionTimestamp: '2020-01-01T00:00:00Z', deletionGracePeriodSeconds: 3 };
    const query = '?fieldManager=me';
    const created = await must(server.call('POST', definitionsPath + query, { body: definition }), 201);
    const condition = { '.': {}, 'f:lastTransitionTime': {}, 'f:message': {}, 'f:reason': {}, 'f:status': {}, 'f:type': {} };
    const status = {
      'f:acceptedNames': { 'f:kind': {}, 'f:listKind': {}, 'f:plural': {}, 'f:shortNames': {}, 'f:singular': {} },
      'f:conditions': { 'k:{"type":"Established"}': condition, 'k:{"type":"NamesAccepted"}': condition },
    };
    const entries = created['metadata'].managedFields as Json[];
    const by = (name: string): Json => entries.find(({ manager }) => manager === name)!;
    const [creator, own] = [by('me'), by('kube-apiserver')];
    assert.equal(entries.length, 2);
    assert.deepEqual([creator['manager'], creator['operation'], Object.keys(creator['fieldsV1'])], ['me', 'Update', ['f:spec']]);
    const { time: _, ...rest } = own;
    const type = { apiVersion: 'apiextensions.k8s.io/v1', fieldsType: 'FieldsV1' };
    assert.deepEqual(rest, { ...type, fieldsV1: { 'f:status': status }, manager: 'kube-apiserver', operation: 'Update', subresource: 'status' });
    const labels = { body: { metadata: { labels: { a: 'b' } } }, headers: merge };
    const changed = await must(server.call('PATCH', `${definitionsPath}/crontabs.stable.example.com${query}`, labels), 200);
    assert.deepEqual(changed['metadata'].managedFields.find(({ manager }: Json) => manager === 'kube-apiserver').fieldsV1, { 'f:status': status });
  });

  it('is in every document by which clients learn what there is, and leaves them again', async () => {
    await using server = await startCustomServer();
    const aggregated = async (version: string): Promise<string[]> => {
      const accept = `application/json;as=APIGroupDiscoveryList;v=${version};g=apidiscovery.k8s.io`;
      const { items } = await must(server.call('GET', '/apis', { headers: { accept } }), 200);
      return items.flatMap(({ versions }: Json) => versions[0].resources.map(({ resource }: Json) => resource));
    };
    const tagOf = async (path: string): Promise<unknown> => (await server.call('GET', path)).headers['etag'];
    const isThere = async (): Promise<boolean[]> => [
      (await must(server.call('GET', '/apis'), 200))['groups'].some(({ name }: Json) => name === 'stable.example.com'),
      (await aggregated('v2')).includes('crontabs'),
      (await aggregated('v2beta1')).includes('crontabs'),
      (await must(server.call('GET', '/openapi/v3'), 200))['paths']['apis/stable.example.com/v1'] !== undefined,
      (await must(server.call('GET', '/openapi/v2'), 200))['definitions']['com.example.stable.v1.CronTab'] !== undefined,
    ];
    const before = [await tagOf('/openapi/v2'), await tagOf('/openapi/v3')];
    assert.deepEqual(await isThere(), [false, false, false, false, false]);
    await define(server);
    assert.deepEqual(await isThere(), [true, true, true, true, true]);
    const after = [await tagOf('/openapi/v2'), await tagOf('/openapi/v3')];
    after.forEach((tag, index) => assert.notEqual(tag, before[index]));
    await must(server.call('DELETE', `${definitionsPath}/crontabs.stable.example.com`), 200);
    await until(
      () => server.call('GET', `${definitionsPath}/crontabs.stable.example.com`),
      ({ status }) => status === 404,
    );
    assert.deepEqual(await isThere(), [false, false, false, false, false]);
    assert.deepEqual([await tagOf('/openapi/v2'), await tagOf('/openapi/v3')], before);
  });

  it('is served again after a restart', async () => {
    await using first = await startCustomServer();
    await define(first);
    await must(first.call('POST', cronTabsPath, { body: cronTab('a') }), 201);
    await using second = await restarted(first);
    assert.equal((await must(second.call('GET', `${cronTabsPath}/a`), 200))['spec'].image, 'my-awesome-cron-image');
  });

  it('is not found in a version that is not served, and again when it is', async () => {
    await using server = await startCustomServer();
    await define(server, cronTabs({ versions: [versionNamed('v1'), versionNamed('v1beta1', { served: false })] }));
    const path = '/apis/stable.example.com/v1beta1/crontabs';
    await must(server.call('GET', path), 404);
    const served = { spec: { versions: [versionNamed('v1'), versionNamed('v1beta1')] } };
    await must(server.call('PATCH', `${definitionsPath}/crontabs.stable.example.com`, { body: served, headers: merge }), 200);
    assert.equal((await must(server.call('GET', path), 200))['apiVersion'], 'stable.example.com/v1beta1');
  });
});

const merge = { 'content-type': 'application/merge-patch+json' };

describe('names', () => {
  it('that another definition has are conflicts, until it goes', async () => {
    await using server = await startCustomServer();
    await define(server);
    const cases = [
      [{ plural: 'others', singular: 'crontab', kind: 'Other', listKind: 'OtherList', shortNames: [] }, 'SingularConflict', '"crontab" is already in use'],
      [{ plural: 'ct', singular: 'other', kind: 'Other', listKind: 'OtherList', shortNames: [] }, 'PluralConflict', '"ct" is already in use'],
      [
        { plural: 'others', singular: 'other', kind: 'Other', listKind: 'OtherList', shortNames: ['ct', 'x', 'crontab'] },
        'ShortNamesConflict',
        '["ct" is already in use, "crontab" is already in use]',
      ],
      [{ plural: 'others', singular: 'other', kind: 'CronTab', listKind: 'OtherList', shortNames: [] }, 'KindConflict', '"CronTab" is already in use'],
      [{ plural: 'others', singular: 'other', kind: 'Other', listKind: 'CronTabList', shortNames: [] }, 'ListKindConflict', '"CronTabList" is already in use'],
    ] as const;
    for (const [names, reason, message] of cases) {
      const refused = await define(server, cronTabs({ names }));
      assert.deepEqual(conditionsOf(refused), [`NamesAccepted=False ${reason}: ${message}`, 'Established=False NotAccepted: not all names are accepted']);
      await must(server.call('GET', `/apis/stable.example.com/v1/${names.plural}`), 404);
      await must(server.call('DELETE', `${definitionsPath}/${names.plural}.stable.example.com`), 200);
      await until(
        () => server.call('GET', `${definitionsPath}/${names.plural}.stable.example.com`),
        ({ status }) => status === 404,
      );
    }
    const waiting = cases[3][0];
    await define(server, cronTabs({ names: waiting }));
    await must(server.call('DELETE', `${definitionsPath}/crontabs.stable.example.com`), 200);
    await until(
      () => server.call('GET', '/apis/stable.example.com/v1/others'),
      ({ status }) => status === 200,
    );
    const accepted = await must(server.call('GET', `${definitionsPath}/others.stable.example.com`), 200);
    assert.deepEqual(conditionsOf(accepted)[0], 'NamesAccepted=True NoConflicts: no conflicts found');
  });

  it('that are asked for at the same moment go to one definition only', async () => {
    await using server = await startCustomServer();
    const same = { singular: 'same', kind: 'Same', listKind: 'SameList', shortNames: [] };
    const created = await Promise.all(['ones', 'twos', 'threes'].map((plural) => define(server, cronTabs({ names: { ...same, plural } }))));
    assert.equal(created.filter((definition) => conditionsOf(definition)[1]!.startsWith('Established=True')).length, 1);
    const { resources } = await must(server.call('GET', '/apis/stable.example.com/v1'), 200);
    assert.equal(resources.length, 1);
  });

  it('that several wait for go to one of them when they come free', async () => {
    const wants = [
      [{ kind: 'CronTab', listKind: 'CronTabList' }, 'ListKindConflict'],
      [{ shortNames: ['ct'] }, 'ShortNamesConflict'],
      [{ singular: 'crontab' }, 'SingularConflict'],
    ] as const;
    for (const [wanted, reason] of wants) {
      await using server = await startCustomServer();
      await define(server);
      const waiting = ['ones', 'twos', 'threes'];
      for (const plural of waiting)
        await define(server, cronTabs({ names: { plural, singular: `${plural}-one`, kind: plural, listKind: `${plural}List`, shortNames: [], ...wanted } }));
      await must(server.call('DELETE', `${definitionsPath}/crontabs.stable.example.com`), 200);
      const stand = async (): Promise<string[]> =>
        (await must(server.call('GET', definitionsPath), 200))['items'].map((item: Json) => conditionsOf(item)[0]!.split(':')[0]!).sort();
      await until(stand, (now) => now.length === waiting.length && now.includes('NamesAccepted=True NoConflicts'));
      for (let turn = 0; turn < 5; turn++) await settle();
      assert.deepEqual(await stand(), [`NamesAccepted=False ${reason}`, `NamesAccepted=False ${reason}`, 'NamesAccepted=True NoConflicts']);
    }
  });

  it('of kinds that need no definition are conflicts too', async () => {
    await using server = await startCustomServer();
    const widgets = cronTabs({ group: 'example.com', names: { plural: 'widgets', singular: 'w', kind: 'W', listKind: 'WList', shortNames: [] } });
    widgets['metadata'].name = 'widgets.example.com';
    assert.match(conditionsOf(await define(server, widgets))[0]!, /PluralConflict: "widgets" is already in use/);
  });

  it('that were accepted stay when others are asked for that are taken', async () => {
    await using server = await startCustomServer();
    await define(server);
    await define(server, cronTabs({ names: { plural: 'others', singular: 'other', kind: 'Other', listKind: 'OtherList', shortNames: ['o'] } }));
    const changed = await must(
      server.call('PATCH', `${definitionsPath}/others.stable.example.com`, { body: { spec: { names: { shortNames: ['ct'] } } }, headers: merge }),
      200,
    );
    assert.deepEqual(conditionsOf(changed), [
      'NamesAccepted=False ShortNamesConflict: "ct" is already in use',
      'Established=True InitialNamesAccepted: the initial names have been accepted',
    ]);
    assert.deepEqual(changed['status'].acceptedNames.shortNames, ['o']);
    await must(server.call('GET', '/apis/stable.example.com/v1/others'), 200);
  });
});

describe('deletion of a definition', () => {
  it('removes its objects first, respects their finalizers, and refuses new ones meanwhile', async () => {
    await using server = await startCustomServer();
    await define(server);
    await must(server.call('POST', cronTabsPath, { body: cronTab('plain') }), 201);
    await must(server.call('POST', cronTabsPath, { body: cronTab('held', { metadata: { finalizers: ['example.com/hold'] } }) }), 201);
    const path = `${definitionsPath}/crontabs.stable.example.com`;
    const watch = server.call('GET', `${cronTabsPath}?watch=true`);
    const going = await must(server.call('DELETE', path), 200);
    assert.equal(going['metadata'].generation, 1);
    assert.equal(going['metadata'].deletionGracePeriodSeconds, undefined);
    assert.deepEqual(going['metadata'].finalizers, ['customresourcecleanup.apiextensions.k8s.io']);
    assert.match(conditionsOf(going)[2]!, /^Terminating=True InstanceDeletionPending: /);
    const refused = await must(server.call('POST', cronTabsPath, { body: cronTab('new') }), 403);
    assert.equal(refused['message'], 'crontabs.stable.example.com "new" is forbidden: create not allowed while custom resource definition is terminating');
    assert.deepEqual([refused['reason'], refused['details']], ['Forbidden', { name: 'new', group: 'stable.example.com', kind: 'crontabs' }]);
    await until(
      () => must(server.call('GET', cronTabsPath), 200),
      ({ items }) => items.length === 1,
    );
    assert.deepEqual((await must(server.call('GET', '/apis/stable.example.com/v1'), 200))['resources'][0].verbs, [
      'delete',
      'deletecollection',
      'get',
      'list',
      'watch',
    ]);
    assert.match(conditionsOf(await must(server.call('GET', path), 200))[2]!, /^Terminating=True InstanceDeletionInProgress: /);
    await must(server.call('PATCH', `${cronTabsPath}/held`, { body: { metadata: { finalizers: null } }, headers: merge }), 200);
    await until(
      () => server.call('GET', path),
      ({ status }) => status === 404,
    );
    await must(server.call('GET', cronTabsPath), 404);
    await must(server.call('GET', '/apis/stable.example.com'), 404);
    const events = (await watch).text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as Json)['type']);
    assert.deepEqual(events.sort(), ['ADDED', 'ADDED', 'DELETED', 'DELETED', 'MODIFIED'], 'a watch goes on until the definition goes');
  });

  it('says once that it waits long for finalizers, and then writes nothing until they are gone', async () => {
    const clock = new ManualClock(Date.now());
    await using server = await startCustomServer({ clock });
    await define(server);
    await must(server.call('POST', cronTabsPath, { body: cronTab('held', { metadata: { finalizers: ['example.com/hold'] } }) }), 201);
    const path = `${definitionsPath}/crontabs.stable.example.com`;
    await must(server.call('DELETE', path), 200);
    const stage = async (): Promise<string | undefined> => conditionsOf(await must(server.call('GET', path), 200))[2];
    await until(stage, (now) => now?.includes('InstanceDeletionInProgress') === true);
    await until(
      async () => {
        await clock.advance(61_000);
        return stage();
      },
      (now) => now?.includes('InstanceDeletionCheck') === true,
    );
    for (let turn = 0; turn < 5; turn++) await settle();
    const { revision } = server.store;
    await clock.advance(120_000);
    for (let turn = 0; turn < 5; turn++) await settle();
    await stage();
    assert.equal(server.store.revision, revision);
    await must(server.call('PATCH', `${cronTabsPath}/held`, { body: { metadata: { finalizers: null } }, headers: merge }), 200);
    await until(
      () => server.call('GET', path),
      ({ status }) => status === 404,
    );
  });

  it('goes on after a restart', async () => {
    await using first = await startCustomServer();
    await define(first);
    await must(first.call('POST', cronTabsPath, { body: cronTab('held', { metadata: { finalizers: ['example.com/hold'] } }) }), 201);
    const path = `${definitionsPath}/crontabs.stable.example.com`;
    await must(first.call('DELETE', path), 200);
    await until(
      () => must(first.call('GET', `${cronTabsPath}/held`), 200),
      ({ metadata }) => metadata.deletionTimestamp !== undefined,
    );
    await using second = await restarted(first);
    await must(second.call('POST', cronTabsPath, { body: cronTab('new') }), 403);
    await must(second.call('PATCH', `${cronTabsPath}/held`, { body: { metadata: { finalizers: null } }, headers: merge }), 200);
    await until(
      () => second.call('GET', path),
      ({ status }) => status === 404,
    );
  });
});
