import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configmaps, namespaces, pods, secrets } from '../../../api/generated/resource-types.ts';
import { ApiError } from '../../../api/status.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import type { ServedResources } from '../../../extension-points/controllers/served-resources.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { namespaceController } from './namespace.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'watch'];
const served: ServedResources = {
  resources: [configmaps, pods, namespaces, secrets].map((type) => ({
    type,
    verbs: type === secrets ? verbs.filter((verb) => verb !== 'deletecollection') : verbs,
  })),
  failures: new Map(),
};
const key = { name: 'team' };
const arrange = async ({ client }: { client: ControllerWorld['client'] }): Promise<void> => {
  await client.create(namespaces, { metadata: { name: 'team' }, spec: {} });
  await client.create(configmaps, { metadata: { namespace: 'team', name: 'c' } });
  await client.create(secrets, { metadata: { namespace: 'team', name: 's' } });
  await client.create(secrets, { metadata: { namespace: 'other', name: 's' } });
  await client.delete(namespaces, key);
};

controllerConformance('namespace', () => ({
  controller: namespaceController({ discover: () => served }),
  arrange: async (client) => arrange({ client: client as ControllerWorld['client'] }),
  isDone: (client) => client.store.get(namespaces, key) === undefined && client.store.list(secrets).length === 1,
}));

const conditions = (world: ControllerWorld): string[] =>
  (world.find(namespaces, key)?.status?.conditions ?? [])
    .filter(({ status }) => status === 'True')
    .map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

describe('namespaceController', () => {
  it('deletes pods first, and waits for them with everything else still there', async () => {
    await using world = new ControllerWorld();
    await world.client.create(pods, { metadata: { namespace: 'team', name: 'p' }, spec: { containers: [], nodeName: 'n', terminationGracePeriodSeconds: 30 } });
    await arrange(world);
    await world.start(namespaceController({ discover: () => served }));
    await settle(50);
    assert.deepEqual(conditions(world), ['NamespaceContentRemaining SomeResourcesRemain: Some resources are remaining: pods. has 1 resource instances']);
    assert.equal(world.find(namespaces, key)?.status?.phase, 'Terminating');
    assert.equal(world.list(configmaps).length, 1);
    await world.client.delete(pods, { namespace: 'team', name: 'p' }, { gracePeriodSeconds: 0 });
    await settle(50); // no clock: the end of the last pod is noticed at once
    assert.equal(world.find(namespaces, key), undefined);
    assert.equal(world.list(configmaps).length, 0);
  });

  it('tells which finalizers it waits for', async () => {
    await using world = new ControllerWorld();
    await world.client.create(configmaps, { metadata: { namespace: 'team', name: 'held', finalizers: ['example.com/hold'] } });
    await arrange(world);
    await world.start(namespaceController({ discover: () => served }));
    await settle(50);
    assert.deepEqual(conditions(world), [
      'NamespaceContentRemaining SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances',
      'NamespaceFinalizersRemaining SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    ]);
    await world.client.patch(configmaps, { namespace: 'team', name: 'held' }, { type: 'merge', body: { metadata: { finalizers: [] } } });
    await world.until(() => world.find(namespaces, key) === undefined, 'the end of the namespace');
  });

  it('keeps the namespace while some group cannot be discovered', async () => {
    await using world = new ControllerWorld();
    await arrange(world);
    let failures = new Map([['metrics.example.com/v1', 'the server is currently unable to handle the request']]);
    await world.start(namespaceController({ discover: () => ({ ...served, failures }) }));
    await settle(50);
    assert.match(
      conditions(world).join(),
      /^NamespaceDeletionDiscoveryFailure DiscoveryFailed: Discovery failed for some groups, 1 failing: .*metrics\.example\.com\/v1: the server/,
    );
    assert.equal(world.list(configmaps).length, 0);
    failures = new Map();
    await world.until(() => world.find(namespaces, key) === undefined, 'the end of the namespace');
  });

  it('says what could not be deleted, and deletes the rest', async () => {
    let isRefused = true;
    await using world = new ControllerWorld({
      intercept: ({ verb, resource, key: name }) => {
        if (isRefused && verb === 'delete' && resource === 'secrets' && name === 'team/s') throw new ApiError(403, 'Forbidden', 'a webhook says no');
      },
    });
    await arrange(world);
    await world.start(namespaceController({ discover: () => served }));
    await settle(50);
    assert.deepEqual(conditions(world), [
      'NamespaceDeletionContentFailure ContentDeletionFailed: Failed to delete all resource types, 1 remaining: a webhook says no',
    ]);
    assert.equal(world.list(configmaps).length, 0);
    isRefused = false;
    await world.until(() => world.find(namespaces, key) === undefined, 'the end of the namespace');
  });
});
