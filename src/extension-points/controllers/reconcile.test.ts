import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configmaps, pods, replicasets, secrets } from '../../api/generated/resource-types.ts';
import { keyText } from '../../api/object.ts';
import { settle } from '../../client/testing/settle.ts';
import { defineReconciler, watching } from './reconcile.ts';
import { ControllerWorld } from './testing/controller-world.ts';

describe('defineReconciler', () => {
  it('reconciles each primary object, when it is there already and when it changes', async () => {
    await using world = new ControllerWorld();
    const seen: string[] = [];
    await world.client.create(configmaps, { metadata: { name: 'first', namespace: 'a' } });
    await world.start(defineReconciler({ name: 'test', primary: configmaps, reconcile: async (key) => void seen.push(keyText(key)) }));
    await world.until(() => seen.length === 1, 'the first key');
    await world.client.create(configmaps, { metadata: { name: 'second', namespace: 'a' } });
    await world.until(() => seen.length === 2, 'the second key');
    await world.client.delete(configmaps, { namespace: 'a', name: 'first' });
    await world.until(() => seen.length === 3, 'the deletion');
    assert.deepEqual(seen, ['a/first', 'a/second', 'a/first']);
  });

  it('reconciles the controlling owner of what it owns, and nothing for other owners', async () => {
    await using world = new ControllerWorld();
    const seen: string[] = [];
    await world.start(defineReconciler({ name: 'test', primary: replicasets, owns: [pods], reconcile: async (key) => void seen.push(keyText(key)) }));
    const owned = (name: string, apiVersion: string, controller: boolean) => ({
      metadata: { name, namespace: 'a', ownerReferences: [{ apiVersion, kind: 'ReplicaSet', name: 'web', uid: 'u', controller }] },
      spec: { containers: [] },
    });
    await world.client.create(pods, owned('one', 'apps/v1', true));
    await world.client.create(pods, owned('two', 'apps/v1', false));
    await world.client.create(pods, owned('three', 'other/v1', true));
    await settle();
    assert.deepEqual(seen, ['a/web']);
  });

  it('reconciles the keys that a watch rule names, of the old and of the new state', async () => {
    await using world = new ControllerWorld();
    const seen: string[] = [];
    const byLabel = watching(secrets, ({ metadata }) => [{ namespace: 'a', name: metadata.labels?.['for'] ?? '' }]);
    await world.start(defineReconciler({ name: 'test', primary: configmaps, watches: [byLabel], reconcile: async (key) => void seen.push(keyText(key)) }));
    await world.client.create(secrets, { metadata: { name: 's', namespace: 'a', labels: { for: 'x' } } });
    await settle();
    await world.client.patch(secrets, { namespace: 'a', name: 's' }, { type: 'merge', body: { metadata: { labels: { for: 'y' } } } });
    await settle();
    assert.deepEqual(seen, ['a/x', 'a/x', 'a/y']);
  });

  it('tries a key again with back-off when reconciling throws, and after a delay when it asks to', async () => {
    await using world = new ControllerWorld();
    let runs = 0;
    await world.client.create(configmaps, { metadata: { name: 'first', namespace: 'a' } });
    await world.start(
      defineReconciler({
        name: 'test',
        primary: configmaps,
        async reconcile() {
          runs++;
          if (runs === 1) throw new Error('refused by the test');
          return runs === 2 ? { requeueAfterMs: 60_000 } : undefined;
        },
      }),
    );
    await settle();
    assert.equal(runs, 1);
    await world.clock.advance(5);
    await settle();
    assert.equal(runs, 2);
    await world.clock.advance(59_999);
    assert.equal(runs, 2);
    await world.clock.advance(1);
    await settle();
    assert.equal(runs, 3);
  });
});
