import type { Clock } from '../../../kernel/clock.ts';
import type { Streams } from '../contract.ts';

/** How far long work has come, on the last line of a terminal. */
export interface Progress {
  show(done: number): void;
  /** Takes the line away, for other lines to be written. */
  pause(): void;
}

const fewest = 20;
const redrawEveryMs = 100;
const barWidth = 20;

/** Shows progress of `total` things on standard error, if that is a terminal and there are enough of them to wait for; otherwise nothing is written. */
export function createProgress(
  { stderr }: Pick<Streams, 'stderr'>,
  { total, what, clock }: { readonly total: number; readonly what: string; readonly clock: Pick<Clock, 'now'> },
): Progress {
  if (!stderr.isTerminal || total < fewest) return { show: () => undefined, pause: () => undefined };
  let isShown = false;
  let drawnAt = -Infinity;
  return {
    show(done) {
      if (done >= total || (isShown && clock.now() - drawnAt < redrawEveryMs)) return;
      drawnAt = clock.now();
      const filled = Math.floor((done / total) * barWidth);
      stderr.write(`\r\u001b[K${'━'.repeat(filled)}${' '.repeat(barWidth - filled)} ${done}/${total} ${what}`);
      isShown = true;
    },
    pause() {
      if (isShown) stderr.write('\r\u001b[K');
      isShown = false;
    },
  };
}
