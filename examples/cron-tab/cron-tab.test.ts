import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pods } from 'wherry/api/resource-types';
import { ControllerWorld } from 'wherry/controllers/testing';
import { cronTabController } from './cron-tab.ts';
import { type CronTab, crontabs } from './generated/cron-tab.ts';

const key = { namespace: 'default', name: 'nightly' };

/** A world with one CronTab and the controller running in it. */
async function worldWith(spec: CronTab['spec']): Promise<ControllerWorld> {
  const world = new ControllerWorld();
  await world.client.create(crontabs, { metadata: { ...key, generation: 1 }, spec });
  await world.start(cronTabController);
  return world;
}

describe('the CronTab controller', () => {
  it('starts as many pods as asked for whenever the time comes, and owns them', async () => {
    await using world = await worldWith({ cronSpec: '* * * * *', image: 'busybox', replicas: 2 });
    await world.until(() => world.find(crontabs, key)?.status?.conditions?.[0]?.status === 'True', 'a status');
    assert.equal(world.list(pods).length, 0);
    await world.clock.advance(60_000);
    await world.until(() => world.list(pods).length === 2, 'two pods');
    const [pod] = world.list(pods);
    assert.equal(pod?.spec?.containers[0]?.image, 'busybox');
    assert.deepEqual(
      pod?.metadata.ownerReferences?.map(({ kind, name, controller }) => ({ kind, name, controller })),
      [{ kind: 'CronTab', name: 'nightly', controller: true }],
    );
    await world.until(() => world.find(crontabs, key)?.status?.active === 2, 'the count of active pods');
    await world.clock.advance(60_000);
    await world.until(() => world.list(pods).length === 4, 'two more pods');
  });

  it('keeps the newest finished pods and counts the others as active', async () => {
    await using world = await worldWith({ cronSpec: '* * * * *', image: 'busybox', replicas: 1 });
    for (let minute = 1; minute <= 5; minute++) {
      await world.clock.advance(60_000);
      await world.until(() => world.list(pods).some(({ status }) => status?.phase === undefined), `the pod of minute ${minute}`);
      const fresh = world.list(pods).find(({ status }) => status?.phase === undefined)!;
      await world.client.patch(
        pods,
        { namespace: 'default', name: fresh.metadata.name! },
        { type: 'merge', body: { status: { phase: 'Succeeded' } } },
        { subresource: 'status' },
      );
    }
    await world.until(() => world.list(pods).length === 3, 'three pods that are kept');
    await world.until(() => world.find(crontabs, key)?.status?.active === 0, 'no active pods');
  });

  it('says what is wrong with a schedule and goes on when it was mended', async () => {
    await using world = await worldWith({ cronSpec: '60 * * * *', image: 'busybox' });
    await world.until(() => world.find(crontabs, key)?.status?.conditions?.[0]?.status === 'False', 'the condition');
    assert.equal(world.find(crontabs, key)?.status?.conditions?.[0]?.message, 'end of range (60) above maximum (59): 60');
    assert.deepEqual(world.events(), ['InvalidSchedule: end of range (60) above maximum (59): 60']);
    await world.client.patch(crontabs, key, { type: 'merge', body: { metadata: { generation: 2 }, spec: { cronSpec: '@every 1m' } } });
    await world.until(() => world.find(crontabs, key)?.status?.conditions?.[0]?.status === 'True', 'the mended condition');
    await world.clock.advance(60_000);
    await world.until(() => world.list(pods).length === 1, 'a pod');
  });

  it('serves the newest of the times it missed, once', async () => {
    await using world = await worldWith({ cronSpec: '* * * * *', image: 'busybox' });
    await world.stop();
    await world.clock.advance(10 * 60_000);
    await world.start(cronTabController);
    await world.until(() => world.list(pods).length === 1, 'one pod');
  });
});
