import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Clock } from '../../kernel/clock.ts';

/** Programs write a file in several steps. */
const settleMs = 50;

/** Tells when something in a directory has changed. The directory may be missing, and may be replaced by another of the same name. */
export class DirectoryChanges implements Disposable {
  readonly #path: string;
  readonly #clock: Clock;
  #watcher: FSWatcher | undefined;
  #watched: string | undefined;
  #hasChanged = false;
  #wake: (() => void) | undefined;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** Whether changes show at once; otherwise whoever waits must look regularly. */
  get isWatching(): boolean {
    return this.#watcher !== undefined;
  }

  /** From now on changes count. To be called before each look at the directory. */
  async watch(): Promise<void> {
    const identity = await stat(this.#path).then(
      ({ dev, ino }) => `${dev}:${ino}`,
      () => undefined, // not there yet, or not to be seen: whoever reads it hears why
    );
    this.#hasChanged = false;
    if (this.#watcher && identity === this.#watched) return;
    this.#unwatch();
    if (identity === undefined) return;
    try {
      this.#watcher = watch(this.#path, { persistent: false }, () => this.#notice());
      this.#watcher.on('error', () => (this.#unwatch(), this.#notice()));
      this.#watched = identity;
    } catch {
      // It has just gone, or the kernel has no more watches: it is looked at regularly.
    }
  }

  /** Resolves when something has changed since `watch`, after `atMostMs`, or when the signal aborts. */
  async next(atMostMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (!this.#hasChanged) await this.#waited(atMostMs, signal);
    if (this.#hasChanged) await this.#clock.sleep(settleMs, signal).catch(() => undefined); // stopped: nobody wants to know
  }

  [Symbol.dispose](): void {
    this.#unwatch();
  }

  #waited(atMostMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer[Symbol.dispose]();
        signal.removeEventListener('abort', end);
        this.#wake = undefined;
        resolve();
      };
      const timer = this.#clock.after(atMostMs, end);
      signal.addEventListener('abort', end, { once: true });
      this.#wake = end;
    });
  }

  #notice(): void {
    this.#hasChanged = true;
    this.#wake?.();
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = undefined;
  }
}
