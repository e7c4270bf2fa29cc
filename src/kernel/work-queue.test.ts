import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from './manual-clock.ts';
import { WorkQueue } from './work-queue.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a work queue', () => {
  it('works on a key once however often it was added', async () => {
    const worked: string[] = [];
    await using queue = new WorkQueue({ clock: new ManualClock(), onError: () => {} }, async (key) => void worked.push(key));
    queue.add('a');
    queue.add('a');
    queue.add('b');
    queue.start();
    await settle();
    assert.deepEqual(worked, ['a', 'b']);
  });

  it('never works on a key twice at the same time, and again when it was added meanwhile', async () => {
    let active = 0;
    let most = 0;
    let times = 0;
    const gates: (() => void)[] = [];
    await using queue = new WorkQueue({ clock: new ManualClock(), workers: 4, onError: () => {} }, async () => {
      times++;
      most = Math.max(most, ++active);
      await new Promise<void>((resolve) => gates.push(resolve));
      active--;
    });
    queue.start();
    queue.add('a');
    await settle();
    queue.add('a');
    queue.add('a');
    gates.shift()?.();
    await settle();
    gates.shift()?.();
    await settle();
    assert.deepEqual({ most, times }, { most: 1, times: 2 });
  });

  it('retries a failed key after 5, 10, 20 ms, and at once again after a success', async () => {
    const clock = new ManualClock();
    const at: number[] = [];
    const errors: string[] = [];
    const start = clock.now();
    await using queue = new WorkQueue({ clock, onError: (key, error) => errors.push(`${key}: ${(error as Error).message}`) }, async () => {
      at.push(clock.now() - start);
      if (at.length < 4) throw new Error('not yet');
    });
    queue.start();
    queue.add('a');
    await settle();
    for (let index = 0; index < 40; index++) await clock.advance(1);
    assert.deepEqual(at, [0, 5, 15, 35]);
    assert.deepEqual(errors, ['a: not yet', 'a: not yet', 'a: not yet']);
  });

  it('comes back when the handler asks for it, at the earliest time asked', async () => {
    const clock = new ManualClock();
    let times = 0;
    await using queue = new WorkQueue({ clock, onError: () => {} }, async () => {
      times++;
      return times === 1 ? { requeueAfterMs: 100 } : {};
    });
    queue.start();
    queue.add('a');
    await settle();
    queue.addAfter('a', 1_000);
    await clock.advance(99);
    assert.equal(times, 1);
    await clock.advance(1);
    assert.equal(times, 2);
  });
});
