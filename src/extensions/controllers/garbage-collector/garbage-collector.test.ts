import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OwnerReference } from '../../../api/generated/meta-v1.ts';
import { clusterroles, configmaps, customresourcedefinitions, events, namespaces, pods, replicasets, secrets } from '../../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { groupVersion, type ResourceType } from '../../../api/resource-type.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { garbageCollectorController } from './garbage-collector.ts';

const verbs = ['create', 'delete', 'get', 'list', 'watch'];
const widgets: ResourceType = { group: 'example.com', version: 'v1', resource: 'widgets', kind: 'Widget', namespaced: true };
const builtIn: ResourceType[] = [clusterroles, configmaps, customresourcedefinitions, events, namespaces, pods, replicasets, secrets];
const discover = () => ({ resources: builtIn.map((type) => ({ type, verbs })), failures: new Map<string, string>() });

const owns = (type: ResourceType, owner: KubernetesObject, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: groupVersion(type),
  kind: type.kind,
  name: owner.metadata.name ?? '',
  uid: owner.metadata.uid ?? '',
  ...more,
});
const create = (client: ControllerWorld['client'], name: string, ownerReferences: OwnerReference[] = [], namespace = 'a') =>
  client.create(configmaps, { metadata: { name, namespace, ownerReferences } });
const key = (name: string, namespace = 'a') => ({ namespace, name });
const names = (world: ControllerWorld): (string | undefined)[] => world.list(configmaps).map(({ metadata }) => metadata.name);

async function createWorld(): Promise<ControllerWorld> {
  const world = new ControllerWorld();
  await world.start(garbageCollectorController({ discover }));
  return world;
}

controllerConformance('garbage-collector', () => ({
  controller: garbageCollectorController({ discover }),
  async arrange(client) {
    const owner = await client.create(configmaps, { metadata: { name: 'owner', namespace: 'a' } });
    await client.create(configmaps, { metadata: { name: 'kept', namespace: 'a', ownerReferences: [owns(configmaps, owner)] } });
    await client.create(configmaps, { metadata: { name: 'lost', namespace: 'a', ownerReferences: [{ ...owns(configmaps, owner), uid: 'another' }] } });
  },
  isDone: (client) =>
    client.store
      .list(configmaps)
      .map(({ metadata }) => metadata.name)
      .join() === 'kept,owner',
}));

describe('garbageCollectorController', () => {
  it('deletes what is left without an owner, through all generations', async () => {
    await using world = await createWorld();
    const owner = await create(world.client, 'owner');
    const child = await create(world.client, 'child', [owns(configmaps, owner)]);
    await create(world.client, 'grandchild', [owns(configmaps, child)]);
    await create(world.client, 'unrelated');
    await settle();
    await world.client.delete(configmaps, key('owner'), { propagationPolicy: 'Background' });
    await settle(60);
    assert.deepEqual(names(world), ['unrelated']);
  });

  it('keeps an object while one of its owners lives, and takes the others out', async () => {
    await using world = await createWorld();
    const [one, two] = [await create(world.client, 'one'), await create(world.client, 'two')];
    await create(world.client, 'child', [owns(configmaps, one), owns(configmaps, two)]);
    await settle();
    await world.client.delete(configmaps, key('one'));
    await settle(60);
    assert.deepEqual(names(world), ['child', 'two']);
    assert.deepEqual(world.find(configmaps, key('child'))?.metadata.ownerReferences, [owns(configmaps, two)]);
  });

  it('deletes in the foreground: the owner goes after the dependents that block it', async () => {
    await using world = await createWorld();
    const owner = await create(world.client, 'owner');
    await world.client.create(configmaps, {
      metadata: {
        name: 'blocking',
        namespace: 'a',
        finalizers: ['example.com/hold'],
        ownerReferences: [owns(configmaps, owner, { blockOwnerDeletion: true })],
      },
    });
    await world.client.create(configmaps, {
      metadata: { name: 'loose', namespace: 'a', finalizers: ['example.com/hold'], ownerReferences: [owns(configmaps, owner)] },
    });
    await settle();
    await world.client.delete(configmaps, key('owner'), { propagationPolicy: 'Foreground' });
    await settle(60);
    assert.deepEqual(names(world), ['blocking', 'loose', 'owner']);
    assert.ok(world.find(configmaps, key('blocking'))?.metadata.deletionTimestamp);
    await world.client.patch(configmaps, key('blocking'), { type: 'merge', body: { metadata: { finalizers: [] } } });
    await settle(60);
    assert.deepEqual(names(world), ['loose']);
  });

  it('orphans: dependents lose the owner and stay', async () => {
    await using world = await createWorld();
    const owner = await create(world.client, 'owner');
    await create(world.client, 'child', [owns(configmaps, owner)]);
    await settle();
    await world.client.delete(configmaps, key('owner'), { propagationPolicy: 'Orphan' });
    await settle(60);
    assert.deepEqual(names(world), ['child']);
    assert.deepEqual(world.find(configmaps, key('child'))?.metadata.ownerReferences, []);
  });

  it('is not blocked by a circle, in either way of deleting', async () => {
    for (const propagationPolicy of ['Foreground', 'Background'] as const) {
      await using world = await createWorld();
      const first = await create(world.client, 'first');
      const second = await create(world.client, 'second', [owns(configmaps, first, { blockOwnerDeletion: true })]);
      const third = await create(world.client, 'third', [owns(configmaps, second, { blockOwnerDeletion: true })]);
      await world.client.patch(configmaps, key('first'), {
        type: 'merge',
        body: { metadata: { ownerReferences: [owns(configmaps, third, { blockOwnerDeletion: true })] } },
      });
      await settle();
      await world.client.delete(configmaps, key('first'), { propagationPolicy });
      await world.until(() => names(world).length === 0, `the end of the circle (${propagationPolicy})`);
    }
  });

  it('spares dependents that also have an owner which stays, when another waits for its dependents', async () => {
    await using world = await createWorld();
    const [going, staying] = [await create(world.client, 'going'), await create(world.client, 'staying')];
    await create(world.client, 'both', [owns(configmaps, going, { blockOwnerDeletion: true }), owns(configmaps, staying, { blockOwnerDeletion: true })]);
    await create(world.client, 'one', [owns(configmaps, going, { blockOwnerDeletion: true })]);
    await settle();
    await world.client.delete(configmaps, key('going'), { propagationPolicy: 'Foreground' });
    await settle(80);
    assert.deepEqual(names(world), ['both', 'staying']);
    assert.deepEqual(
      world.find(configmaps, key('both'))?.metadata.ownerReferences?.map(({ name }) => name),
      ['staying'],
    );
  });

  it('treats an owner in another namespace as absent', async () => {
    await using world = await createWorld();
    const owner = await create(world.client, 'owner', [], 'b');
    await create(world.client, 'child', [owns(configmaps, owner)]);
    await settle(60);
    assert.deepEqual(names(world), ['owner']);
  });

  it('lets cluster-scoped objects own namespaced ones, and leaves alone cluster-scoped ones that name a namespaced owner', async () => {
    await using world = await createWorld();
    const role = await world.client.create(clusterroles, { metadata: { name: 'role' } });
    await create(world.client, 'owned', [owns(clusterroles, role)]);
    await world.client.create(clusterroles, {
      metadata: { name: 'odd', ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'nobody' }] },
    });
    await settle(60);
    assert.deepEqual(names(world), ['owned']);
    await world.client.delete(clusterroles, { name: 'role' });
    await settle(60);
    assert.deepEqual(names(world), []);
    assert.deepEqual(
      world.list(clusterroles).map(({ metadata }) => metadata.name),
      ['odd'],
    );
  });

  it('believes the uid, not the name: one wrong reference does not cost the right ones their owner', async () => {
    await using world = await createWorld();
    const owner = await create(world.client, 'owner');
    await create(world.client, 'wrong', [{ ...owns(configmaps, owner), name: 'misspelt' }]);
    await create(world.client, 'right', [owns(configmaps, owner)]);
    await world.until(() => !names(world).includes('wrong'), 'the end of the wrong one');
    assert.deepEqual(names(world), ['owner', 'right']);
    await world.client.delete(configmaps, key('owner'));
    await settle(60);
    assert.deepEqual(names(world), []);
  });

  it('does not touch what an owner of the same name but another uid left behind under way', async () => {
    await using world = await createWorld();
    const old = await create(world.client, 'owner');
    await world.client.delete(configmaps, key('owner'));
    const owner = await create(world.client, 'owner');
    await create(world.client, 'of-the-old', [owns(configmaps, old)]);
    await create(world.client, 'of-the-new', [owns(configmaps, owner)]);
    await settle(60);
    assert.deepEqual(names(world), ['of-the-new', 'owner']);
  });

  it('takes up custom resources soon after their definition, and lets them go with it', async () => {
    const world = new ControllerWorld();
    let hasWidgets = false;
    await world.start(
      garbageCollectorController({
        discover: () => ({ resources: [...builtIn, ...(hasWidgets ? [widgets] : [])].map((type) => ({ type, verbs })), failures: new Map() }),
      }),
    );
    hasWidgets = true;
    await world.client.create(customresourcedefinitions, {
      metadata: { name: 'widgets.example.com' },
      spec: { group: 'example.com', names: { kind: 'Widget', plural: 'widgets' }, scope: 'Namespaced', versions: [] },
    });
    await settle();
    await world.clock.advance(250);
    await settle();
    const widget = await world.client.create(widgets, { metadata: { name: 'w', namespace: 'a' } });
    await create(world.client, 'child', [owns(widgets, widget)]);
    await settle();
    await world.client.delete(widgets, key('w'));
    await settle(60);
    assert.deepEqual(names(world), []);
    hasWidgets = false;
    await world.clock.advance(30_000);
    await world[Symbol.asyncDispose]();
  });
});
