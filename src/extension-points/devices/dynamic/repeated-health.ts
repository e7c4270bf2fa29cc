import type { Clock } from '../../../kernel/clock.ts';
import type { DeviceHealth } from './contract.ts';

const defaultTimeoutSeconds = 30;

/**
 * What a driver said of its devices, all of it whenever something changes, and again before it is too old: as long as the driver runs, it counts. Goes on after the source
 * has ended, until the signal aborts; a fault of the source ends it.
 */
export async function* repeatedHealth(
  source: AsyncIterable<readonly DeviceHealth[]>,
  clock: Clock,
  signal: AbortSignal,
): AsyncIterable<readonly DeviceHealth[]> {
  const known = new Map<string, DeviceHealth>();
  let fault: { readonly error: unknown } | undefined;
  let due = Promise.withResolvers<void>();
  const wake = (): void => due.resolve();
  signal.addEventListener('abort', wake, { once: true });
  void (async () => {
    try {
      for await (const devices of source) {
        for (const device of devices) known.set(`${device.pool}/${device.device}`, device);
        wake();
      }
    } catch (error) {
      fault = { error };
      wake();
    }
  })();
  try {
    while (!signal.aborted) {
      await due.promise;
      if (fault) throw fault.error;
      due = Promise.withResolvers<void>();
      if (signal.aborted || known.size === 0) continue;
      using _again = clock.after((shortestTimeoutSeconds(known) * 1_000) / 3, wake);
      yield [...known.values()];
      if (!signal.aborted) await due.promise;
    }
  } finally {
    signal.removeEventListener('abort', wake);
  }
}

const shortestTimeoutSeconds = (known: ReadonlyMap<string, DeviceHealth>): number =>
  Math.min(...[...known.values()].map(({ timeoutSeconds = defaultTimeoutSeconds }) => timeoutSeconds));
