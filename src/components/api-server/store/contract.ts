import type { ObjectKey, UntypedObject } from '../../../api/object.ts';

/** What a stored object is to the rest of the API server: immutable and shared. */
export interface Stored {
  readonly key: ObjectKey;
  /** The revision of the last write; equals `object.metadata.resourceVersion`. */
  readonly revision: number;
  /** Deep-frozen; parsed from `bytes` on first use. */
  readonly object: UntypedObject;
  /** The JSON a GET sends, `resourceVersion` included. Serialised once. */
  readonly bytes: Buffer;
  /** The `ServedResource.number` of who has found, by converting it, that this is just what it shows. */
  shownBy?: number;
}

export interface StoreEvent {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly revision: number;
  /** For `deleted`: the last state, with the resourceVersion of the deletion, as upstream sends it. */
  readonly stored: Stored;
  /** The state before; absent for `added`. */
  readonly previous?: Stored;
}

/** Objects of one resource, named by its storage prefix (`pods`, `deployments.apps`). */
export interface Collection {
  readonly size: number;
  get(key: ObjectKey): Stored | undefined;
  /** In key order (namespace, then name). `after` is the `keyText` of the last item of the page before. Cheap: no copy of objects. */
  list(range: ListRange): ListPage;
  /** The same as of an older revision, rebuilt from remembered changes. Throws ApiError 410 Expired when it is compacted away. */
  listAt(revision: number, range: ListRange): ListPage;
  /**
   * Calls `sink` with remembered events after `fromRevision` before returning, then with each commit's events, in order, synchronously.
   * Throws ApiError 410 Expired `too old resource version: <from> (<oldest>)` when the events are no longer remembered.
   */
  watch(fromRevision: number, sink: (events: readonly StoreEvent[]) => void): Disposable;
}

export interface ListRange {
  readonly namespace?: string;
  readonly after?: string;
  readonly limit?: number;
}

export interface ListPage {
  readonly items: readonly Stored[];
  /** The revision the page shows. */
  readonly revision: number;
  /** How many items of the range come after this page. */
  readonly remaining: number;
}

export interface ObjectWrite {
  readonly prefix: string;
  readonly key: ObjectKey;
  /** Absent: remove. Frozen by the store; `metadata.resourceVersion` is set by the store. */
  readonly object?: UntypedObject;
  /** 0: must not exist. Absent: whatever is there. */
  readonly expectedRevision?: number;
}

/** The API server's view of its storage: everything live in memory, every write durable before it is seen. */
export interface ObjectStore extends AsyncDisposable {
  /** The newest revision seen. Never falls. */
  readonly revision: number;
  collection(prefix: string): Collection;
  prefixes(): Iterable<string>;
  /**
   * Commits all writes or none. Answers the stored result per write (for removals: the last state with the revision of the removal).
   * Throws `WriteConflict` when an expectation failed, ApiError 503 when the storage cannot write.
   */
  commit(writes: readonly ObjectWrite[]): Promise<readonly Stored[]>;
  /** Resolves when `revision` has been reached, or rejects with ApiError 504 Timeout after `timeoutMs` (upstream: "Too large resource version"). */
  waitFor(revision: number, timeoutMs: number): Promise<void>;
}

export class WriteConflict extends Error {
  readonly write: ObjectWrite;
  constructor(write: ObjectWrite) {
    super(`conflict on ${write.prefix}/${write.key.namespace ?? ''}/${write.key.name}`);
    this.name = 'WriteConflict';
    this.write = write;
  }
}
