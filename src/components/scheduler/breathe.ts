import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Breathe } from '../../extension-points/scheduling/run.ts';

/** Half of what a request may wait for the event loop, so that two such stretches in a row stay within it. */
const longestStretchMs = 4;
/** Calls of plugins for one node each. */
const workPerLook = 16;

/** Lets the event loop turn whenever it did not for a while; real time counts here, not the clock's. */
export function createBreathe(): Breathe {
  let lastTurnMs = performance.now();
  let work = 0;
  return (done = 1) => {
    // Reading the time costs more than most plugins do.
    if ((work += done) < workPerLook) return undefined;
    work = 0;
    if (performance.now() - lastTurnMs < longestStretchMs) return undefined;
    return nextTurn().then(() => {
      lastTurnMs = performance.now();
    });
  };
}
