import type { CommitResult, StorageWrite } from '../../../extension-points/storage/contract.ts';

/** The newest row of a key. */
export interface Head {
  readonly revision: number;
  readonly sequence: number;
}

/** A row to be written. `replaces` is the row it supersedes. */
export interface PlannedChange extends Head {
  readonly key: string;
  readonly isRemoval: boolean;
  readonly value?: Uint8Array;
  readonly replaces?: Head;
}

/** The newest state of every key, changes that are not durable yet included: what conflicts are checked on. */
export class PendingHeads {
  readonly #heads = new Map<string, Head>();
  #revision = 0;
  #durableRevision = 0;
  #sequence = 0;

  /** The newest revision given out. */
  get revision(): number {
    return this.#revision;
  }

  get durableRevision(): number {
    return this.#durableRevision;
  }

  clear(): void {
    this.#heads.clear();
    this.#revision = this.#durableRevision = this.#sequence = 0;
  }

  /** Takes a row read from the file; rows come in sequence order. */
  restore(row: Omit<PlannedChange, 'replaces' | 'value'>): PlannedChange {
    const replaces = this.#heads.get(row.key);
    this.#put(row);
    this.#sequence = row.sequence;
    this.settle(row.revision);
    return { ...row, ...(replaces ? { replaces } : {}) };
  }

  /** Checks all expectations, then gives the writes one revision. Removing what is not there changes nothing. */
  plan(writes: readonly StorageWrite[]): { changes: readonly PlannedChange[]; result: CommitResult } {
    for (const { key, expectedRevision } of writes) {
      const revision = this.#heads.get(key)?.revision ?? 0;
      if (expectedRevision !== undefined && expectedRevision !== revision) return { changes: [], result: { kind: 'conflict', key, revision } };
    }
    const effective = writes.filter(({ key, value }) => value !== undefined || this.#heads.has(key));
    if (effective.length === 0) return { changes: [], result: { kind: 'committed', revision: this.#revision } };
    const revision = ++this.#revision;
    return { changes: effective.map((write) => this.#planOne(write, revision)), result: { kind: 'committed', revision } };
  }

  /** Everything up to a revision is durable now. */
  settle(revision: number): void {
    this.#durableRevision = Math.max(this.#durableRevision, revision);
    this.#revision = Math.max(this.#revision, revision);
  }

  /** Takes back all changes that were planned and not settled, given oldest first. */
  undo(changes: readonly PlannedChange[]): void {
    for (const { key, replaces } of changes.toReversed()) {
      if (replaces) this.#heads.set(key, replaces);
      else this.#heads.delete(key);
    }
    this.#sequence -= changes.length;
    this.#revision = this.#durableRevision;
  }

  #planOne({ key, value }: StorageWrite, revision: number): PlannedChange {
    const replaces = this.#heads.get(key);
    const change: PlannedChange = {
      key,
      revision,
      sequence: ++this.#sequence,
      isRemoval: !value,
      ...(value ? { value } : {}),
      ...(replaces ? { replaces } : {}),
    };
    this.#put(change);
    return change;
  }

  #put({ key, revision, sequence, isRemoval }: PlannedChange): void {
    if (isRemoval) this.#heads.delete(key);
    else this.#heads.set(key, { revision, sequence });
  }
}
