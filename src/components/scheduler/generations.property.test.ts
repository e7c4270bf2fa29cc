import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pods } from '../../api/generated/resource-types.ts';
import { settle } from '../../client/testing/settle.ts';
import type { SchedulingPlugin } from '../../extension-points/scheduling/contract.ts';
import { success, unschedulable } from '../../extension-points/scheduling/contract.ts';
import { AttachableHandle } from '../../extension-points/scheduling/handle.ts';
import { SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import { seededRandom } from '../../extension-points/scheduling/testing.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { silentLog } from '../../kernel/log.ts';
import type { SchedulingGeneration } from './generation.ts';
import { startScheduler } from './scheduler.ts';
import { SchedulingWorld } from './testing/scheduling-world.ts';

/** Plugins that get in the way at different points; none has events that would wake a pod. */
const kinds: readonly SchedulingPlugin[] = [
  {},
  { preEnqueue: () => unschedulable('gated') },
  { filter: (_state, pod) => (pod.metadata.name!.endsWith('3') ? unschedulable('threes') : success) },
  { filter: () => unschedulable('closed') },
  { preFilter: () => ({ status: { code: 'error', reasons: ['out of order'] } }) },
  { reserve: async () => (await settle(3), unschedulable('reserved')) },
  { permit: () => ({ status: { code: 'wait', reasons: [] }, timeoutMs: 3_000 }) },
  { queueSort: (left, right) => (left.pod.metadata.name! < right.pod.metadata.name! ? 1 : -1) },
];
const obstacles = kinds.map((plugin): SchedulingPlugin => ({ ...plugin, eventsToRegister: () => [] }));

describe('generations that follow each other while pods come and go', () => {
  for (let seed = 1; seed <= 12; seed++) {
    it(`lose no pod and bind none twice (trace ${seed})`, async () => {
      const random = seededRandom(seed);
      const pick = (count: number): number => Math.floor(random() * count);
      await using world = new SchedulingWorld();
      for (const node of ['a', 'b']) await world.addNode(node);
      const binds = new Map<string, number>();
      const ended: number[] = [];
      const generation = (number: number, obstacle: SchedulingPlugin): SchedulingGeneration => {
        const { client, clock } = world;
        const point = new ExtensionPoint<SchedulingPlugin>('scheduling');
        const handle = new AttachableHandle({ client, clock, informers: world.handle.informers, events: world.handle.events });
        const binder: SchedulingPlugin = {
          async bind(_state, { metadata }, nodeName) {
            const name = metadata.name!;
            binds.set(name, (binds.get(name) ?? 0) + 1);
            const pod = await client.get(pods, { namespace: 'default', name });
            await client.replace(pods, { ...pod, spec: { ...pod.spec!, nodeName } });
            return success;
          },
        };
        const sorter: SchedulingPlugin = { queueSort: (left, right) => left.queuedAtMs - right.queuedAtMs };
        for (const [name, implementation] of Object.entries({ ...(obstacle.queueSort ? {} : { sorter }), obstacle, binder }))
          point.add({ name, origin: 'test', implementation });
        return {
          number,
          profiles: [{ schedulerName: 'default-scheduler', framework: new SchedulingFramework(point, { clock }), handle }],
          [Symbol.dispose]: () => void ended.push(number),
        };
      };
      const { client, clock, handle } = world;
      await using scheduler = await startScheduler({
        client,
        clock,
        informers: handle.informers,
        events: handle.events,
        log: silentLog,
        random,
        generation: generation(1, obstacles[pick(obstacles.length)]!),
      });
      const alive = new Set<string>();
      let number = 1;
      for (let step = 0; step < 60; step++) {
        const roll = random();
        if (roll < 0.5) {
          const name = `p${step}`;
          alive.add(name);
          await world.addPod(name);
        } else if (roll < 0.6 && alive.size > 0) {
          const name = [...alive][pick(alive.size)]!;
          alive.delete(name);
          await client.delete(pods, { namespace: 'default', name }, { gracePeriodSeconds: 0 });
        } else if (roll < 0.8) {
          // Not always waited for: the next may come before it is in place.
          const replaced = scheduler.replace(generation(++number, obstacles[pick(obstacles.length)]!));
          if (random() < 0.5) await replaced;
        } else await world.pass(pick(3));
      }
      await scheduler.replace(generation(++number, {}));
      await world.pass(20);
      assert.deepEqual(
        world
          .bound()
          .map((line) => line.split('@')[0])
          .sort(),
        [...alive].sort(),
      );
      assert.deepEqual(
        [...binds].filter(([, count]) => count !== 1),
        [],
      );
      assert.deepEqual(
        ended.toSorted((left, right) => left - right),
        Array.from({ length: number - 1 }, (_, index) => index + 1),
      );
    });
  }
});
