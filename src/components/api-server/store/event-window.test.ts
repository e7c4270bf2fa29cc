import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventWindow } from './event-window.ts';

describe('the event window', () => {
  it('lets a revision go once it was newest for the whole time', () => {
    const window = new EventWindow({ minimumMs: 1_000 });
    const answers = [0, 200, 400, 600, 800, 1_000, 1_200].map((timeMs) => window.expired(timeMs, timeMs / 100));
    assert.deepEqual(answers, [undefined, undefined, undefined, undefined, undefined, 0, 2]);
  });

  it('lets a tenth go when there are too many', () => {
    const window = new EventWindow({ maximumEvents: 10 });
    for (let revision = 1; revision <= 10; revision++) window.add(revision, 0);
    assert.equal(window.overflow(), undefined);
    window.add(11, 0);
    assert.equal(window.overflow(), 2);
    window.forget(2);
    assert.equal(window.overflow(), undefined);
  });

  it('lets the oldest go when they are too heavy, however few', () => {
    const window = new EventWindow({ maximumBytes: 1_000 });
    for (let revision = 1; revision <= 5; revision++) window.add(revision, 200);
    assert.equal(window.overflow(), undefined);
    window.add(6, 200);
    assert.equal(window.overflow(), 2);
    window.forget(2);
    assert.equal(window.overflow(), undefined);
    window.add(7, 5_000);
    assert.equal(window.overflow(), 7);
    window.forget(7);
    assert.equal(window.overflow(), undefined);
  });
});
