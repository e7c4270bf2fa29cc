import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Breathe } from '../../extension-points/scheduling/run.ts';

/** Half of what a request may wait for the event loop, so that two such stretches in a row stay within it. */
const longestStretchMs = 4;

/** Lets the event loop turn whenever it did not for a while; real time counts here, not the clock's. */
export function createBreathe(): Breathe {
  let lastTurnMs = performance.now();
  let calls = 0;
  return () => {
    // Reading the time costs more than most plugins do.
    if ((++calls & 15) !== 0 || performance.now() - lastTurnMs < longestStretchMs) return undefined;
    return nextTurn().then(() => {
      lastTurnMs = performance.now();
    });
  };
}
