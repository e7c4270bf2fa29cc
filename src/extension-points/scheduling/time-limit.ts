import type { Clock } from '../../kernel/clock.ts';
import { SchedulingFault } from './scheduling-fault.ts';

/**
 * How long a plugin may take to settle what it promised, in milliseconds. The first three hold up the scheduling of all pods, so they are short. Binding goes on beside it:
 * volumes may take upstream's 10 minutes to be bound.
 */
export const timeLimits = { PostFilter: 60_000, Reserve: 10_000, Permit: 10_000, PreBind: 15 * 60_000, Bind: 60_000 } as const;
export type LimitedPoint = keyof typeof timeLimits;

/** How long a plugin has to come to an end once the host has asked it to. */
const graceMs = 5_000;

/**
 * What `start` answers; a promise must settle within the point's limit, and soon after `signal` aborts. The signal that `start` is given aborts when either is over; the
 * promise is then left to itself. Rejects with a SchedulingFault that names the plugin.
 */
export async function withinLimit<T>(
  { clock, plugin, point, signal }: { readonly clock: Clock; readonly plugin: string; readonly point: LimitedPoint; readonly signal?: AbortSignal },
  start: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const own = new AbortController();
  if (signal?.aborted) own.abort(signal.reason);
  const answer = start(own.signal);
  if (!(answer instanceof Promise)) return answer;
  // Whoever is given up on may still fail.
  answer.catch(() => undefined);
  const tooLate = Promise.withResolvers<never>();
  const giveUp = (why: string): void => {
    const fault = new SchedulingFault(plugin, point, why);
    tooLate.reject(fault);
    own.abort(fault);
  };
  const timers = [clock.after(timeLimits[point], () => giveUp(`did not answer within ${timeLimits[point] / 1000} s`))];
  const onAbort = (): void => {
    own.abort(signal!.reason);
    timers.push(clock.after(graceMs, () => giveUp('did not end when asked to')));
  };
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([answer, tooLate.promise]);
  } finally {
    for (const timer of timers) timer[Symbol.dispose]();
    signal?.removeEventListener('abort', onAbort);
  }
}
