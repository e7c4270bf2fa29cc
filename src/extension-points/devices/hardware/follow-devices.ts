import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../../kernel/clock.ts';
import type { Device } from '../contract.ts';

export interface FollowDevicesOptions {
  readonly clock: Clock;
  /** How long between two looks. Default: 5 seconds. */
  readonly everyMs?: number | undefined;
  readonly signal: AbortSignal;
}

/** The list of devices of hardware that tells nobody when it changes: `read` now and again, and the list whenever it is another. Ends when the signal aborts; throws what `read` throws. */
export async function* followDevices(
  read: () => Promise<readonly Device[]>,
  { clock, everyMs = 5_000, signal }: FollowDevicesOptions,
): AsyncIterable<readonly Device[]> {
  let last: readonly Device[] | undefined;
  while (!signal.aborted) {
    const devices = await read();
    if (!isDeepStrictEqual(devices, last)) yield (last = devices);
    await clock.sleep(everyMs, signal).catch(() => {}); // the loop looks at the signal
  }
}
