import type { CommandContext } from '../contract.ts';
import { createProgress, fewestOfLongWork } from '../progress/progress.ts';

/** Watches open at once. */
const atOnce = 64;

/**
 * Waits for things, many at a time. A terminal shows how many are `what` (`gone`); who stops the waiting is told. Throws the error of the first, in order, that has one; the
 * rest is given up then.
 */
export async function waitForMany<Thing>(
  context: Pick<CommandContext, 'streams' | 'clock'> & Partial<Pick<CommandContext, 'signal'>>,
  things: readonly Thing[],
  { what, wait }: { readonly what: string; wait(thing: Thing): Promise<void> },
): Promise<void> {
  const progress = createProgress(context.streams, { what, clock: context.clock });
  // Reading the signal takes Ctrl-C's usual effect away.
  const signal = things.length >= fewestOfLongWork ? context.signal : undefined;
  const stopped = signal ? [whenAborted(signal)] : [];
  const waits: Promise<void>[] = [];
  let done = 0;
  const begin = (thing: Thing): Promise<void> => {
    const end = wait(thing).then(() => progress.show(++done, things.length));
    end.catch(() => undefined); // it is thrown when its turn comes
    return end;
  };
  progress.show(0, things.length);
  try {
    for (let at = 0; at < things.length; at++) {
      while (waits.length < Math.min(things.length, at + atOnce)) waits.push(begin(things[waits.length]!));
      await Promise.race([waits[at]!, ...stopped]);
    }
  } catch (error) {
    progress.pause();
    if (signal?.aborted && error === signal.reason) context.streams.stderr.write(`Stopped: ${done} of ${things.length} ${what}.\n`);
    throw error;
  } finally {
    progress.pause();
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  const end = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  end.catch(() => undefined);
  return end;
}
