import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { persistentvolumeclaims, persistentvolumes, volumeattributesclasses } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { testClaim, testVolume } from '../../../extension-points/scheduling/volumes/testing.ts';
import { volumeAttributesClassProtectionController } from './volume-attributes-class-protection.ts';

const finalizer = 'kubernetes.io/vac-protection';

controllerConformance('volumeattributesclass-protection-controller', () => ({
  controller: volumeAttributesClassProtectionController(),
  arrange: async (client) => void (await client.create(volumeattributesclasses, { metadata: { name: 'fast' }, driverName: 'disks' })),
  isDone: ({ store }) => store.get(volumeattributesclasses, { name: 'fast' })?.metadata.finalizers?.[0] === finalizer,
}));

describe('a volume attributes class that is deleted', () => {
  const named = { volumeAttributesClassName: 'fast' };
  const claim = testClaim('c');
  const cases = [
    { name: 'goes when nobody names it', type: persistentvolumeclaims, object: claim, isHeld: false },
    { name: 'stays while a volume names it', type: persistentvolumes, object: testVolume('v', named), isHeld: true },
    { name: 'stays while a claim wants it', type: persistentvolumeclaims, object: testClaim('c', named), isHeld: true },
    {
      name: 'stays while a claim has it',
      type: persistentvolumeclaims,
      object: { ...claim, status: { currentVolumeAttributesClassName: 'fast' } },
      isHeld: true,
    },
    {
      name: 'stays while a claim is being changed to it',
      type: persistentvolumeclaims,
      object: { ...claim, status: { modifyVolumeStatus: { status: 'InProgress', targetVolumeAttributesClassName: 'fast' } } },
      isHeld: true,
    },
  ];
  for (const { name, type, object, isHeld } of cases) {
    it(name, async () => {
      await using world = new ControllerWorld();
      world.client.store.put(type, object as unknown as UntypedObject);
      await world.client.create(volumeattributesclasses, { metadata: { name: 'fast', finalizers: [finalizer] }, driverName: 'disks' });
      await world.start(volumeAttributesClassProtectionController());
      await world.client.delete(volumeattributesclasses, { name: 'fast' });
      await settle();
      assert.equal(world.find(volumeattributesclasses, { name: 'fast' }) !== undefined, isHeld);
      world.client.store.remove(type, { name: object.metadata.name!, ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}) });
      await settle();
      assert.equal(world.find(volumeattributesclasses, { name: 'fast' }), undefined);
    });
  }
});
