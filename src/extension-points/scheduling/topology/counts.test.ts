import assert from 'node:assert/strict';
import { it } from 'node:test';
import { seededRandom } from '../testing.ts';
import { CopyOnWrite } from './copy-on-write.ts';
import { Counts } from './counts.ts';

function expectSame(counts: Counts, wanted: ReadonlyMap<number, number>, place: string): void {
  const present = [...wanted].filter(([, count]) => count !== 0);
  const frequencies = new Map<number, number>();
  for (const [, count] of present) frequencies.set(count, (frequencies.get(count) ?? 0) + 1);
  const sorted = (map: ReadonlyMap<number, number>): [number, number][] => [...map].sort(([left], [right]) => left - right);
  assert.deepEqual(
    [counts.nonZero, counts.sum, sorted(counts.frequencies)],
    [present.length, present.reduce((sum, [, count]) => sum + count, 0), sorted(frequencies)],
    place,
  );
  const column = counts.column(300);
  for (let id = 0; id < 300; id++) assert.deepEqual([counts.get(id), column[id]], [wanted.get(id) ?? 0, wanted.get(id) ?? 0], `${place}, id ${id}`);
}

it('counts like a map, whether few or many ids have a number, and keeps clones apart', () => {
  for (const ids of [10, 300]) {
    const random = seededRandom(ids);
    const wanted = new Map<number, number>();
    const counts = new CopyOnWrite(new Counts());
    for (let step = 0; step < 2_000; step++) {
      const id = Math.floor(random() * ids);
      const amount = Math.floor(random() * 5) - 2;
      const seen = step % 100 === 0 ? counts.view() : undefined;
      const before = new Map(wanted);
      wanted.set(id, (wanted.get(id) ?? 0) + amount);
      counts.edit().add(id, amount);
      if (!seen) continue;
      expectSame(seen, before, `${ids} ids, step ${step}, seen before`);
      expectSame(counts.view(), wanted, `${ids} ids, step ${step}`);
    }
  }
});

it('adds its numbers to sums, as many as there is room for', () => {
  for (const ids of [3, 100]) {
    const counts = new Counts();
    for (let id = 0; id < ids; id++) counts.add(id, id);
    const sums = new Int32Array(2).fill(1);
    counts.addTo(sums, 10);
    assert.deepEqual([...sums], [1, 11]);
  }
});
