import type { StatementSync } from 'node:sqlite';
import { DatabaseSync } from 'node:sqlite';
import type { RowToInsert, WorkerOptions } from './worker-protocol.ts';
import { foreignFile, newerSchema } from './worker-protocol.ts';

const schemaVersion = 1;
/** `PRAGMA application_id` of the file: the bytes `whry`. */
const applicationId = 0x77687279;
const loadPartBytes = 1 << 20;
const loadPartRows = 4_096;

/**
 * The table of revisions in its SQLite file. Rows are only ever appended (a change) and deleted (a superseded change, once compacted),
 * so the live state and the recent changes are one sequential scan. Every method throws SQLite's own errors.
 */
export class RevisionFile {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #setCompacted: StatementSync;

  constructor({ path, maximumSizeBytes }: WorkerOptions) {
    // The wait covers a predecessor that is just closing.
    this.#database = new DatabaseSync(path, { timeout: 500 });
    try {
      this.#configure(maximumSizeBytes);
      this.#insert = this.#database.prepare('insert into changes (sequence, revision, key, value) values (?, ?, ?, ?)');
      this.#delete = this.#database.prepare('delete from changes where sequence = ?');
      this.#setCompacted = this.#database.prepare("update facts set value = max(value, ?) where name = 'compacted revision'");
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Hands out all rows in sequence order, in parts, and returns the compacted revision. */
  load(part: (rows: RowToInsert[], values: Uint8Array) => void): number {
    let rows: RowToInsert[] = [];
    let values: Uint8Array[] = [];
    let bytes = 0;
    const flush = (): void => {
      if (rows.length > 0) part(rows, concatenate(values, bytes));
      [rows, values, bytes] = [[], [], 0];
    };
    for (const row of this.#database.prepare('select sequence, revision, key, value from changes order by sequence').iterate()) {
      const value = row['value'] as Uint8Array | null;
      rows.push({ sequence: row['sequence'] as number, revision: row['revision'] as number, key: row['key'] as string, valueBytes: value?.byteLength ?? -1 });
      if (value) values.push(value);
      bytes += value?.byteLength ?? 0;
      if (bytes >= loadPartBytes || rows.length >= loadPartRows) flush();
    }
    flush();
    return this.#number("select value from facts where name = 'compacted revision'");
  }

  /** Durable when it returns: one transaction, one fsync. */
  insert(rows: readonly RowToInsert[], values: Uint8Array): void {
    this.#transaction(() => {
      let offset = 0;
      for (const { sequence, revision, key, valueBytes } of rows) {
        this.#insert.run(sequence, revision, key, valueBytes < 0 ? null : values.subarray(offset, offset + valueBytes));
        offset += Math.max(0, valueBytes);
      }
    });
  }

  compact(revision: number, sequences: readonly number[]): void {
    this.#transaction(() => {
      this.#setCompacted.run(revision);
      for (const sequence of sequences) this.#delete.run(sequence);
    });
  }

  sizeBytes(): number {
    return this.#number('pragma page_count') * this.#number('pragma page_size');
  }

  close(): void {
    this.#database.close();
  }

  #configure(maximumSizeBytes: number): void {
    const database = this.#database;
    // Exclusive: the lock is the operating system's, so it ends with the process however that dies; and SQLite then needs no shared-memory file.
    database.exec('pragma locking_mode = exclusive');
    const version = this.#number('pragma user_version');
    const isEmpty = this.#number('select count(*) from sqlite_master') === 0;
    if (!isEmpty && this.#number('pragma application_id') !== applicationId) throw new Error(foreignFile);
    if (version > schemaVersion) throw new Error(newerSchema);
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma journal_size_limit = 16777216');
    database.exec(`pragma max_page_count = ${Math.ceil(maximumSizeBytes / this.#number('pragma page_size'))}`);
    if (version === 0) this.#create();
    // Takes the write lock once, so that a file that cannot be written is found out now.
    database.exec('begin immediate; commit');
  }

  #create(): void {
    this.#transaction(() =>
      this.#database.exec(`
        create table changes (sequence integer primary key, revision integer not null, key text not null, value blob) strict;
        create table facts (name text primary key, value integer not null) strict, without rowid;
        insert into facts values ('compacted revision', 0);
        pragma application_id = ${applicationId};
        pragma user_version = ${schemaVersion};
      `),
    );
  }

  #transaction(work: () => void): void {
    this.#database.exec('begin immediate');
    try {
      work();
      this.#database.exec('commit');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }

  #number(sql: string): number {
    const row = this.#database.prepare(sql).get();
    return Number(row ? Object.values(row)[0] : 0);
  }
}

function concatenate(values: readonly Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let offset = 0;
  for (const value of values) {
    all.set(value, offset);
    offset += value.byteLength;
  }
  return all;
}
