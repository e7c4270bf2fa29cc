import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { pods } from '../../api/generated/resource-types.ts';
import { settle, until } from '../../client/testing/settle.ts';
import type { SchedulingPlugin } from '../../extension-points/scheduling/contract.ts';
import { skip, success, unschedulable } from '../../extension-points/scheduling/contract.ts';
import { SchedulingWorld } from './testing/scheduling-world.ts';

const sorter: SchedulingPlugin = { queueSort: (left, right) => left.queuedAtMs - right.queuedAtMs };
const gang: SchedulingPlugin = { permit: () => ({ status: { code: 'wait', reasons: [] }, timeoutMs: 60_000 }), eventsToRegister: () => [] };
const onePerNode: SchedulingPlugin = {
  filter: (_state, _pod, node) => (node.pods.length < 1 ? success : unschedulable('full')),
  eventsToRegister: () => [{ event: { resource: 'AssignedPod', actions: ['Delete'] } }],
};
const nominatedOf = (world: SchedulingWorld, name: string): string | undefined =>
  (world.client.store.get(pods, { namespace: 'default', name }) as Pod | undefined)?.status?.nominatedNodeName;

describe('a pod that has its node', () => {
  it('is said to be going there while it is held, without taking the room twice', async () => {
    await using world = new SchedulingWorld();
    for (const node of ['a', 'b']) await world.addNode(node);
    await world.start({ sorter, onePerNode, gang });
    await world.addPod('first');
    await until(() => nominatedOf(world, 'first') === 'a', 'the nomination');
    await settle();
    assert.deepEqual([...world.handle.nominatedPods('a')], [], 'it is on the node already, as far as the scheduler is concerned');
    await world.addPod('second');
    await until(() => nominatedOf(world, 'second') === 'b', 'the other node');
    for (const waiting of [...world.handle.waitingPods()]) waiting.allow('gang');
    await until(() => world.bound().length === 2);
  });

  it('is said to be going there while something is prepared, and not when nothing is', async () => {
    await using world = new SchedulingWorld();
    await world.addNode('a');
    const gate = Promise.withResolvers<typeof success>();
    let asked = 0;
    const disks: SchedulingPlugin = {
      preBindPreFlight: (_state, { metadata }) => (asked++, metadata.name === 'plain' ? skip : success),
      preBind: () => gate.promise,
    };
    await world.start({ sorter, disks });
    for (const name of ['plain', 'with-disk']) await world.addPod(name);
    await until(() => nominatedOf(world, 'with-disk') === 'a', 'the nomination');
    await until(() => world.bound().length === 1);
    assert.deepEqual([world.bound(), nominatedOf(world, 'plain')], [['plain@a'], undefined]);
    gate.resolve(success);
    await until(() => world.bound().length === 2);
    assert.equal(asked, 2);
  });

  it('is not said to be going there any more once it was refused', async () => {
    await using world = new SchedulingWorld();
    await world.addNode('a');
    await world.start({ sorter, gang });
    await world.addPod('p');
    await until(() => nominatedOf(world, 'p') === 'a', 'the nomination');
    for (const waiting of [...world.handle.waitingPods()]) waiting.reject('gang', 'no quorum');
    await until(() => world.said.some((line) => line.includes('no quorum')));
    await until(() => !nominatedOf(world, 'p'), 'the end of the nomination');
    await settle();
    assert.deepEqual([...world.handle.nominatedPods('a')], []);
  });

  it('is bound all the same when nobody can be told', async () => {
    await using world = new SchedulingWorld();
    await world.addNode('a');
    await world.start({ sorter, disks: { preBind: async () => success } });
    const patch = world.client.patch.bind(world.client) as typeof world.client.patch;
    world.client.patch = (async (type, ...rest) => {
      if (type.resource === 'pods') throw new Error('no connection');
      return patch(type, ...rest);
    }) as typeof world.client.patch;
    await world.addPod('p');
    await until(() => world.bound().length === 1);
  });

  for (const point of ['permit', 'preBind'] as const) {
    it(`and loses it at ${point} rests before it is tried again, though nothing else is to be done`, async () => {
      await using world = new SchedulingWorld();
      await world.addNode('a');
      let asked = 0;
      const refusal = unschedulable('not yet');
      // It says of no event that it would not help: each of the pods is woken by what the other gives up.
      const shaky: SchedulingPlugin = point === 'permit' ? { permit: () => (asked++, { status: refusal }) } : { preBind: async () => (asked++, refusal) };
      await world.start({ sorter, shaky });
      for (const name of ['first', 'second']) await world.addPod(name);
      await until(() => asked >= 2);
      await world.pass(1);
      assert.ok(asked <= 4, `asked ${asked} times in a second`);
      await world.pass(3);
      assert.ok(asked >= 4 && asked <= 8, `asked ${asked} times in four seconds`);
    });
  }
});
