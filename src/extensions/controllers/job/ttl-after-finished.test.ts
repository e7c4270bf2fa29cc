import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job } from '../../../api/generated/batch-v1.ts';
import { jobs } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { timeText } from '../../../kernel/clock.ts';
import { ttlAfterFinishedController } from './ttl-after-finished.ts';

const key = { namespace: 'a', name: 'sums' };
const ended = (type: string, ttlSecondsAfterFinished?: number): Job => ({
  metadata: { ...key },
  spec: { template: {}, ...(ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished }) },
  status: { conditions: [{ type, status: 'True', lastTransitionTime: timeText(Date.UTC(2026, 0, 1)) }] },
});

async function started(job: Job): Promise<ControllerWorld> {
  const world = new ControllerWorld();
  await world.client.create(jobs, job);
  await world.start(ttlAfterFinishedController());
  await settle();
  return world;
}
const isThere = (world: ControllerWorld): boolean => world.find(jobs, key) !== undefined;

controllerConformance('ttl-after-finished', () => ({
  controller: ttlAfterFinishedController(),
  arrange: async (client) => void (await client.create(jobs, ended('Complete', 0))),
  isDone: (client) => client.writes.some(({ verb }) => verb === 'delete') && isForegroundDeleted(client.store.get(jobs, key)),
}));

const isForegroundDeleted = (job: UntypedObject | undefined): boolean => job?.metadata.finalizers?.includes('foregroundDeletion') === true;

describe('ttlAfterFinishedController', () => {
  for (const type of ['Complete', 'Failed']) {
    it(`deletes a job some seconds after its condition ${type}, its pods first`, async () => {
      await using world = await started(ended(type, 30));
      await world.clock.advance(29_999);
      await settle();
      assert.equal(world.find(jobs, key)?.metadata.deletionTimestamp, undefined);
      await world.clock.advance(1);
      await settle();
      assert.ok(isForegroundDeleted(world.find(jobs, key) as unknown as UntypedObject));
    });
  }

  it('keeps jobs that have not ended or that are to be kept', async () => {
    for (const job of [ended('Complete'), ended('Suspended', 0), ended('SuccessCriteriaMet', 0)]) {
      await using world = await started(job);
      await world.clock.advance(3_600_000);
      await settle();
      assert.deepEqual([isThere(world), world.client.writes.filter(({ verb }) => verb === 'delete')], [true, []]);
    }
  });

  it('waits longer when the time is prolonged', async () => {
    await using world = await started(ended('Complete', 10));
    await world.client.patch(jobs, key, { type: 'merge', body: { spec: { ttlSecondsAfterFinished: 100 } } });
    await world.clock.advance(99_000);
    await settle();
    assert.equal(world.find(jobs, key)?.metadata.deletionTimestamp, undefined);
    await world.clock.advance(1_000);
    await settle();
    assert.ok(world.find(jobs, key)?.metadata.deletionTimestamp);
  });
});
