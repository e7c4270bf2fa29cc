/**
 * Where objects live. Exactly one storage serves an API server. Keys are opaque, ordered text such as `/pods/default/web`; values are opaque bytes.
 * Revisions are positive integers that rise with every commit; all writes of one commit share one revision.
 */
export interface Storage extends AsyncDisposable {
  /**
   * Reads everything once at start: every live record in key order and the changes still remembered, oldest first.
   * Throws `StorageError` when the store is unreadable (corrupt, not permitted, held by another process), with what to do in the message.
   */
  load(): Promise<StorageSnapshot>;

  /**
   * Commits all writes or none. Resolves after the commit is durable, and after `onChanges` was told of it.
   * Rejects with `StorageError` when the store cannot write (full disk, read-only file): then nothing of it was committed.
   */
  commit(writes: readonly StorageWrite[]): Promise<CommitResult>;

  /** Reports every commit, own ones included, in revision order and before `commit` resolves. One observer; call before the first commit. */
  onChanges(observer: (changes: readonly StoredChange[]) => void): Disposable;

  /** Forgets changes up to and including a revision; a watch from at or before it is answered 410. Live records stay. */
  compact(revision: number): Promise<void>;

  /** For metrics and `wherry status`. */
  statistics(): Promise<{ readonly sizeBytes: number; readonly pendingCommits: number }>;
}

export interface StoredRecord {
  readonly key: string;
  /** The revision of the last change of this key. */
  readonly revision: number;
  readonly value: Uint8Array;
}

/** `value` is absent for a removal. `previous` is what the key held before, when it is still known. */
export interface StoredChange {
  readonly key: string;
  readonly revision: number;
  readonly value?: Uint8Array;
  readonly previous?: StoredRecord;
}

export interface StorageSnapshot {
  /** The newest revision; 0 for an empty store. */
  readonly revision: number;
  /** Changes after this revision are in `changes`. */
  readonly compactedRevision: number;
  readonly records: Iterable<StoredRecord>;
  readonly changes: readonly StoredChange[];
}

export interface StorageWrite {
  readonly key: string;
  /** What the key must hold now: a revision, 0 for nothing, absent for anything. */
  readonly expectedRevision?: number;
  /** Absent: remove the key. */
  readonly value?: Uint8Array;
}

/** A conflict names the first write whose expectation failed and the revision found (0 for nothing). */
export type CommitResult =
  | { readonly kind: 'committed'; readonly revision: number }
  | { readonly kind: 'conflict'; readonly key: string; readonly revision: number };

export class StorageError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StorageError';
  }
}
