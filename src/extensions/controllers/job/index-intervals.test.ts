import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countCommon, countOf, firstFree, includesIndex, intervalsOf, intervalsText, parseIntervals, union } from './index-intervals.ts';

describe('intervals of completion indexes', () => {
  for (const [indexes, text] of [
    [[], ''],
    [[4], '4'],
    [[0, 1], '0,1'],
    [[0, 1, 2], '0-2'],
    [[7, 1, 3, 4, 5], '1,3-5,7'],
    [[9, 2, 3, 8], '2,3,8,9'],
  ] as const) {
    it(`writes ${JSON.stringify(indexes)} as "${text}" and reads it back`, () => {
      assert.equal(intervalsText(intervalsOf(indexes)), text);
      assert.deepEqual(parseIntervals(text, 10), intervalsOf(indexes));
    });
  }

  it('leaves out what is beyond the completions, and what is no interval', () => {
    assert.deepEqual(parseIntervals('1,3-9,12,x,4-', 6), [
      { first: 1, last: 1 },
      { first: 3, last: 5 },
    ]);
  });

  it('agrees with plain sets', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    const sample = (): Set<number> => new Set(Array.from({ length: random(12) }, () => random(20)));
    for (let round = 0; round < 500; round++) {
      const [left, right] = [sample(), sample()];
      const [leftIntervals, rightIntervals] = [intervalsOf(left), intervalsOf(right)];
      assert.equal(countOf(leftIntervals), left.size);
      assert.deepEqual(union(leftIntervals, rightIntervals), intervalsOf(left.union(right)));
      assert.equal(countCommon(leftIntervals, rightIntervals), left.intersection(right).size);
      for (let index = 0; index < 20; index++) assert.equal(includesIndex(leftIntervals, index), left.has(index));
      const free = Array.from({ length: 15 }, (_, index) => index).filter((index) => !left.has(index));
      assert.deepEqual(firstFree(leftIntervals, 4, 15), free.slice(0, 4));
    }
  });
});
