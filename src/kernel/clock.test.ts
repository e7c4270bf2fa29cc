import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { systemClock } from './clock.ts';

const monthMs = 30 * 24 * 3_600_000;

describe('the clock of the system', () => {
  it('waits longer than a timer of the platform can', async () => {
    const delays: number[] = [];
    const start = setTimeout;
    mock.method(globalThis, 'setTimeout', (callback: () => void, delayMs: number) => {
      delays.push(delayMs);
      return start(callback, 0);
    });
    try {
      await new Promise<void>((resolve) => void systemClock.after(monthMs, resolve));
      assert.deepEqual(delays.splice(0), [2 ** 31 - 1, monthMs - (2 ** 31 - 1)]);
      await systemClock.sleep(monthMs);
      assert.deepEqual(delays.splice(0), [2 ** 31 - 1, monthMs - (2 ** 31 - 1)]);
    } finally {
      mock.restoreAll();
    }
  });

  it('can be told to stop such a wait', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(monthMs, stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(sleeping, { message: 'enough' });
    systemClock.after(monthMs, () => assert.fail('it was called off'))[Symbol.dispose]();
  });
});
