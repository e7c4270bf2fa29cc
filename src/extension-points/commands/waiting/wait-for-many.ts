import type { CommandContext } from '../contract.ts';
import { createProgress, fewestOfLongWork } from '../progress/progress.ts';
import { untilStopped } from './until-stopped.ts';

/** Watches open at once. */
const atOnce = 64;

/**
 * Waits for things, many at a time. A terminal shows how many are `what` (`gone`). When the user ends it the command ends with exit code 1, as kubectl's waiting does; of many
 * things it is told how many were. Throws the error of the first, in order, that has one; the rest is given up then.
 */
export async function waitForMany<Thing>(
  { streams, clock, signal }: Pick<CommandContext, 'streams' | 'clock'> & Partial<Pick<CommandContext, 'signal'>>,
  things: readonly Thing[],
  { what, wait }: { readonly what: string; wait(thing: Thing): Promise<void> },
): Promise<void> {
  if (things.length === 0) return;
  const progress = createProgress(streams, { what, clock });
  let done = 0;
  const begin = (thing: Thing): Promise<void> => {
    const end = wait(thing).then(() => progress.show(++done, things.length));
    end.catch(() => undefined); // it is thrown when its turn comes
    return end;
  };
  const waitForAll = async (): Promise<void> => {
    const waits: Promise<void>[] = [];
    for (let at = 0; at < things.length; at++) {
      while (waits.length < Math.min(things.length, at + atOnce)) waits.push(begin(things[waits.length]!));
      await waits[at];
    }
  };
  progress.show(0, things.length);
  try {
    await (signal ? untilStopped({ signal }, waitForAll) : waitForAll());
  } finally {
    progress.pause();
    if (signal?.aborted && things.length >= fewestOfLongWork) streams.stderr.write(`Stopped: ${done} of ${things.length} ${what}.\n`);
  }
}
