import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Turns } from './turns.ts';

describe('turns of requests', () => {
  it('let short work go on', () => {
    const turns = new Turns(() => 0);
    for (let part = 0; part < 10; part++) assert.equal(turns.breathe(), undefined);
  });
  it('let others in once work took long, and count afresh then', async () => {
    let nowMs = 0;
    const turns = new Turns(() => nowMs);
    assert.equal(turns.breathe(), undefined);
    nowMs = 5;
    const pause = turns.breathe();
    let isOthersTurn = false;
    setImmediate(() => (isOthersTurn = true));
    await pause;
    await nextTurn();
    assert.ok(isOthersTurn);
    assert.equal(turns.breathe(), undefined);
  });
  it('give one long request a turn of the loop, in the order they came', async () => {
    let nowMs = 0;
    const turns = new Turns(() => nowMs);
    const told: string[] = [];
    const work = async (name: string): Promise<void> => {
      for (let part = 0; part < 3; part++) {
        await turns.next();
        nowMs += 50;
        told.push(name);
      }
    };
    const all = Promise.all([work('a'), work('b')]);
    let isOver = false;
    void all.then(() => (isOver = true));
    let most = 0;
    while (!isOver) {
      const before = told.length;
      await nextTurn();
      most = Math.max(most, told.length - before);
    }
    assert.equal(most, 1);
    assert.deepEqual(told, ['a', 'b', 'a', 'b', 'a', 'b']);
  });
  it('forget a turn that is over', async () => {
    let nowMs = 0;
    const turns = new Turns(() => nowMs);
    turns.breathe();
    nowMs = 100;
    await nextTurn();
    assert.equal(turns.breathe(), undefined);
  });
});
