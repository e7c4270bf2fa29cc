import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, pods } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { podWith, testClaim } from '../../../extension-points/scheduling/volumes/testing.ts';
import { claimProtectionController } from './claim-protection.ts';

const finalizer = 'kubernetes.io/pvc-protection';
const key = { namespace: 'default', name: 'c' };
const held = (more: object = {}): PersistentVolumeClaim => testClaim('c', {}, { finalizers: [finalizer], ...more });
const on = (pod: Pod, parts: Partial<Pod['status']> = {}): Pod => ({ ...pod, spec: { ...pod.spec, nodeName: 'n' }, status: { phase: 'Running', ...parts } });
const owned = { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'uid-p', controller: true }] };

async function start(world: ControllerWorld, claim: PersistentVolumeClaim, ...all: readonly Pod[]): Promise<void> {
  for (const pod of all) world.client.store.put(pods, pod as unknown as UntypedObject);
  world.client.store.put(persistentvolumeclaims, claim as unknown as UntypedObject);
  await world.start(claimProtectionController());
  await settle();
}

controllerConformance('pvc-protection-controller', () => ({
  controller: claimProtectionController(),
  arrange: async (client) => void (await client.create(persistentvolumeclaims, { metadata: key, spec: {} })),
  isDone: ({ store }) => store.get(persistentvolumeclaims, key)?.metadata.finalizers?.[0] === finalizer,
}));

describe('a claim that is deleted', () => {
  const cases: { name: string; pods: readonly Pod[]; isHeld: boolean }[] = [
    { name: 'goes when nobody uses it', pods: [], isHeld: false },
    { name: 'stays while a pod on a node uses it', pods: [on(podWith('p', 'c'))], isHeld: true },
    { name: 'stays while a pod that has ended is there', pods: [on(podWith('p', 'c'), { phase: 'Succeeded' })], isHeld: true },
    { name: 'does not wait for a pod without a node', pods: [podWith('p', 'c')], isHeld: false },
    { name: 'does not wait for pods with other claims', pods: [on(podWith('p', 'd'))], isHeld: false },
    {
      name: 'does not wait for pods of other namespaces',
      pods: [{ ...on(podWith('p', 'c')), metadata: { name: 'p', namespace: 'other', uid: 'x' } }],
      isHeld: false,
    },
  ];
  for (const { name, pods: all, isHeld } of cases) {
    it(name, async () => {
      await using world = new ControllerWorld();
      await start(world, held(), ...all);
      await world.client.delete(persistentvolumeclaims, key);
      await settle();
      assert.equal(world.find(persistentvolumeclaims, key) !== undefined, isHeld);
    });
  }

  it('goes when the last pod goes', async () => {
    await using world = new ControllerWorld();
    await start(world, held(), on(podWith('p', 'c')), on(podWith('q', 'c')));
    await world.client.delete(persistentvolumeclaims, key);
    await settle();
    world.client.store.remove(pods, { namespace: 'default', name: 'p' });
    await settle();
    assert.ok(world.find(persistentvolumeclaims, key));
    world.client.store.remove(pods, { namespace: 'default', name: 'q' });
    await settle();
    assert.equal(world.find(persistentvolumeclaims, key), undefined);
  });

  it('stays for the pod whose ephemeral volume it is, until the node agent is done with it', async () => {
    await using world = new ControllerWorld();
    const pod = on(podWith('p', { ephemeral: {} }));
    const claim = testClaim('p-v0', {}, { finalizers: [finalizer], ...owned });
    await start(world, claim, pod);
    await world.client.delete(persistentvolumeclaims, { namespace: 'default', name: 'p-v0' });
    await settle();
    assert.ok(world.find(persistentvolumeclaims, { namespace: 'default', name: 'p-v0' }));
    const metadata = { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 };
    world.client.store.put(pods, { ...pod, metadata } as unknown as UntypedObject);
    await settle();
    assert.equal(world.find(persistentvolumeclaims, { namespace: 'default', name: 'p-v0' }), undefined);
  });

  it('keeps what else holds it', async () => {
    await using world = new ControllerWorld();
    await start(world, held({ finalizers: ['example.com/other', finalizer] }));
    await world.client.delete(persistentvolumeclaims, key);
    await settle();
    assert.deepEqual(world.find(persistentvolumeclaims, key)?.metadata.finalizers, ['example.com/other']);
  });
});
