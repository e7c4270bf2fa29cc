/** How many responses are written to before other work gets its turn. */
const writesPerTurn = 128;

/**
 * Spreads writes to many connections over turns of the event loop, so that a thousand of them keep no request waiting. What becomes ready for a watcher that
 * still waits for its turn leaves with it in one write: the busier the server, the fewer the writes.
 */
export class FlushTurns {
  #waiting: (() => void)[] = [];
  #next = 0;
  #isScheduled = false;

  /** Calls back in a coming turn; in the order of the calls. */
  add(flush: () => void): void {
    this.#waiting.push(flush);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    const end = Math.min(this.#next + writesPerTurn, this.#waiting.length);
    while (this.#next < end) {
      try {
        this.#waiting[this.#next++]!();
      } catch (error) {
        // One watcher's fault is reported as any other, and keeps no other watcher waiting.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    if (this.#next < this.#waiting.length) return void setImmediate(() => this.#run());
    this.#waiting = [];
    this.#next = 0;
    this.#isScheduled = false;
  }
}

/** The watchers' turns of this process: what counts is how long all of its watches together hold the event loop. */
export const flushTurns = new FlushTurns();
