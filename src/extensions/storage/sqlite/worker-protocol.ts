/** What the main thread asks of the thread that owns the file. Answered in order, one answer per request. */
export type WorkerRequest =
  | { readonly kind: 'load' }
  /** All rows in one transaction. Values lie one after the other in `values`. */
  | { readonly kind: 'commit'; readonly rows: readonly RowToInsert[]; readonly values: Uint8Array }
  /** Notes the compacted revision and deletes rows by their sequence number, in one transaction. */
  | { readonly kind: 'compact'; readonly revision: number; readonly sequences: readonly number[] }
  | { readonly kind: 'size' }
  | { readonly kind: 'close' };

/** `valueBytes` is -1 for a removal. */
export interface RowToInsert {
  readonly sequence: number;
  readonly revision: number;
  readonly key: string;
  readonly valueBytes: number;
}

export type WorkerAnswer =
  /** Precedes `done` of a load: a part of the table in sequence order. */
  | { readonly kind: 'rows'; readonly rows: readonly RowToInsert[]; readonly values: Uint8Array }
  | { readonly kind: 'done'; readonly value: number }
  | { readonly kind: 'failed'; readonly failure: WorkerFailure };

/** What SQLite or the operating system said. `resultCode` is SQLite's primary result code, 0 for other faults. */
export interface WorkerFailure {
  readonly resultCode: number;
  readonly text: string;
}

export interface WorkerOptions {
  readonly path: string;
  readonly maximumSizeBytes: number;
}

/** Faults that are not SQLite's own, told apart by text. */
export const newerSchema = 'newer schema';
export const foreignFile = 'foreign file';
