import type { Writable } from 'node:stream';

export interface LineWriterOptions {
  /** Lines that may wait for a slow client. */
  readonly backlog: number;
  /** Called once, when more than that are waiting. */
  readonly onOverflow: () => void;
}

const largestWrite = 64 * 1024;

/**
 * Writes lines to a response in order and with back-pressure. Lines that wait are shared between watchers, so a slow one costs references, not copies.
 * Lines that come in the same turn leave in one write.
 */
export class LineWriter {
  readonly #out: Writable;
  readonly #options: LineWriterOptions;
  #waiting: (Buffer | Promise<Buffer>)[] = [];
  #isPumping = false;
  #isStopped = false;

  constructor(out: Writable, options: LineWriterOptions) {
    this.#out = out;
    this.#options = options;
  }

  push(line: Buffer | Promise<Buffer>): void {
    if (this.#isStopped) return;
    // A failing conversion is reported when its turn comes.
    if (line instanceof Promise) line.catch(() => {});
    this.#waiting.push(line);
    if (this.#waiting.length > this.#options.backlog) {
      this.stop();
      this.#options.onOverflow();
    } else if (!this.#isPumping) {
      this.#isPumping = true;
      queueMicrotask(() => void this.#pump());
    }
  }

  /** Forgets what waits; nothing is written any more. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting = [];
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#isPumping && !this.#isStopped) await new Promise((resolve) => setImmediate(resolve));
  }

  async #pump(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#isStopped) {
      const { lines, bytes } = this.#take();
      const chunk = lines.length === 1 ? lines[0]! : Buffer.concat(lines as Buffer[], bytes);
      const ready = chunk instanceof Promise ? await chunk.catch((error: unknown) => this.#fail(error)) : chunk;
      if (this.#isStopped || !ready) break;
      if (!this.#out.write(ready)) await drained(this.#out);
    }
    this.#isPumping = false;
  }

  /** As many finished lines as fit one write, or one unfinished line. */
  #take(): { lines: (Buffer | Promise<Buffer>)[]; bytes: number } {
    let bytes = 0;
    let count = 0;
    for (const line of this.#waiting) {
      if (line instanceof Promise) {
        if (count === 0) return { lines: [this.#waiting.shift()!], bytes: 0 };
        break;
      }
      if (count > 0 && bytes + line.length > largestWrite) break;
      bytes += line.length;
      count++;
    }
    const lines = count === this.#waiting.length ? this.#waiting : this.#waiting.slice(0, count);
    this.#waiting = count === this.#waiting.length ? [] : this.#waiting.slice(count);
    return { lines, bytes };
  }

  #fail(error: unknown): undefined {
    this.stop();
    this.#out.destroy(error instanceof Error ? error : new Error(String(error)));
    return undefined;
  }
}

/** Resolves when a stream takes more, or has closed. */
export function drained(out: Writable): Promise<void> {
  if (out.destroyed || !out.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      out.off('drain', finish);
      out.off('close', finish);
      resolve();
    };
    out.on('drain', finish);
    out.on('close', finish);
  });
}
