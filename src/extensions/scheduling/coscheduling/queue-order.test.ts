import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { QueuedPod } from '../../../extension-points/scheduling/contract.ts';
import { testPod } from '../../../extension-points/scheduling/testing.ts';
import type { Place } from './queue-order.ts';
import { comparePlaces, createQueueOrder } from './queue-order.ts';

describe('the place in the queue', () => {
  const place = (priority: number, sinceMs: number, key: string): Place => ({ priority, sinceMs, key });
  const cases: { name: string; first: Place; second: Place }[] = [
    { name: 'goes by priority', first: place(10, 9, 'b'), second: place(9, 1, 'a') },
    { name: 'then by who is there longer', first: place(1, 1, 'b'), second: place(1, 2, 'a') },
    { name: 'then by name', first: place(1, 1, 'a'), second: place(1, 1, 'b') },
  ];
  for (const { name, first, second } of cases)
    it(name, () => {
      assert.ok(comparePlaces(first, second) < 0);
      assert.ok(comparePlaces(second, first) > 0);
      assert.equal(comparePlaces(first, { ...first }), 0);
    });

  it('is kept until the pod is queued again, and members of a group stay together', () => {
    const since = new Map([
      ['g', 1],
      ['h', 2],
    ]);
    const order = createQueueOrder(({ pod }) => ({ priority: 0, sinceMs: since.get(pod.metadata.name![0]!)!, key: pod.metadata.name![0]! }));
    const queued = (name: string): { -readonly [K in keyof QueuedPod]: QueuedPod[K] } => ({ pod: testPod(name), queuedAtMs: 1, attempts: 1 });
    const pods = ['h-1', 'g-2', 'h-2', 'g-1'].map(queued);
    const names = (): string[] => pods.toSorted(order).map(({ pod }) => pod.metadata.name!);
    assert.deepEqual(names(), ['g-1', 'g-2', 'h-1', 'h-2']);
    since.set('g', 3);
    assert.deepEqual(names(), ['g-1', 'g-2', 'h-1', 'h-2'], 'a heap must not see the change');
    for (const pod of pods) pod.queuedAtMs = 2;
    assert.deepEqual(names(), ['h-1', 'h-2', 'g-1', 'g-2']);
  });
});
