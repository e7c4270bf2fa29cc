/** How long the work of requests may hold the event loop before others get their turn. */
const longestStretchMs = 5;

/**
 * Spreads the long work of requests over turns of the event loop, one stretch a turn: what is waiting in the sockets is served between any two of them, however many
 * requests are long.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  readonly #now: () => number;
  /** When the first work of this turn began. */
  #startedMs: number | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** To be called between the parts of a request's work: undefined when it may go on at once, else a promise of its turn. */
  breathe(): Promise<void> | undefined {
    if (this.#startedMs !== undefined) return this.#now() - this.#startedMs < longestStretchMs ? undefined : this.next();
    this.#startedMs = this.#now();
    if (this.#waiting.length === 0) setImmediate(this.#run);
    return undefined;
  }

  /** A turn of its own, for work that is known to be long. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1 && this.#startedMs === undefined) setImmediate(this.#run);
    });
  }

  readonly #run = (): void => {
    const resume = this.#waiting.shift();
    this.#startedMs = resume ? this.#now() : undefined;
    if (!resume) return;
    resume();
    setImmediate(this.#run);
  };
}

/** The turns of all requests of this process: what counts is how long all of them together hold the event loop. */
export const requestTurns = new Turns();
