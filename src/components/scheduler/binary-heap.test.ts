import assert from 'node:assert/strict';
import { it } from 'node:test';
import { BinaryHeap } from './binary-heap.ts';

it('a heap hands out its entries in order, whatever was replaced and removed', () => {
  const heap = new BinaryHeap<{ key: string; rank: number }>(
    ({ key }) => key,
    (left, right) => left.rank - right.rank,
  );
  const model = new Map<string, number>();
  let seed = 42;
  const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  for (let step = 0; step < 2_000; step++) {
    const key = `k${random(50)}`;
    const rank = random(1_000);
    if (random(3) === 0) {
      assert.equal(heap.remove(key)?.rank, model.get(key));
      model.delete(key);
    } else {
      heap.put({ key, rank });
      model.set(key, rank);
    }
    assert.equal(heap.get(key)?.rank, model.get(key));
    assert.equal(heap.size, model.size);
    assert.equal(heap.peek()?.rank, model.size === 0 ? undefined : Math.min(...model.values()));
  }
  const ranks = Array.from({ length: heap.size }, () => heap.pop()!.rank);
  assert.deepEqual(
    ranks,
    [...model.values()].sort((left, right) => left - right),
  );
  assert.equal(heap.pop(), undefined);
});
