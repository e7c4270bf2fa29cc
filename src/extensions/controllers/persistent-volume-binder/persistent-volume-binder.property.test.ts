import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { persistentvolumeclaims, persistentvolumes, storageclasses } from '../../../api/generated/resource-types.ts';
import type { KubernetesObject, UntypedObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { settle } from '../../../client/testing/settle.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { seededRandom } from '../../../extension-points/scheduling/testing.ts';
import { testClaim, testClass, testVolume } from '../../../extension-points/scheduling/volumes/testing.ts';
import { findVolume } from './find-volume.ts';
import { persistentVolumeBinderController } from './persistent-volume-binder.ts';

type Random = () => number;
const one = <T>(random: Random, all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
const put = <T extends KubernetesObject>(world: ControllerWorld, type: ResourceType<T>, object: T): unknown =>
  world.client.store.put(type, object as unknown as UntypedObject);

/** Somebody makes, labels or removes a volume or a claim. */
function disturb(world: ControllerWorld, random: Random, turn: number): void {
  const [volumes, claims] = [world.list(persistentvolumes), world.list(persistentvolumeclaims)];
  const storage = one(random, ['1Gi', '2Gi', '3Gi']);
  const storageClassName = one(random, ['', 'now', 'wait']);
  switch (one(random, ['volume', 'volume', 'own', 'claim', 'claim', 'named', 'label', 'drop', 'forget'] as const)) {
    case 'volume':
      return void put(world, persistentvolumes, testVolume(`v${turn}`, { capacity: { storage }, storageClassName }, { phase: 'Pending' }));
    case 'own':
      return void put(world, persistentvolumes, testVolume(`v${turn}`, { claimRef: { namespace: 'default', name: `c${turn + 1}` } }, { phase: 'Pending' }));
    case 'claim':
      return void put(world, persistentvolumeclaims, testClaim(`c${turn}`, { storageClassName, resources: { requests: { storage } } }));
    case 'named':
      if (volumes.length > 0) put(world, persistentvolumeclaims, testClaim(`c${turn}`, { storageClassName, volumeName: one(random, volumes).metadata.name! }));
      return;
    case 'label': {
      const volume = volumes.length > 0 ? one(random, volumes) : undefined;
      if (volume) put(world, persistentvolumes, { ...volume, metadata: { ...volume.metadata, labels: { turn: String(turn) } } });
      return;
    }
    case 'drop':
      if (claims.length > 0) world.client.store.remove(persistentvolumeclaims, { namespace: 'default', name: one(random, claims).metadata.name! });
      return;
    case 'forget':
      if (volumes.length > 0) world.client.store.remove(persistentvolumes, { name: one(random, volumes).metadata.name! });
  }
}

/** What must hold when nothing is left to do. */
function check(world: ControllerWorld): void {
  const [volumes, claims] = [world.list(persistentvolumes), world.list(persistentvolumeclaims)];
  for (const claim of claims) {
    const { name } = claim.metadata;
    const volume = volumes.find(({ metadata }) => metadata.name === claim.spec.volumeName);
    if (claim.status?.phase === 'Bound') assert.deepEqual([name, volume?.spec.claimRef?.uid, volume?.status?.phase], [name, claim.metadata.uid, 'Bound']);
    else if (claim.status?.phase === 'Pending' && !claim.spec.volumeName) {
      const missed = findVolume(claim, volumes, claim.spec.storageClassName === 'wait');
      assert.equal(missed?.metadata.name, undefined, `claim ${name} waits though there is ${missed?.metadata.name}`);
    }
  }
  for (const volume of volumes) {
    const { name } = volume.metadata;
    const claim = claims.find(({ metadata }) => volume.spec.claimRef?.uid !== undefined && metadata.uid === volume.spec.claimRef.uid);
    const phase = volume.spec.claimRef?.uid === undefined ? 'Available' : claim?.spec.volumeName === name ? 'Bound' : volume.status?.phase;
    assert.equal(volume.status?.phase, phase, `the phase of ${name}`);
    if (volume.status?.phase === 'Bound') assert.equal(claim?.spec.volumeName, name);
  }
  const bound = claims.filter(({ status }) => status?.phase === 'Bound').map(({ spec }) => spec.volumeName);
  assert.equal(new Set(bound).size, bound.length, 'two claims have one volume');
}

/** Refused writes are tried again after a while. */
async function comeToRest({ clock }: ControllerWorld): Promise<void> {
  for (let second = 0; second < 20; second++) {
    await settle();
    await clock.advance(1_000);
  }
  await settle();
}

describe('claims and volumes that come and go', () => {
  for (let seed = 1; seed <= 12; seed++) {
    it(`agree in the end on who has whom (seed ${seed})`, async () => {
      const random = seededRandom(seed);
      await using world = new ControllerWorld();
      put(world, storageclasses, testClass('wait'));
      put(world, storageclasses, testClass('now', { volumeBindingMode: 'Immediate' }));
      await world.start(persistentVolumeBinderController());
      for (let turn = 0; turn < 60; turn++) {
        disturb(world, random, turn);
        await settle(Math.floor(random() * 4));
        if (random() < 0.2) await world.clock.advance(100);
      }
      await comeToRest(world);
      check(world);
    });
    it(`agree in the end though the controller is killed before any write and begins anew (seed ${seed})`, async () => {
      const random = seededRandom(seed + 100);
      let writesLeft = Infinity;
      await using world = new ControllerWorld({
        intercept({ verb }) {
          if (verb !== 'get' && verb !== 'list' && verb !== 'watch' && --writesLeft < 0) throw new Error('killed');
        },
      });
      put(world, storageclasses, testClass('wait'));
      put(world, storageclasses, testClass('now', { volumeBindingMode: 'Immediate' }));
      for (let life = 0; life < 12; life++) {
        writesLeft = Math.floor(random() * 8);
        await world.start(persistentVolumeBinderController());
        for (let turn = 0; turn < 6; turn++) {
          disturb(world, random, life * 6 + turn);
          await settle(Math.floor(random() * 6));
        }
        await world.stop();
      }
      writesLeft = Infinity;
      await world.start(persistentVolumeBinderController());
      await comeToRest(world);
      check(world);
    });
  }
});
