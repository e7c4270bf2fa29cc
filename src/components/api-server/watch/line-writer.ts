import type { Writable } from 'node:stream';
import { flushTurns } from './flush-turns.ts';

export interface LineWriterOptions {
  /** Lines that may wait for a slow client. */
  readonly backlog: number;
  /** Bytes that may wait. Default: unlimited. A line whose conversion is under way counts nothing yet. */
  readonly backlogBytes?: number;
  /** Called once, when more than that are waiting. */
  readonly onOverflow: () => void;
}

/** A line, or the promise of one whose conversion leaves the process. */
export type Line = Buffer | Promise<Buffer>;

const largestWrite = 64 * 1024;

/**
 * Writes lines to a response in order and with back-pressure. Lines that wait are shared between watchers, so a slow one costs references, not copies.
 * While the client keeps up, all lines that came before this writer's turn leave in one write: with many watchers the writes are what costs.
 */
export class LineWriter {
  readonly #out: Writable;
  readonly #options: LineWriterOptions;
  #waiting: Line[] = [];
  #waitingBytes = 0;
  #isPumping = false;
  #isStopped = false;

  constructor(out: Writable, options: LineWriterOptions) {
    this.#out = out;
    this.#options = options;
  }

  push(lines: readonly Line[]): void {
    if (this.#isStopped) return;
    for (const line of lines) {
      // A failing conversion is reported when its turn comes.
      if (line instanceof Promise) line.catch(() => {});
      else this.#waitingBytes += line.length;
      this.#waiting.push(line);
    }
    if (this.#waiting.length > this.#options.backlog || this.#waitingBytes > (this.#options.backlogBytes ?? Infinity)) {
      this.stop();
      this.#options.onOverflow();
    } else if (!this.#isPumping) {
      this.#isPumping = true;
      flushTurns.add(() => this.#flush());
    }
  }

  /** Forgets what waits; nothing is written any more. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#isPumping && !this.#isStopped) await new Promise((resolve) => setImmediate(resolve));
  }

  #flush(): void {
    const [line] = this.#waiting;
    if (this.#waiting.length !== 1 || line === undefined || line instanceof Promise || this.#out.writableNeedDrain) return void this.#pump();
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#isPumping = false;
    this.#out.write(line);
  }

  async #pump(): Promise<void> {
    if (this.#out.writableNeedDrain) await drained(this.#out);
    while (this.#waiting.length > 0 && !this.#isStopped) {
      const lines = this.#take();
      const [first] = lines;
      const ready =
        first instanceof Promise ? await first.catch((error: unknown) => this.#fail(error)) : lines.length === 1 ? first : Buffer.concat(lines as Buffer[]);
      if (this.#isStopped || !ready) break;
      if (!this.#out.write(ready)) await drained(this.#out);
    }
    this.#isPumping = false;
  }

  /** As many finished lines as fit one write, or one unfinished line. */
  #take(): Line[] {
    let bytes = 0;
    let count = 0;
    for (const line of this.#waiting) {
      if (line instanceof Promise) break;
      if (count > 0 && bytes + line.length > largestWrite) break;
      bytes += line.length;
      count++;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, Math.max(count, 1));
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
