import type { CommitResult, Storage, StorageSnapshot, StorageWrite, StoredChange, StoredRecord } from '../../../extension-points/storage/contract.ts';
import { StorageError } from '../../../extension-points/storage/contract.ts';

/** A storage that lives and dies with the process; for tests and for clusters that need not survive. `load` may be called again at any time. */
export function createMemoryStorage(): Storage {
  return new MemoryStorage();
}

class MemoryStorage implements Storage {
  readonly #records = new Map<string, StoredRecord>();
  #changes: StoredChange[] = [];
  #revision = 0;
  #compactedRevision = 0;
  #observer: ((changes: readonly StoredChange[]) => void) | undefined;
  #isClosed = false;

  async load(): Promise<StorageSnapshot> {
    const records = [...this.#records.values()].sort((left, right) => (left.key < right.key ? -1 : 1));
    return { revision: this.#revision, compactedRevision: this.#compactedRevision, records, changes: [...this.#changes] };
  }

  async commit(writes: readonly StorageWrite[]): Promise<CommitResult> {
    if (this.#isClosed) throw new StorageError('the memory store is closed');
    const conflict = this.#conflictIn(writes);
    if (conflict) return conflict;
    const changes = this.#apply(writes);
    if (changes.length > 0) this.#observer?.(changes);
    return { kind: 'committed', revision: this.#revision };
  }

  onChanges(observer: (changes: readonly StoredChange[]) => void): Disposable {
    this.#observer = observer;
    return { [Symbol.dispose]: () => void (this.#observer = this.#observer === observer ? undefined : this.#observer) };
  }

  async compact(revision: number): Promise<void> {
    this.#compactedRevision = Math.max(this.#compactedRevision, Math.min(revision, this.#revision));
    this.#changes = this.#changes.filter((change) => change.revision > this.#compactedRevision);
  }

  async statistics(): Promise<{ sizeBytes: number; pendingCommits: number }> {
    let sizeBytes = 0;
    for (const record of this.#records.values()) sizeBytes += record.key.length + record.value.byteLength;
    return { sizeBytes, pendingCommits: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
  }

  #conflictIn(writes: readonly StorageWrite[]): CommitResult | undefined {
    for (const { key, expectedRevision } of writes) {
      const revision = this.#records.get(key)?.revision ?? 0;
      if (expectedRevision !== undefined && expectedRevision !== revision) return { kind: 'conflict', key, revision };
    }
    return undefined;
  }

  #apply(writes: readonly StorageWrite[]): StoredChange[] {
    const effective = writes.filter(({ key, value }) => value !== undefined || this.#records.has(key));
    if (effective.length === 0) return [];
    const revision = ++this.#revision;
    const changes = effective.map(({ key, value }): StoredChange => {
      const previous = this.#records.get(key);
      if (value) this.#records.set(key, { key, revision, value });
      else this.#records.delete(key);
      return { key, revision, ...(value ? { value } : {}), ...(previous ? { previous } : {}) };
    });
    this.#changes.push(...changes);
    return changes;
  }
}
