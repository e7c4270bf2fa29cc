import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BoundedRecords, type Share } from './bounded-records.ts';
import { ManualClock } from './manual-clock.ts';

function recordsOf(maximumBytes: number, maximumAgeMs = 60_000): { records: BoundedRecords<number>; clock: ManualClock; dropped: string[] } {
  const clock = new ManualClock();
  const dropped: string[] = [];
  return { records: new BoundedRecords({ clock, maximumBytes, maximumAgeMs, onDropped: (key) => dropped.push(key) }), clock, dropped };
}
const keysOf = (records: BoundedRecords<number>): string[] => [...records].map(([key]) => key);

describe('bounded records', () => {
  it('lets the oldest fall out', () => {
    const { records, dropped } = recordsOf(100);
    for (const key of ['a', 'b', 'c']) records.put(key, 1, { bytes: 40 });
    assert.deepEqual([keysOf(records), dropped, records.bytes], [['b', 'c'], ['a'], 80]);
  });

  it('keeps what is kept before what is newer, until nothing else is left', () => {
    const { records } = recordsOf(100);
    records.put('kept', 1, { bytes: 60, isKept: true });
    records.put('loose', 2, { bytes: 40 });
    records.put('newer', 3, { bytes: 40 });
    assert.deepEqual(keysOf(records), ['kept', 'newer']);
    records.put('also kept', 4, { bytes: 60, isKept: true });
    assert.deepEqual(keysOf(records), ['also kept']);
  });

  it('treats a released record as the newest of the others', () => {
    const { records } = recordsOf(100);
    records.put('kept', 1, { bytes: 40, isKept: true });
    records.put('loose', 2, { bytes: 40 });
    records.release('kept');
    records.put('newer', 3, { bytes: 40 });
    assert.deepEqual(keysOf(records), ['kept', 'newer']);
  });

  it('forgets by age, but not what is kept', async () => {
    const { records, clock } = recordsOf(100, 1_000);
    records.put('kept', 1, { bytes: 10, isKept: true });
    records.put('loose', 2, { bytes: 10 });
    await clock.advance(1_001);
    assert.deepEqual([keysOf(records), records.bytes, records.get('loose')], [['kept'], 10, undefined]);
  });

  it('counts what records share once', () => {
    const { records } = recordsOf(100);
    const share: Share = { bytes: 50 };
    for (const key of ['a', 'b', 'c']) records.put(key, 1, { bytes: 10, shares: [share] });
    assert.equal(records.bytes, 80);
    records.delete('a');
    records.resize('b', { bytes: 20, shares: [] });
    assert.equal(records.bytes, 80);
    records.delete('c');
    assert.equal(records.bytes, 20);
  });

  it('does not take what is larger than all the room', () => {
    const { records, dropped } = recordsOf(100);
    records.put('small', 1, { bytes: 10 });
    records.put('huge', 2, { bytes: 101 });
    records.put('growing', 3, { bytes: 10 });
    records.resize('growing', { bytes: 101 });
    assert.deepEqual([keysOf(records), records.bytes, dropped], [['small'], 10, ['huge', 'growing']]);
  });

  it('never exceeds its bound, whatever is done, and drops no kept record while another is there', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const shares: Share[] = Array.from({ length: 5 }, (_, index) => ({ bytes: index * 30 }));
    const { records } = recordsOf(1_000);
    for (let step = 0; step < 20_000; step++) {
      const key = `k${random(40)}`;
      const [first, second] = [shares[random(5)]!, shares[random(5)]!];
      const size = { bytes: random(200), shares: first === second ? [first] : [first, second] };
      const kept = keysOf(records).filter((other) => other !== key && records.isKept(other));
      const action = random(5);
      if (action === 0) records.release(key);
      else if (action === 1) records.delete(key);
      else if (action === 2) records.resize(key, size);
      else records.put(key, step, { ...size, isKept: random(3) === 0 });
      assert.ok(records.bytes <= 1_000 && records.bytes >= 0);
      const isKeptDropped = kept.some((other) => records.get(other) === undefined);
      const isLooseLeft = keysOf(records).some((other) => !records.isKept(other));
      assert.ok(!(isKeptDropped && isLooseLeft));
    }
    for (const key of keysOf(records)) records.delete(key);
    assert.equal(records.bytes, 0);
  });
});
