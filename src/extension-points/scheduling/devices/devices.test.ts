import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deviceclasses } from '../../../api/generated/resource-types.ts';
import type { DeviceTaint, DeviceToleration } from '../../../api/generated/resource-v1.ts';
import { isTaintedFor, toleratesDeviceTaint } from './device-taints.ts';
import { ExtendedResourceClasses } from './extended-resource-classes.ts';
import { DeviceWorld, testDeviceClass } from './testing.ts';

describe('a toleration of device taints', () => {
  const taint: DeviceTaint = { key: 'k', value: 'v', effect: 'NoExecute' };
  const cases: { toleration: DeviceToleration; want: boolean }[] = [
    { toleration: { key: 'k', value: 'v', effect: 'NoExecute' }, want: true },
    { toleration: { key: 'k', operator: 'Equal', value: 'v' }, want: true },
    { toleration: { key: 'k', operator: 'Equal', value: 'w' }, want: false },
    { toleration: { key: 'k', operator: 'Exists' }, want: true },
    { toleration: { key: 'other', operator: 'Exists' }, want: false },
    { toleration: { operator: 'Exists' }, want: true },
    { toleration: { operator: 'Exists', effect: 'NoSchedule' }, want: false },
  ];
  for (const { toleration, want } of cases)
    it(`${want ? 'covers' : 'does not cover'} with ${JSON.stringify(toleration)}`, () => assert.equal(toleratesDeviceTaint(toleration, taint), want));

  it('is needed for effects that keep pods away', () => {
    assert.equal(isTaintedFor([taint], []), true);
    assert.equal(isTaintedFor([{ ...taint, effect: 'None' }], undefined), false);
    assert.equal(isTaintedFor([taint], [{ operator: 'Exists' }]), false);
  });
});

describe('the class behind an extended resource', () => {
  const named = (name: string, extendedResourceName?: string, creationTimestamp = '2026-01-01T00:00:00Z') => ({
    ...testDeviceClass(name, extendedResourceName === undefined ? {} : { extendedResourceName }),
    metadata: { name, creationTimestamp },
  });
  const classOf = (classes: ExtendedResourceClasses, resource: string): string | undefined => classes.classOf(resource)?.metadata.name;

  it('is the one that has its name, or the newest of several', async () => {
    await using world = new DeviceWorld();
    const classes = new ExtendedResourceClasses(world.informers);
    await world.settled();
    assert.equal(classes.isEmpty, true);
    world.put(deviceclasses, named('b', 'x.io/gpu'), named('a', 'x.io/gpu'), named('plain'));
    await world.settled();
    assert.deepEqual(
      [classOf(classes, 'x.io/gpu'), classOf(classes, 'deviceclass.resource.kubernetes.io/plain'), classOf(classes, 'x.io/other')],
      ['a', 'plain', undefined],
    );
    world.put(deviceclasses, named('new', 'x.io/gpu', '2026-02-01T00:00:00Z'));
    await world.settled();
    assert.equal(classOf(classes, 'x.io/gpu'), 'new');
    const { revision } = classes;
    world.put(deviceclasses, named('new', 'x.io/other', '2026-02-01T00:00:00Z'));
    world.remove(deviceclasses, { name: 'a' });
    await world.settled();
    assert.deepEqual([classOf(classes, 'x.io/gpu'), classOf(classes, 'x.io/other')], ['b', 'new']);
    assert.ok(classes.revision > revision);
  });
});
