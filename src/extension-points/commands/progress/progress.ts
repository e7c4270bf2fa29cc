import type { Clock } from '../../../kernel/clock.ts';
import type { Streams } from '../contract.ts';

/** How far long work has come, on the last line of a terminal. */
export interface Progress {
  show(done: number, total: number): void;
  /** Takes the line away, for other lines to be written. */
  pause(): void;
}

/** Fewer things are done before anybody waits for them. */
export const fewestOfLongWork = 20;
const redrawEveryMs = 100;
const barWidth = 20;

/** Shows progress on standard error, if that is a terminal and there are enough things to wait for; otherwise nothing is written. `what`: `applied`; `fewest`: where each thing takes long. */
export function createProgress(
  { stderr }: Pick<Streams, 'stderr'>,
  { what, clock, fewest = fewestOfLongWork }: { readonly what: string; readonly clock: Pick<Clock, 'now'>; readonly fewest?: number },
): Progress {
  if (!stderr.isTerminal) return { show: () => undefined, pause: () => undefined };
  let isShown = false;
  let drawnAt = -Infinity;
  return {
    show(done, total) {
      if (total < fewest || done >= total || (isShown && clock.now() - drawnAt < redrawEveryMs)) return;
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
