import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../extension-points/scheduling/testing.ts';
import { Ranking } from './ranking.ts';

describe('a ranking', () => {
  it('has nothing to choose from at first', () => assert.deepEqual([new Ranking().choose(0.5), new Ranking().best(3)], [undefined, []]));

  it('chooses every one of the best with the same chance', () => {
    const ranking = new Ranking();
    for (const [index, score] of [5, 9, 9, 1, 9].entries()) ranking.set(index, score);
    assert.deepEqual(
      [0, 0.34, 0.67, 0.99].map((random) => ranking.choose(random)),
      [1, 2, 4, 4],
    );
    assert.deepEqual(ranking.best(4).slice(3), [0]);
  });

  it('knows the best whatever changes', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const ranking = new Ranking();
      const scores = new Map<number, number>();
      for (let step = 0; step < 400; step++) {
        const index = Math.floor(random() * 150);
        if (random() < 0.3) {
          ranking.delete(index);
          scores.delete(index);
        } else {
          const score = Math.floor(random() * 8);
          ranking.set(index, score);
          scores.set(index, score);
        }
        const highest = Math.max(...scores.values());
        const best = [...scores].filter(([, score]) => score === highest).map(([place]) => place);
        const chosen = new Set(best.map((_, place) => ranking.choose((place + 0.5) / best.length)));
        assert.deepEqual([...chosen].toSorted(), scores.size === 0 ? [] : best.toSorted());
        const inOrder = [...scores.values()].sort((left, right) => right - left).slice(0, 5);
        assert.deepEqual(
          ranking.best(5).map((place) => scores.get(place)),
          inOrder,
        );
      }
    }
  });
});
