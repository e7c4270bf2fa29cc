import type { CommitResult, Storage, StorageSnapshot, StorageWrite, StoredChange, StoredRecord } from '../../../extension-points/storage/contract.ts';
import { StorageError } from '../../../extension-points/storage/contract.ts';

/** A storage for tests that can also fail, and bring commits of others. */
export class FakeStorage implements Storage {
  readonly records = new Map<string, StoredRecord>();
  changes: StoredChange[] = [];
  revision = 0;
  compactedRevision = 0;
  failure: string | undefined;
  #observer: ((changes: readonly StoredChange[]) => void) | undefined;

  async load(): Promise<StorageSnapshot> {
    const records = [...this.records.values()].sort((left, right) => (left.key < right.key ? -1 : 1));
    return {
      revision: this.revision,
      compactedRevision: this.compactedRevision,
      records,
      changes: this.changes.filter(({ revision }) => revision > this.compactedRevision),
    };
  }

  async commit(writes: readonly StorageWrite[]): Promise<CommitResult> {
    await Promise.resolve();
    if (this.failure) throw new StorageError(this.failure);
    for (const { key, expectedRevision } of writes) {
      const revision = this.records.get(key)?.revision ?? 0;
      if (expectedRevision !== undefined && expectedRevision !== revision) return { kind: 'conflict', key, revision };
    }
    this.commitAsOther(writes);
    return { kind: 'committed', revision: this.revision };
  }

  /** Commits and reports as if another process had written. */
  commitAsOther(writes: readonly StorageWrite[]): void {
    const revision = ++this.revision;
    const changes = writes.map(({ key, value }): StoredChange => {
      const previous = this.records.get(key);
      if (value) this.records.set(key, { key, revision, value });
      else this.records.delete(key);
      return { key, revision, ...(value ? { value } : {}), ...(previous ? { previous } : {}) };
    });
    this.changes.push(...changes);
    this.#observer?.(changes);
  }

  repeat(changes: readonly StoredChange[]): void {
    this.#observer?.(changes);
  }

  onChanges(observer: (changes: readonly StoredChange[]) => void): Disposable {
    this.#observer = observer;
    return { [Symbol.dispose]: () => void (this.#observer = undefined) };
  }

  async compact(revision: number): Promise<void> {
    this.compactedRevision = revision;
  }

  async statistics(): Promise<{ sizeBytes: number; pendingCommits: number }> {
    return { sizeBytes: 0, pendingCommits: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
