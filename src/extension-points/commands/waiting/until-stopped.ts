import type { CommandContext } from '../contract.ts';
import { ExitCode } from '../errors/command-errors.ts';

/**
 * Does what may wait for ever. When the user ends it (Ctrl-C, a request to end) the command ends with exit code 1 and says nothing, as those of kubectl's that follow the
 * cluster do; the work itself is left where it is.
 */
export async function untilStopped<T>({ signal }: Pick<CommandContext, 'signal'>, work: () => Promise<T>): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(new ExitCode(1));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([stopped.promise, work()]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
