import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CommitResult, Storage, StorageSnapshot, StorageWrite, StoredChange, StoredRecord } from '../../../extension-points/storage/contract.ts';
import { StorageError } from '../../../extension-points/storage/contract.ts';
import type { Log } from '../../../kernel/log.ts';
import { silentLog } from '../../../kernel/log.ts';
import { FileWorker } from './file-worker.ts';
import type { PlannedChange } from './pending-heads.ts';
import { PendingHeads } from './pending-heads.ts';
import type { RowToInsert } from './worker-protocol.ts';

export interface SqliteStorageOptions {
  /** The file; made when absent (its directory must exist). */
  readonly path: string;
  readonly log?: Log;
  /** Past this size writes are refused until something was compacted. Default 8 GiB, the most etcd recommends. */
  readonly maximumSizeBytes?: number;
}

/**
 * Opens the embedded store: one SQLite file, owned by one worker thread and locked against other processes. Rejects with `StorageError`.
 * Bundlers: `worker.ts` of this folder must be built to `sqlite-worker.js` beside the bundle.
 */
export async function openSqliteStorage({ path, log = silentLog, maximumSizeBytes = 8 * 2 ** 30 }: SqliteStorageOptions): Promise<Storage> {
  return new SqliteStorage(await FileWorker.open({ path, maximumSizeBytes }), log);
}

/** One `commit` call on its way to the file. A conflict waits too: what it conflicts with is only true once durable. */
interface PendingCommit {
  readonly changes: readonly PlannedChange[];
  readonly result: CommitResult;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: unknown) => void;
}

const compactionPart = 1_000;
/** How long acknowledging commits may hold up everything else. */
const longestStretchMs = 4;

/**
 * Conflicts and revisions are decided here, in memory and at once, on the newest pending state; the thread only makes rows durable. While one
 * transaction runs, further commits gather and share the next one. When a transaction fails, everything that was pending is undone and refused.
 */
class SqliteStorage implements Storage {
  readonly #worker: FileWorker;
  readonly #log: Log;
  readonly #heads = new PendingHeads();
  #queue: PendingCommit[] = [];
  #inFlight: readonly PendingCommit[] = [];
  #running: Promise<void> | undefined;
  /** Commits that a transaction made durable, in order; nobody was told yet. */
  #durable: PendingCommit[] = [];
  #acknowledging: Promise<void> | undefined;
  /** The last one that was asked for: they share the list of garbage. */
  #compaction: Promise<void> = Promise.resolve();
  #garbage: { readonly fromRevision: number; readonly sequence: number }[] = [];
  #compactedRevision = 0;
  #observer: ((changes: readonly StoredChange[]) => void) | undefined;
  #isLoaded = false;
  #isClosed = false;

  constructor(worker: FileWorker, log: Log) {
    this.#worker = worker;
    this.#log = log;
  }

  async load(): Promise<StorageSnapshot> {
    // Nothing new is taken from now on.
    this.#isLoaded = false;
    await this.#running;
    await this.#acknowledging;
    const values = new Map<string, StoredRecord>();
    const changes: StoredChange[] = [];
    this.#heads.clear();
    this.#garbage = [];
    this.#compactedRevision = await this.#worker.request({ kind: 'load' }, (rows, bytes) => this.#read(rows, bytes, values, changes));
    this.#heads.settle(this.#compactedRevision);
    this.#isLoaded = true;
    const records = [...values.values()].sort((left, right) => (left.key < right.key ? -1 : 1));
    return {
      revision: this.#heads.revision,
      compactedRevision: this.#compactedRevision,
      records,
      changes: changes.filter(({ revision }) => revision > this.#compactedRevision),
    };
  }

  commit(writes: readonly StorageWrite[]): Promise<CommitResult> {
    if (this.#isClosed) return Promise.reject(new StorageError('the store is closed'));
    if (!this.#isLoaded) return Promise.reject(new StorageError('the store was not loaded yet'));
    if (this.#worker.broken) return Promise.reject(this.#worker.broken);
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...this.#heads.plan(writes), resolve, reject });
      this.#running ??= this.#run();
    });
  }

  onChanges(observer: (changes: readonly StoredChange[]) => void): Disposable {
    this.#observer = observer;
    return { [Symbol.dispose]: () => void (this.#observer = this.#observer === observer ? undefined : this.#observer) };
  }

  compact(revision: number): Promise<void> {
    const compaction = this.#compaction.then(() => this.#compact(revision));
    this.#compaction = compaction.catch(() => undefined);
    return compaction;
  }

  async #compact(revision: number): Promise<void> {
    const until = Math.min(revision, this.#heads.durableRevision);
    if (until <= this.#compactedRevision) return;
    this.#compactedRevision = until;
    let index = this.#garbage.findIndex(({ fromRevision }) => fromRevision > until);
    if (index < 0) index = this.#garbage.length;
    // In parts, so that commits get in between.
    do {
      const part = this.#garbage.slice(0, Math.min(index, compactionPart));
      await this.#worker.request({ kind: 'compact', revision: until, sequences: part.map(({ sequence }) => sequence) });
      this.#garbage.splice(0, part.length);
      index -= part.length;
    } while (index > 0);
  }

  async statistics(): Promise<{ sizeBytes: number; pendingCommits: number }> {
    const pendingCommits = this.#queue.length + this.#inFlight.length + this.#durable.length;
    return { sizeBytes: await this.#worker.request({ kind: 'size' }), pendingCommits };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#running;
    await this.#acknowledging;
    await this.#worker.close();
  }

  #read(rows: readonly RowToInsert[], bytes: Uint8Array, values: Map<string, StoredRecord>, changes: StoredChange[]): void {
    let offset = 0;
    for (const { sequence, revision, key, valueBytes } of rows) {
      const value = valueBytes < 0 ? undefined : bytes.subarray(offset, (offset += valueBytes));
      const previous = values.get(key);
      this.#collectGarbage(this.#heads.restore({ key, revision, sequence, isRemoval: !value }));
      if (value) values.set(key, { key, revision, value });
      else values.delete(key);
      changes.push({ key, revision, ...(value ? { value } : {}), ...(previous ? { previous } : {}) });
    }
  }

  async #run(): Promise<void> {
    // Everything committed in the same turn of the event loop shares the first transaction.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      this.#inFlight = batch;
      try {
        await this.#write(batch);
      } catch (error) {
        this.#refuseAll(error);
        continue;
      }
      // At once: what is refused from now on is undone down to here.
      for (const { changes } of batch) if (changes.length > 0) this.#heads.settle(changes[0]!.revision);
      for (const pending of batch) this.#durable.push(pending);
      this.#acknowledging ??= this.#acknowledgeAll();
    }
    this.#inFlight = [];
    this.#running = undefined;
  }

  /** In stretches: what follows from hundreds of commits that one transaction made durable would hold up everything else. The next transaction is written meanwhile. */
  async #acknowledgeAll(): Promise<void> {
    let startedMs = performance.now();
    for (let index = 0; index < this.#durable.length; index++) {
      this.#acknowledge(this.#durable[index]!);
      // What follows from a commit runs in between.
      await Promise.resolve();
      if (index % 8 !== 7 || performance.now() - startedMs < longestStretchMs) continue;
      this.#durable.splice(0, index + 1);
      index = -1;
      await nextTurn();
      startedMs = performance.now();
    }
    this.#durable = [];
    this.#acknowledging = undefined;
  }

  async #write(batch: readonly PendingCommit[]): Promise<void> {
    const changes = batch.flatMap((pending) => pending.changes);
    if (changes.length === 0) return;
    const values = new Uint8Array(changes.reduce((sum, { value }) => sum + (value?.byteLength ?? 0), 0));
    let offset = 0;
    const rows = changes.map(({ key, revision, sequence, value }): RowToInsert => {
      if (value) values.set(value, offset);
      offset += value?.byteLength ?? 0;
      return { key, revision, sequence, valueBytes: value?.byteLength ?? -1 };
    });
    await this.#worker.request({ kind: 'commit', rows, values });
  }

  #acknowledge({ changes, result, resolve }: PendingCommit): void {
    try {
      for (const change of changes) this.#collectGarbage(change);
      if (changes.length > 0) this.#tell(changes);
    } finally {
      resolve(result);
    }
  }

  #tell(changes: readonly PlannedChange[]): void {
    try {
      this.#observer?.(changes.map(({ key, revision, value }) => ({ key, revision, ...(value ? { value } : {}) })));
    } catch (error) {
      this.#log.error('observer of the store failed', { error });
    }
  }

  /** What came after the failed transaction was decided on top of it, so it falls with it. */
  #refuseAll(error: unknown): void {
    const refused = [...this.#inFlight, ...this.#queue];
    this.#queue = [];
    this.#heads.undo(refused.flatMap((pending) => pending.changes));
    this.#log.error('store could not write', { error, commits: refused.length });
    for (const pending of refused) pending.reject(error);
  }

  #collectGarbage({ revision, sequence, isRemoval, replaces }: PlannedChange): void {
    if (replaces) this.#garbage.push({ fromRevision: revision, sequence: replaces.sequence });
    if (isRemoval) this.#garbage.push({ fromRevision: revision, sequence });
  }
}
