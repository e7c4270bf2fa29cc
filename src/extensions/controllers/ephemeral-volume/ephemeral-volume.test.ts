import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, pods } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { podWith, testClaim } from '../../../extension-points/scheduling/volumes/testing.ts';
import { ephemeralVolumeController } from './ephemeral-volume.ts';

const template = {
  metadata: { labels: { app: 'web' }, annotations: { note: 'x' } },
  spec: { storageClassName: 'fast', accessModes: ['ReadWriteOnce' as const] },
};
const pod = podWith('p', { emptyDir: {} }, { ephemeral: { volumeClaimTemplate: template } });
const key = { namespace: 'default', name: 'p-v1' };

controllerConformance('ephemeral-volume-controller', () => ({
  controller: ephemeralVolumeController(),
  arrange: async (client) => void (await client.create<Pod>(pods, { metadata: { name: 'p', namespace: 'default' }, spec: pod.spec })),
  isDone: ({ store }) => store.get(persistentvolumeclaims, key) !== undefined,
}));

describe('the claim of an ephemeral volume', () => {
  it("is made from its template, as the pod's own", async () => {
    await using world = new ControllerWorld();
    world.client.store.put(pods, pod as unknown as UntypedObject);
    await world.start(ephemeralVolumeController());
    await settle();
    const { metadata, spec } = world.find(persistentvolumeclaims, key)!;
    assert.deepEqual([metadata.labels, metadata.annotations, spec], [template.metadata.labels, template.metadata.annotations, template.spec]);
    assert.deepEqual(metadata.ownerReferences, [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'uid-p', controller: true, blockOwnerDeletion: true }]);
  });

  it('is not made for a pod that is deleted', async () => {
    await using world = new ControllerWorld();
    const going = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    world.client.store.put(pods, going as unknown as UntypedObject);
    await world.start(ephemeralVolumeController());
    await settle();
    assert.deepEqual(world.list(persistentvolumeclaims), []);
  });

  it('is made again when somebody deletes it', async () => {
    await using world = new ControllerWorld();
    world.client.store.put(pods, pod as unknown as UntypedObject);
    await world.start(ephemeralVolumeController());
    await settle();
    const first = world.find(persistentvolumeclaims, key)!.metadata.uid;
    world.client.store.remove(persistentvolumeclaims, key);
    await settle();
    assert.notEqual(world.find(persistentvolumeclaims, key)!.metadata.uid, first);
  });

  it("is not another's claim of that name", async () => {
    await using world = new ControllerWorld();
    world.client.store.put(pods, pod as unknown as UntypedObject);
    world.client.store.put(persistentvolumeclaims, testClaim('p-v1') as unknown as UntypedObject);
    await world.start(ephemeralVolumeController());
    await settle();
    assert.equal(world.events()[0], 'FailedBinding: ephemeral volume v1: PVC default/p-v1 was not created for pod default/p (pod is not owner)');
  });
});
