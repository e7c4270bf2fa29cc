import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Deployment } from '../../api/generated/apps-v1.ts';
import type { ConfigMap } from '../../api/generated/core-v1.ts';
import { configmaps, deployments, pods } from '../../api/generated/resource-types.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../api/status.ts';
import type { Client, WatchEvent } from '../../client/client.ts';
import { podNamed, startTestServer, type TestServer } from './test-server.fixture.ts';

const map = (name: string, data: Record<string, string> = {}): ConfigMap => ({ metadata: { name }, data });

describe('the in-process client', () => {
  let test: TestServer;
  let client: Client;
  before(async () => {
    test = await startTestServer({ authorizer: { authorize: ({ user }) => ({ kind: user.name === 'admin' ? 'allow' : 'no-opinion', reason: '' }) } });
    client = test.server.client({ name: 'admin', groups: [] });
  });
  after(() => test[Symbol.asyncDispose]());

  it('hands out the stored object itself', async () => {
    const created = await client.create(configmaps, map('a', { x: 'y' }), { namespace: 'default' });
    const read = await client.get(configmaps, { namespace: 'default', name: 'a' });
    assert.equal(read, created);
    assert.ok(Object.isFrozen(read.data));
    assert.equal((await client.list(configmaps, { namespace: 'default' })).items[0], read);
    assert.equal(test.store.collection('configmaps').get({ namespace: 'default', name: 'a' })!.object, read as never);
  });

  it("leaves the caller's object alone", async () => {
    const mine = map('mine');
    await client.create(configmaps, mine, { namespace: 'default' });
    assert.deepEqual(mine, map('mine'));
    await assert.rejects(client.create(configmaps, mine, { namespace: 'default' }), isAlreadyExists);
  });

  it('replaces, patches, applies and deletes', async () => {
    const { metadata } = await client.create(configmaps, map('b'), { namespace: 'default' });
    const replaced = await client.replace(configmaps, { metadata, data: { one: '1' } });
    await assert.rejects(client.replace(configmaps, { metadata, data: { two: '2' } }), isConflict);
    assert.deepEqual(replaced.data, { one: '1' });
    assert.deepEqual((await client.patch(configmaps, { namespace: 'default', name: 'b' }, { type: 'merge', body: { data: { three: '3' } } })).data, {
      one: '1',
      three: '3',
    });
    const applied = await client.apply(configmaps, { metadata: { name: 'b', namespace: 'default' }, data: { four: '4' } }, { fieldManager: 'me' });
    assert.deepEqual(applied.data, { one: '1', three: '3', four: '4' });
    await client.delete(configmaps, { namespace: 'default', name: 'b' });
    await assert.rejects(client.get(configmaps, { namespace: 'default', name: 'b' }), isNotFound);
  });

  it('goes through sub-resources', async () => {
    const { deployment } = {
      deployment: {
        metadata: { name: 'd', namespace: 'default' },
        spec: { replicas: 1, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c' }] } } },
      } as Deployment,
    };
    await client.create(deployments, deployment);
    const updated = await client.patch(
      deployments,
      { namespace: 'default', name: 'd' },
      { type: 'merge', body: { status: { replicas: 1 } } },
      { subresource: 'status' },
    );
    assert.equal(updated.status?.replicas, 1);
    const scale = await client.get(deployments, { namespace: 'default', name: 'd' }, { subresource: 'scale' });
    assert.equal(scale.kind, 'Scale');
    await client.create(pods, podNamed('p') as never, { namespace: 'default' });
    const answer = await client.createSubresource<{ status: string }>(pods, { namespace: 'default', name: 'p' }, 'binding', {
      apiVersion: 'v1',
      kind: 'Binding',
      target: { name: 'n' },
    });
    assert.equal(answer.status, 'Success');
  });

  it('watches with selectors, initial events and shared objects', async () => {
    const stop = new AbortController();
    await client.create(configmaps, map('first'), { namespace: 'w' });
    const seen: WatchEvent<ConfigMap>[] = [];
    const watching = (async () => {
      for await (const event of client.watch(configmaps, { namespace: 'w', sendInitialEvents: true, allowWatchBookmarks: true, signal: stop.signal }))
        seen.push(event);
    })();
    while (seen.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const second = await client.create(configmaps, map('second'), { namespace: 'w' });
    while (seen.length < 3) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await watching;
    assert.deepEqual(
      seen.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`.trim()),
      ['ADDED first', 'BOOKMARK', 'ADDED second'],
    );
    assert.equal(seen[2]!.object, second);
  });

  it('tells of a revision that is too old', async () => {
    await using old = await startTestServer({ prepare: (storage) => Object.assign(storage, { revision: 10, compactedRevision: 10 }) });
    const watch = old.server.client({ name: 'x', groups: [] }).watch(configmaps, { resourceVersion: '5', signal: new AbortController().signal });
    await assert.rejects(
      async () => {
        for await (const _ of watch);
      },
      { code: 410 },
    );
  });

  it('is asked for authorization like everyone', async () => {
    const nobody = test.server.client({ name: 'nobody', groups: [] });
    await assert.rejects(nobody.list(configmaps), {
      code: 403,
      message: 'configmaps is forbidden: User "nobody" cannot list resource "configmaps" in API group "" at the cluster scope',
    });
    await assert.rejects(
      async () => {
        for await (const _ of nobody.watch(configmaps, { signal: new AbortController().signal }));
      },
      { code: 403 },
    );
  });

  it('deletes collections', async () => {
    await client.deleteCollection(configmaps, { namespace: 'w' });
    assert.equal((await client.list(configmaps, { namespace: 'w' })).items.length, 0);
  });
});
