import assert from 'node:assert/strict';
import { it } from 'node:test';
import { RestartBackoff } from './restart-rules.ts';

it('doubles from 10 seconds to 5 minutes, counted from the end of the container', () => {
  const backoff = new RestartBackoff();
  const delays: number[] = [];
  let nowMs = 0;
  for (let crash = 0; crash < 8; crash++) {
    const { delayMs, remainingMs } = backoff.waiting('key', nowMs, nowMs);
    delays.push(delayMs / 1000);
    nowMs += remainingMs;
    backoff.advance('key', nowMs - remainingMs, nowMs);
  }
  assert.deepEqual(delays, [0, 10, 20, 40, 80, 160, 300, 300]);
});

it('starts over after the container held on for ten minutes', () => {
  const backoff = new RestartBackoff();
  backoff.advance('key', 0, 0);
  backoff.advance('key', 20_000, 20_000);
  assert.equal(backoff.waiting('key', 30_000, 30_000).delayMs, 20_000);
  assert.equal(backoff.waiting('key', 700_000, 700_000).delayMs, 0);
});
