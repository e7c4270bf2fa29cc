import { Ring } from '../../../kernel/ring.ts';

/** One answered request. */
export interface AuditEntry {
  readonly auditId: string;
  readonly atMs: number;
  readonly user: string;
  readonly verb: string;
  readonly url: string;
  readonly code: number;
  readonly durationMs: number;
}

const rememberedEntries = 1_000;

/** The newest requests, kept in memory; observers see every one. */
export class AuditTrail implements Iterable<AuditEntry> {
  readonly #entries = new Ring<AuditEntry>(rememberedEntries);
  readonly #observers = new Set<(entry: AuditEntry) => void>();

  record(entry: AuditEntry): void {
    this.#entries.push(entry);
    for (const observer of this.#observers) observer(entry);
  }

  observe(observer: (entry: AuditEntry) => void): Disposable {
    this.#observers.add(observer);
    return { [Symbol.dispose]: () => void this.#observers.delete(observer) };
  }

  [Symbol.iterator](): Iterator<AuditEntry> {
    return this.#entries[Symbol.iterator]();
  }
}
