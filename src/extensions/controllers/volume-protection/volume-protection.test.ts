import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { persistentvolumes } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { testVolume } from '../../../extension-points/scheduling/volumes/testing.ts';
import { volumeProtectionController } from './volume-protection.ts';

const finalizer = 'kubernetes.io/pv-protection';

controllerConformance('pv-protection-controller', () => ({
  controller: volumeProtectionController(),
  arrange: async (client) => void (await client.create(persistentvolumes, { metadata: { name: 'v' }, spec: {} })),
  isDone: ({ store }) => store.get(persistentvolumes, { name: 'v' })?.metadata.finalizers?.[0] === finalizer,
}));

describe('a volume that is deleted', () => {
  for (const phase of ['Available', 'Released'] as const) {
    it(`goes when it is ${phase}`, async () => {
      await using world = new ControllerWorld();
      world.client.store.put(persistentvolumes, testVolume('v', {}, { phase, metadata: { finalizers: [finalizer] } }) as unknown as UntypedObject);
      await world.start(volumeProtectionController());
      await world.client.delete(persistentvolumes, { name: 'v' });
      await settle();
      assert.equal(world.find(persistentvolumes, { name: 'v' }), undefined);
    });
  }

  it('stays while a claim has it', async () => {
    await using world = new ControllerWorld();
    world.client.store.put(persistentvolumes, testVolume('v', {}, { phase: 'Bound', metadata: { finalizers: [finalizer] } }) as unknown as UntypedObject);
    await world.start(volumeProtectionController());
    await world.client.delete(persistentvolumes, { name: 'v' });
    await settle();
    assert.ok(world.find(persistentvolumes, { name: 'v' })?.metadata.deletionTimestamp);
    await world.client.patch(persistentvolumes, { name: 'v' }, { type: 'merge', body: { status: { phase: 'Released' } } }, { subresource: 'status' });
    await settle();
    assert.equal(world.find(persistentvolumes, { name: 'v' }), undefined);
  });
});
