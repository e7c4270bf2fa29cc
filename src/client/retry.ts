import { isConflict } from '../api/status.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';

/** Runs a read-change-write again while it is refused with 409 `Conflict`: five attempts, 10 ms apart with jitter (client-go's default retry). */
export async function retryOnConflict<T>(attempt: () => Promise<T>, options: { attempts?: number; delayMs?: number; clock?: Clock } = {}): Promise<T> {
  const { attempts = 5, delayMs = 10, clock = systemClock } = options;
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (error) {
      if (made >= attempts || !isConflict(error)) throw error;
    }
    await clock.sleep(delayMs * (1 + Math.random() / 10));
  }
}
