import { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** How many keys are worked on at once. Default 1. */
  readonly workers?: number;
  /** Back-off of failed keys. Default 5 ms doubling to 1,000 s, as client-go's controllers. */
  readonly initialDelayMs?: number;
  readonly maximumDelayMs?: number;
  /** Told of every failure, once. */
  readonly onError: (key: string, error: unknown) => void;
}

/** What a handler may ask for. */
export interface WorkOutcome {
  readonly requeueAfterMs?: number;
}

/**
 * A queue of keys: a key waits at most once, is never worked on twice at the same time, and one that was added while being worked on is worked on
 * again afterwards. A handler that throws has its key retried with back-off.
 */
export class WorkQueue implements AsyncDisposable {
  readonly #options: WorkQueueOptions;
  readonly #handle: (key: string, signal: AbortSignal) => Promise<WorkOutcome | void>;
  readonly #waiting = new Set<string>();
  readonly #active = new Set<string>();
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, { atMs: number; timer: Disposable }>();
  readonly #running = new Set<Promise<void>>();
  readonly #backoff: Backoff;
  readonly #abort = new AbortController();
  #isStarted = false;

  constructor(options: WorkQueueOptions, handle: (key: string, signal: AbortSignal) => Promise<WorkOutcome | void>) {
    this.#options = options;
    this.#handle = handle;
    this.#backoff = new Backoff({ initialMs: options.initialDelayMs ?? 5, maximumMs: options.maximumDelayMs ?? 1_000_000, now: () => options.clock.now() });
  }

  /** Keys waiting or being worked on, delayed ones apart. */
  get size(): number {
    return this.#waiting.size + this.#active.size;
  }

  /** Begins to work; before that, keys only gather. */
  start(): void {
    this.#isStarted = true;
    this.#pump();
  }

  add(key: string): void {
    if (this.#abort.signal.aborted) return;
    if (this.#active.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#pump();
  }

  /** Adds a key after a delay; of several delays the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (delayMs <= 0) return this.add(key);
    const atMs = this.#options.clock.now() + delayMs;
    const planned = this.#timers.get(key);
    if (this.#abort.signal.aborted || (planned && planned.atMs <= atMs)) return;
    planned?.timer[Symbol.dispose]();
    const timer = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { atMs, timer });
  }

  /** Stops taking keys and waits for those being worked on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error('work queue stopped'));
    for (const { timer } of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
    this.#waiting.clear();
    await Promise.all(this.#running);
  }

  #pump(): void {
    while (this.#isStarted && !this.#abort.signal.aborted && this.#active.size < (this.#options.workers ?? 1)) {
      const next = this.#waiting.values().next();
      if (next.done) return;
      this.#waiting.delete(next.value);
      this.#active.add(next.value);
      const run = this.#work(next.value).finally(() => this.#running.delete(run));
      this.#running.add(run);
    }
  }

  async #work(key: string): Promise<void> {
    try {
      const outcome = await this.#handle(key, this.#abort.signal);
      this.#backoff.reset(key);
      if (outcome?.requeueAfterMs !== undefined) this.addAfter(key, outcome.requeueAfterMs);
    } catch (error) {
      if (!this.#abort.signal.aborted) {
        this.#options.onError(key, error);
        this.addAfter(key, this.#backoff.next(key));
      }
    }
    this.#active.delete(key);
    if (this.#again.delete(key)) this.#waiting.add(key);
    this.#pump();
  }
}
