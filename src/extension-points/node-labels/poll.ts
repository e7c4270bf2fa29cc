import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import type { LabelledNode, Labels, NodeLabelSource } from './contract.ts';

export interface PollOptions {
  /** Milliseconds from one look to the next. Default: a minute. */
  readonly everyMs?: number;
  readonly clock?: Clock;
}

/** Makes a source of a function that looks what is there: it is called at once, and again and again. */
export function poll(look: (node: LabelledNode, signal: AbortSignal) => Labels | Promise<Labels>, options: PollOptions = {}): NodeLabelSource {
  const { everyMs = 60_000, clock = systemClock } = options;
  return {
    async *labels(node, signal) {
      let last: Labels | null = null; // nothing was said yet
      while (!signal.aborted) {
        const labels = await look(node, signal);
        if (!isDeepStrictEqual(labels, last)) {
          last = { ...labels }; // it may be the same object, with other values, next time
          yield { labels };
        }
        await clock.sleep(everyMs, signal).catch(() => undefined); // stopped: the loop ends
      }
    },
  };
}
