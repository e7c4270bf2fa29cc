import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { ClusterEventWithHint } from '../../extension-points/scheduling/contract.ts';
import { success, unschedulable } from '../../extension-points/scheduling/contract.ts';
import { testPod } from '../../extension-points/scheduling/testing.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import type { QueueDeps, QueueEntry } from './scheduling-queue.ts';
import { SchedulingQueue } from './scheduling-queue.ts';

const nodeAdd = { resource: 'Node', action: 'Add' } as const;
const events: Record<string, readonly ClusterEventWithHint[]> = {
  Fit: [{ event: { resource: 'Node', actions: ['Add'] } }],
  Picky: [{ event: { resource: 'Node', actions: ['Add'] }, hint: (_pod, _old, current) => (current === 'right' ? 'queue' : 'skip') }],
  Broken: [
    {
      event: { resource: 'Node', actions: ['Add'] },
      hint: () => {
        throw new Error('oops');
      },
    },
  ],
  Silent: [],
};

function queueOf(deps: Partial<QueueDeps> = {}): { queue: SchedulingQueue; clock: ManualClock; next: () => Promise<string | undefined> } {
  const clock = new ManualClock();
  const queue = new SchedulingQueue({
    clock,
    compare: (left, right) => (right.pod.spec?.priority ?? 0) - (left.pod.spec?.priority ?? 0) || left.queuedAtMs - right.queuedAtMs,
    preEnqueue: () => success,
    eventsOf: (plugin) => events[plugin],
    onGated: () => undefined,
    ...deps,
  });
  return {
    queue,
    clock,
    next: () =>
      Promise.race([queue.pop().then((entry) => entry?.pod.metadata.name), new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))]),
  };
}

async function refuse(queue: SchedulingQueue, pod: Pod, ...plugins: string[]): Promise<void> {
  const entry = (await queue.pop())!;
  assert.equal(entry.pod.metadata.name, pod.metadata.name);
  putBack(queue, entry, plugins);
}

function putBack(queue: SchedulingQueue, entry: QueueEntry, plugins: readonly string[], pending: readonly string[] = []): void {
  entry.unschedulablePlugins = new Set(plugins);
  entry.pendingPlugins = new Set(pending);
  queue.putBack(entry);
}

describe('the scheduling queue', () => {
  const pod = testPod('p');

  it('hands out pods in order, and waits for one', async () => {
    const { queue } = queueOf();
    const first = queue.pop();
    queue.add(testPod('first'));
    assert.equal((await first)!.pod.metadata.name, 'first');
    for (const [name, priority] of [
      ['low', 1],
      ['high', 9],
      ['middle', 5],
    ] as const)
      queue.add(testPod(name, { priority }));
    const names = [await queue.pop(), await queue.pop(), await queue.pop()].map((entry) => entry!.pod.metadata.name);
    assert.deepEqual(names, ['high', 'middle', 'low']);
  });

  it('keeps a refused pod until something helps the plugin that refused it', async () => {
    const { queue, next } = queueOf();
    queue.add(pod);
    await refuse(queue, pod, 'Fit');
    queue.onChange({ resource: 'Node', action: 'UpdateNodeLabel' });
    assert.deepEqual(queue.sizes, { active: 0, backoff: 0, waiting: 1 });
    queue.onChange(nodeAdd);
    // Nothing else is active, so the pod need not sit out its back-off.
    assert.equal(await next(), 'p');
  });

  it('asks hints, and takes a broken one for a yes', async () => {
    for (const [plugin, current, want] of [
      ['Picky', 'wrong', 1],
      ['Picky', 'right', 0],
      ['Broken', '', 0],
      ['Silent', '', 1],
      ['Unknown', '', 0],
    ] as const) {
      const { queue } = queueOf();
      queue.add(pod);
      await refuse(queue, pod, plugin);
      queue.onChange({ ...nodeAdd, current });
      assert.equal(queue.sizes.waiting, want, `${plugin} ${current}`);
      queue[Symbol.dispose]();
    }
  });

  it('does not miss what happened while the pod was being scheduled', async () => {
    const { queue } = queueOf();
    queue.add(pod);
    const entry = (await queue.pop())!;
    queue.onChange(nodeAdd);
    putBack(queue, entry, ['Fit']);
    assert.deepEqual(queue.sizes, { active: 0, backoff: 1, waiting: 0 });
  });

  it('backs off longer each time, while others are active', async () => {
    const { queue, clock } = queueOf();
    const waits: number[] = [];
    queue.add(pod);
    for (let round = 0; round < 6; round++) {
      await refuse(queue, pod, 'Fit');
      queue.onChange(nodeAdd);
      assert.equal(queue.sizes.backoff, 1);
      const start = clock.now();
      while (queue.sizes.active === 0) await clock.advance(500);
      waits.push(clock.now() - start);
    }
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it('lets a pod after a fault sit out its time, then tries it without any event', async () => {
    const { queue, clock, next } = queueOf();
    queue.add(pod);
    await refuse(queue, pod);
    assert.deepEqual([queue.sizes.backoff, await next()], [1, undefined]);
    const pending = queueOf();
    pending.queue.add(pod);
    await refuse(pending.queue, pod);
    await pending.clock.advance(1_000);
    assert.equal(await pending.next(), 'p');
    queue[Symbol.dispose]();
    await clock.advance(1_000);
  });

  it('tries a pod at once that a pending plugin can go on with', async () => {
    const { queue } = queueOf();
    queue.add(pod);
    putBack(queue, (await queue.pop())!, [], ['Fit']);
    queue.onChange(nodeAdd);
    assert.deepEqual(queue.sizes, { active: 1, backoff: 0, waiting: 0 });
  });

  it('tries refused pods again after five minutes', async () => {
    const { queue, clock } = queueOf();
    queue.add(pod);
    await refuse(queue, pod, 'Silent');
    await clock.advance(300_000);
    assert.equal(queue.sizes.waiting, 1);
    await clock.advance(60_000);
    assert.equal(queue.sizes.active, 1);
  });

  it('keeps gated pods out until their gate opens, and says so once', async () => {
    let isOpen = false;
    const gated: string[] = [];
    const { queue, next } = queueOf({
      preEnqueue: () => (isOpen ? success : { ...unschedulable('closed'), plugin: 'Fit' }),
      onGated: ({ metadata }) => gated.push(metadata.name!),
    });
    queue.add(pod);
    queue.onChange(nodeAdd);
    assert.deepEqual([queue.sizes.waiting, await next()], [1, undefined]);
    isOpen = true;
    queue.onChange({ resource: 'AssignedPod', action: 'Delete' });
    assert.equal(queue.sizes.waiting, 1);
    queue.onChange(nodeAdd);
    assert.deepEqual([queue.sizes.waiting, gated], [0, ['p']]);
  });

  it('knows the newest state of a pod, and forgets deleted ones', async () => {
    const { queue } = queueOf();
    queue.add(pod);
    queue.add(testPod('gone'));
    queue.update({ ...pod, spec: { ...pod.spec!, priority: 7 } });
    queue.delete(testPod('gone'));
    assert.equal((await queue.pop())!.pod.spec!.priority, 7);
    assert.deepEqual(queue.sizes, { active: 0, backoff: 0, waiting: 0 });
  });

  it('activates pods wherever they wait', async () => {
    const { queue } = queueOf();
    queue.add(pod);
    await refuse(queue, pod, 'Silent');
    queue.activate([pod, testPod('stranger')]);
    assert.deepEqual(queue.sizes, { active: 1, backoff: 0, waiting: 0 });
  });

  it('ends waiting when it is closed', async () => {
    const { queue } = queueOf();
    const popped = queue.pop();
    queue[Symbol.dispose]();
    assert.equal(await popped, undefined);
  });
});
