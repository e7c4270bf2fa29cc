/** Exponential back-off per key, in milliseconds: `initialMs`, doubled each failure, at most `maximumMs`; forgotten by `reset` or after `forgetAfterMs` without use. */
export class Backoff {
  readonly #entries = new Map<string, { delayMs: number; lastMs: number }>();
  readonly #options: { initialMs: number; maximumMs: number; forgetAfterMs?: number; now: () => number };

  constructor(options: { initialMs: number; maximumMs: number; forgetAfterMs?: number; now: () => number }) {
    this.#options = options;
  }

  /** Records a failure and returns how long to wait before the next try. */
  next(key: string): number {
    const { initialMs, maximumMs, forgetAfterMs, now } = this.#options;
    const entry = this.#entries.get(key);
    const isFresh = entry && (forgetAfterMs === undefined || now() - entry.lastMs < forgetAfterMs);
    const delayMs = isFresh ? Math.min(entry.delayMs * 2, maximumMs) : initialMs;
    this.#entries.set(key, { delayMs, lastMs: now() });
    return delayMs;
  }

  /** Milliseconds still to wait since the last failure; 0 when the key may be tried now. */
  remaining(key: string): number {
    const entry = this.#entries.get(key);
    return entry ? Math.max(0, entry.lastMs + entry.delayMs - this.#options.now()) : 0;
  }

  reset(key: string): void {
    this.#entries.delete(key);
  }
}
