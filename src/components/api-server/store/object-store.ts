import type { UntypedObject } from '../../../api/object.ts';
import { deepFreeze, keyText } from '../../../api/object.ts';
import { unavailable } from '../../../api/status.ts';
import type { CommitResult, Storage, StorageSnapshot, StorageWrite, StoredChange, StoredRecord } from '../../../extension-points/storage/contract.ts';
import { StorageError } from '../../../extension-points/storage/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import type { Collection, ObjectStore, ObjectWrite, Stored } from './contract.ts';
import { WriteConflict } from './contract.ts';
import type { WindowOptions } from './event-window.ts';
import { EventWindow } from './event-window.ts';
import type { ObjectEvent, StoreView } from './object-collection.ts';
import { ObjectCollection, tooLargeRevision } from './object-collection.ts';
import { parseStorageKey, storageKey } from './storage-key.ts';
import { StoredObject, storedJson } from './stored-object.ts';

export interface ObjectStoreDeps {
  /** Stays the caller's to dispose, after the store. */
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  readonly window?: WindowOptions;
}

/** Loads everything from the storage and keeps it in memory. Rejects with `StorageError` when the storage cannot be read. */
export async function openObjectStore(deps: ObjectStoreDeps): Promise<ObjectStore> {
  const store = new MemoryFirstStore(deps);
  await store.load();
  return store;
}

interface Waiter {
  readonly revision: number;
  readonly resolve: () => void;
}

/** Every write goes to the storage and comes back through `onChanges`, own and foreign ones alike; only then is it seen. */
class MemoryFirstStore implements ObjectStore, StoreView {
  readonly log: Log;
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #window: EventWindow;
  readonly #collections = new Map<string, ObjectCollection>();
  /** The objects that own writes under way were made of, by the very bytes handed to the storage. */
  readonly #sources = new Map<Uint8Array, UntypedObject>();
  readonly #waiters = new Set<Waiter>();
  #revision = 0;
  #compactedRevision = 0;
  #compaction: Promise<void> | undefined;
  #timer: Disposable | undefined;
  #subscription: Disposable | undefined;
  #isClosed = false;

  constructor({ storage, clock, log, window }: ObjectStoreDeps) {
    this.#storage = storage;
    this.#clock = clock;
    this.log = log;
    this.#window = new EventWindow(window);
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  async load(): Promise<void> {
    this.#restore(await this.#storage.load());
    this.#subscription = this.#storage.onChanges((changes) => this.#apply(changes));
    this.#planCompaction();
  }

  collection(prefix: string): Collection {
    return this.#collection(prefix);
  }

  prefixes(): Iterable<string> {
    return this.#collections.keys();
  }

  async commit(writes: readonly ObjectWrite[]): Promise<readonly Stored[]> {
    const encoded = writes.map((write) => this.#encode(write));
    try {
      return await this.#commitEncoded(writes, encoded);
    } finally {
      for (const { value } of encoded) if (value) this.#sources.delete(value);
    }
  }

  async #commitEncoded(writes: readonly ObjectWrite[], encoded: readonly StorageWrite[]): Promise<readonly Stored[]> {
    for (;;) {
      const result = await this.#commitOnce(writes.map((write, index) => this.#expect(write, encoded[index]!)));
      if (result.kind === 'committed') return writes.map((write) => this.#resultOf(write, result.revision));
      const index = encoded.findIndex(({ key }) => key === result.key);
      const write = writes[index]!;
      // A removal of whatever is there met a newer revision than memory showed: look again.
      if (write.object || write.expectedRevision !== undefined) throw new WriteConflict(write);
    }
  }

  waitFor(revision: number, timeoutMs: number): Promise<void> {
    if (revision <= this.#revision) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(timeoutMs, () => {
        this.#waiters.delete(waiter);
        reject(tooLargeRevision(revision, this.#revision));
      });
      const waiter: Waiter = { revision, resolve: () => (timer[Symbol.dispose](), resolve()) };
      this.#waiters.add(waiter);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    await this.#compaction;
    this.#subscription?.[Symbol.dispose]();
  }

  #collection(prefix: string): ObjectCollection {
    let collection = this.#collections.get(prefix);
    if (!collection) {
      collection = new ObjectCollection(this);
      this.#collections.set(prefix, collection);
    }
    return collection;
  }

  #restore({ revision, compactedRevision, records, changes }: StorageSnapshot): void {
    this.#revision = revision;
    this.#compactedRevision = compactedRevision;
    const newest = new Map<string, StoredObject>();
    for (const change of changes) this.#restoreChange(change, newest);
    for (const record of records) {
      const parsed = parseStorageKey(record.key);
      if (!parsed) continue;
      const known = newest.get(record.key);
      this.#collection(parsed.prefix).restore(known?.revision === record.revision ? known : new StoredObject(parsed.key, record.revision, record.value));
    }
    this.#forgetOverflow();
  }

  #restoreChange(change: StoredChange, newest: Map<string, StoredObject>): void {
    const parsed = parseStorageKey(change.key);
    if (!parsed) return;
    const previous = newest.get(change.key) ?? (change.previous && new StoredObject(parsed.key, change.previous.revision, change.previous.value));
    const stored = change.value && new StoredObject(parsed.key, change.revision, change.value);
    const event = eventOf(change.revision, stored, previous);
    if (stored) newest.set(change.key, stored);
    else newest.delete(change.key);
    if (!event) return;
    this.#collection(parsed.prefix).restoreEvent(event);
    this.#window.add(change.revision, weightOf(event));
  }

  #encode({ prefix, key, object }: ObjectWrite): StorageWrite {
    if (!object) return { key: storageKey(prefix, key) };
    // In this order: what is frozen takes longer to write.
    const value = storedJson(object);
    deepFreeze(object);
    this.#sources.set(value, object);
    return { key: storageKey(prefix, key), value };
  }

  /** A removal without an expectation still needs something to remove, so it expects what memory shows. */
  #expect(write: ObjectWrite, encoded: StorageWrite): StorageWrite {
    if (write.expectedRevision !== undefined) return { ...encoded, expectedRevision: write.expectedRevision };
    if (write.object) return encoded;
    const stored = this.#collection(write.prefix).get(write.key);
    if (!stored) throw new WriteConflict(write);
    return { ...encoded, expectedRevision: stored.revision };
  }

  async #commitOnce(writes: readonly StorageWrite[]): Promise<CommitResult> {
    try {
      return await this.#storage.commit(writes);
    } catch (error) {
      if (error instanceof StorageError) throw unavailable(error.message, error);
      throw error;
    }
  }

  #resultOf({ prefix, key, object }: ObjectWrite, revision: number): Stored {
    const event = this.#collection(prefix).eventAt(revision, keyText(key));
    if (!event) throw new Error(`commit ${revision} of ${prefix} "${keyText(key)}" was not reported by the storage${object ? '' : ' (removal)'}`);
    return event.stored;
  }

  #apply(changes: readonly StoredChange[]): void {
    for (let index = 0; index < changes.length; ) {
      const revision = changes[index]!.revision;
      let end = index;
      while (changes[end]?.revision === revision) end++;
      // A storage that reconnects may repeat itself.
      if (revision > this.#revision) this.#applyCommit(revision, changes.slice(index, end));
      index = end;
    }
  }

  #applyCommit(revision: number, changes: readonly StoredChange[]): void {
    const eventsOf = new Map<ObjectCollection, ObjectEvent[]>();
    for (const change of changes) {
      const parsed = parseStorageKey(change.key);
      if (!parsed) continue;
      const collection = this.#collection(parsed.prefix);
      const previous = collection.get(parsed.key) ?? previousOf(parsed.key, change.previous);
      const stored = change.value && new StoredObject(parsed.key, revision, change.value, this.#sources.get(change.value));
      const event = eventOf(revision, stored, previous);
      if (!event) continue;
      collection.apply(event);
      this.#window.add(revision, weightOf(event));
      const events = eventsOf.get(collection);
      if (events) events.push(event);
      else eventsOf.set(collection, [event]);
    }
    this.#revision = revision;
    for (const [collection, events] of eventsOf) collection.notify(events);
    this.#wake();
    this.#forgetOverflow();
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (waiter.revision > this.#revision) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #planCompaction(): void {
    this.#timer = this.#clock.after(this.#window.intervalMs, () => {
      const revision = this.#window.expired(this.#clock.now(), this.#revision);
      if (revision !== undefined) this.#forget(revision);
      this.#planCompaction();
    });
  }

  #forgetOverflow(): void {
    const revision = this.#window.overflow();
    if (revision !== undefined) this.#forget(revision);
  }

  #forget(revision: number): void {
    if (revision <= this.#compactedRevision) return;
    this.#compactedRevision = revision;
    this.#window.forget(revision);
    for (const collection of this.#collections.values()) collection.forget(revision);
    this.#compaction ??= this.#compact();
  }

  /** One compaction at a time; what was forgotten meanwhile follows in the same run. */
  async #compact(): Promise<void> {
    await Promise.resolve();
    let compacted = 0;
    while (compacted < this.#compactedRevision && !this.#isClosed) {
      compacted = this.#compactedRevision;
      try {
        await this.#storage.compact(compacted);
      } catch (error) {
        this.log.warn('store could not be compacted', { error, revision: compacted });
      }
    }
    this.#compaction = undefined;
  }
}

const previousOf = (key: StoredObject['key'], record: StoredRecord | undefined): StoredObject | undefined =>
  record && new StoredObject(key, record.revision, record.value);

/** What an event alone keeps in memory: the state it superseded, and for a removal the last state once more. */
const weightOf = ({ type, previous, stored }: ObjectEvent): number => (previous?.size ?? 0) + (type === 'deleted' ? stored.size : 0);

/** Undefined for the removal of something never seen. */
function eventOf(revision: number, stored: StoredObject | undefined, previous: StoredObject | undefined): ObjectEvent | undefined {
  if (stored) return previous ? { type: 'modified', revision, stored, previous } : { type: 'added', revision, stored };
  return previous && { type: 'deleted', revision, stored: previous.at(revision), previous };
}
