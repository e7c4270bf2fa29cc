import { Worker } from 'node:worker_threads';
import { StorageError } from '../../../extension-points/storage/contract.ts';
import { isFatal, storageError } from './storage-fault.ts';
import type { RowToInsert, WorkerAnswer, WorkerOptions, WorkerRequest } from './worker-protocol.ts';

interface Waiting {
  readonly resolve: (value: number) => void;
  readonly reject: (error: StorageError) => void;
  readonly onRows?: (rows: readonly RowToInsert[], values: Uint8Array) => void;
}

/**
 * Talks to the thread that owns the file; requests are answered in the order they were made. After a fault that leaves the file's state unknown
 * (an I/O error, a crashed thread) every further request but `close` is refused with that fault.
 */
export class FileWorker {
  readonly #path: string;
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #broken: StorageError | undefined;
  readonly #exited: Promise<void>;

  private constructor(options: WorkerOptions, url: URL) {
    this.#path = options.path;
    this.#worker = new Worker(url, { workerData: options, name: 'storage' });
    this.#worker.on('message', (answer: WorkerAnswer) => this.#receive(answer));
    this.#worker.on('error', (error) =>
      this.#break(new StorageError(`the thread of the store ${this.#path} crashed (${String(error)}); restart`, { cause: error })),
    );
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#break(new StorageError(`the store ${this.#path} is closed`));
        resolve();
      });
    });
  }

  /** Opens the file in its thread; rejects with `StorageError` when that fails. */
  static async open(options: WorkerOptions, url: URL = workerUrl()): Promise<FileWorker> {
    const worker = new FileWorker(options, url);
    try {
      await new Promise<number>((resolve, reject) => worker.#waiting.push({ resolve, reject }));
      return worker;
    } catch (error) {
      await worker.#worker.terminate();
      throw error;
    }
  }

  /** Why nothing more can be written; undefined while all is well. */
  get broken(): StorageError | undefined {
    return this.#broken;
  }

  request(request: WorkerRequest, onRows?: Waiting['onRows']): Promise<number> {
    if (this.#broken) return Promise.reject(this.#broken);
    const transfer = request.kind === 'commit' ? [request.values.buffer as ArrayBuffer] : [];
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject, ...(onRows ? { onRows } : {}) });
      this.#worker.postMessage(request, transfer);
    });
  }

  /** Closes the file after what was asked before, and ends the thread. */
  async close(): Promise<void> {
    if (this.#broken) await this.#worker.terminate();
    else await this.request({ kind: 'close' });
    await this.#exited;
  }

  #receive(answer: WorkerAnswer): void {
    if (answer.kind === 'rows') return this.#waiting[0]?.onRows?.(answer.rows, answer.values);
    const waiting = this.#waiting.shift();
    if (answer.kind === 'done') return waiting?.resolve(answer.value);
    const error = storageError(this.#path, answer.failure);
    if (isFatal(answer.failure)) this.#broken = error;
    waiting?.reject(error);
  }

  #break(error: StorageError): void {
    this.#broken ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#broken);
  }
}

/** Run from source the thread's module is `worker.ts` beside this file; bundled it is `sqlite-worker.js` beside the bundle, an entry of its own. */
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './sqlite-worker.js', import.meta.url);
}
