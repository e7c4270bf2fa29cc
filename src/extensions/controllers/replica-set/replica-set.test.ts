import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReplicaSet } from '../../../api/generated/apps-v1.ts';
import { pods, replicasets } from '../../../api/generated/resource-types.ts';
import { ApiError } from '../../../api/status.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { controllerOf } from '../../../extension-points/controllers/owner-references.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { runPods } from '../../../extension-points/controllers/testing/pod-actors.ts';
import { replicaSetController } from './replica-set.ts';

const key = { namespace: 'a', name: 'web' };
const replicaSet = (replicas: number, more: Partial<ReplicaSet['spec']> = {}): ReplicaSet => ({
  metadata: { ...key },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    ...more,
  },
});
const read = (world: ControllerWorld): ReplicaSet => world.find(replicasets, key) ?? assert.fail('the replica set is gone');
const scale = (world: ControllerWorld, replicas: number) => world.client.patch(replicasets, key, { type: 'merge', body: { spec: { replicas } } });

controllerConformance('replica-set', () => ({
  controller: replicaSetController(),
  arrange: async (client) => void (await client.create(replicasets, replicaSet(3))),
  isDone: (client) => client.store.list(pods).length === 3 && (client.store.get(replicasets, key) as unknown as ReplicaSet).status?.replicas === 3,
}));

describe('replicaSetController', () => {
  it('creates pods of its template and counts them', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world);
    await world.client.create(replicasets, replicaSet(3));
    await world.start(replicaSetController());
    await world.until(() => read(world).status?.availableReplicas === 3, 'three pods');
    assert.deepEqual(read(world).status, {
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      terminatingReplicas: 0,
      observedGeneration: 1,
    });
    const [pod] = world.list(pods);
    assert.match(pod?.metadata.name ?? '', /^web-/);
    assert.deepEqual(pod?.metadata.ownerReferences, [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: read(world).metadata.uid, controller: true, blockOwnerDeletion: true },
    ]);
    assert.deepEqual(
      world.events().sort(),
      world
        .list(pods)
        .map(({ metadata }) => `SuccessfulCreate: Created pod: ${metadata.name}`)
        .sort(),
    );
  });

  it('scales down, replaces what was lost, and shows terminating pods', async () => {
    await using world = new ControllerWorld();
    await world.client.create(replicasets, replicaSet(4));
    await world.start(replicaSetController());
    await world.until(() => read(world).status?.replicas === 4, 'four pods');
    for (const pod of world.list(pods)) world.client.store.put(pods, { ...pod, spec: { ...pod.spec, nodeName: 'n' } });
    await settle();
    await scale(world, 1);
    await world.until(() => read(world).status?.replicas === 1, 'one pod');
    assert.equal(read(world).status?.terminatingReplicas, 3);
    for (const pod of world.list(pods)) await world.client.delete(pods, { namespace: 'a', name: pod.metadata.name ?? '' }, { gracePeriodSeconds: 0 });
    await world.until(() => world.list(pods).length === 1 && read(world).status?.replicas === 1 && read(world).status?.terminatingReplicas === 0, 'a new pod');
    assert.equal(world.events().filter((event) => event.startsWith('SuccessfulDelete: Deleted pod: web-')).length, 3);
  });

  it("adopts matching orphans, releases pods whose labels changed, and leaves other owners' pods alone", async () => {
    await using world = new ControllerWorld();
    const labels = { app: 'web' };
    await world.client.create(pods, { metadata: { name: 'orphan', namespace: 'a', labels }, spec: { containers: [] } });
    await world.client.create(pods, {
      metadata: {
        name: 'taken',
        namespace: 'a',
        labels,
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'x', uid: 'x', controller: true }],
      },
      spec: { containers: [] },
    });
    await world.client.create(replicasets, replicaSet(1));
    await world.start(replicaSetController());
    await world.until(() => read(world).status?.replicas === 1, 'the adoption');
    assert.equal(world.list(pods).length, 2);
    assert.equal(controllerOf(world.find(pods, { namespace: 'a', name: 'orphan' }) ?? assert.fail())?.uid, read(world).metadata.uid);
    await world.client.patch(pods, { namespace: 'a', name: 'orphan' }, { type: 'merge', body: { metadata: { labels: { app: 'other' } } } });
    await world.until(() => world.list(pods).length === 3, 'the replacement');
    assert.equal(controllerOf(world.find(pods, { namespace: 'a', name: 'orphan' }) ?? assert.fail()), undefined);
  });

  it('asks slowly when every creation is refused, and tells so in a condition', async () => {
    let isRefused = true;
    await using world = new ControllerWorld({
      intercept: ({ verb, resource }) => {
        if (isRefused && verb === 'create' && resource === 'pods') throw new ApiError(403, 'Forbidden', 'exceeded quota');
      },
    });
    await world.client.create(replicasets, replicaSet(100));
    await world.start(replicaSetController());
    await world.until(() => read(world).status?.conditions !== undefined, 'the condition');
    assert.deepEqual(
      read(world).status?.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]),
      [['ReplicaFailure', 'True', 'FailedCreate', 'exceeded quota']],
    );
    assert.ok(world.client.writes.filter(({ resource, verb }) => resource === 'pods' && verb === 'create').length < 10);
    assert.ok(world.events().includes('FailedCreate: Error creating: exceeded quota'));
    isRefused = false;
    await world.until(() => read(world).status?.replicas === 100 && read(world).status?.conditions === undefined, 'all pods, and no condition');
  });

  it('counts a pod as available only after minReadySeconds', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world);
    await world.client.create(replicasets, replicaSet(1, { minReadySeconds: 10 }));
    await world.start(replicaSetController());
    await settle(60);
    assert.deepEqual([read(world).status?.readyReplicas, read(world).status?.availableReplicas], [1, undefined]);
    await world.clock.advance(10_000);
    await settle(20);
    assert.equal(read(world).status?.availableReplicas, 1);
  });

  it('creates no more than it should while its view is behind', async () => {
    await using world = new ControllerWorld();
    await world.client.create(replicasets, replicaSet(5));
    await world.start(replicaSetController());
    for (let time = 0; time < 10; time++) {
      await world.client.patch(replicasets, key, { type: 'merge', body: { metadata: { annotations: { time: String(time) } } } });
      await settle(1);
    }
    await settle(60);
    assert.equal(world.client.writes.filter(({ resource, verb }) => resource === 'pods' && verb === 'create').length, 5);
  });
});
