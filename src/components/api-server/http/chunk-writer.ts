import type { Writable } from 'node:stream';
import { requestTurns } from '../turns.ts';

/** Encrypted, a chunk takes two segments of the loopback interface at most: a third one, of some bytes, costs the kernel as much as a whole one. */
const chunkBytes = 124 * 1_024;
const pooledChunks = 16;
/** Chunks are used again and again: fresh memory for every one would cost more than filling it. */
const pool: Buffer[] = [];

/** Joins many small buffers into large writes. Two chunks take turns: one is filled while the other is on its way. */
export class ChunkWriter {
  readonly #out: Writable;
  #chunk = takeChunk();
  #used = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(out: Writable) {
    this.#out = out;
    // A broken connection shows in `destroyed`; whoever waits for a write is released by its callback.
    out.on('error', () => {});
  }

  get isClosed(): boolean {
    return this.#out.destroyed;
  }

  /** Copies bytes in, from `start` on. A promise when the caller has to wait for the client. */
  add(bytes: Buffer, start = 0): Promise<void> | undefined {
    const length = bytes.length - start;
    if (this.#used + length > chunkBytes) return this.#addAfterFlush(start === 0 ? bytes : bytes.subarray(start));
    bytes.copy(this.#chunk, this.#used, start);
    this.#used += length;
    return undefined;
  }

  /** Sends what is left and ends the body. */
  async end(): Promise<void> {
    await this.#flush();
    await this.#writing;
    pool.push(...(pool.length < pooledChunks ? [this.#chunk] : []));
    this.#out.end();
  }

  async #addAfterFlush(bytes: Buffer): Promise<void> {
    await this.#flush();
    // A client that takes all there is at once would otherwise hold the event loop to the end of the list.
    const turn = requestTurns.breathe();
    if (turn) await turn;
    if (bytes.length <= chunkBytes) return void this.add(bytes);
    await this.#writing;
    await this.#write(bytes);
  }

  /** Starts to send the chunk and goes on with another, once that one is free. */
  async #flush(): Promise<void> {
    if (this.#used === 0) return;
    const full = this.#chunk;
    const view = full.subarray(0, this.#used);
    await this.#writing;
    this.#writing = this.#write(view).then(() => void (pool.length < pooledChunks && pool.push(full)));
    this.#chunk = takeChunk();
    this.#used = 0;
  }

  #write(bytes: Buffer): Promise<void> {
    if (this.#out.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.#out.write(bytes, () => resolve()));
  }
}

const takeChunk = (): Buffer => pool.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
