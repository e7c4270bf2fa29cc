import { keyOf, keyText } from '../../../api/object.ts';
import { ageText, type ServerRow, type ServerTable } from '../../../extension-points/commands/printers/table-printer.ts';

/** The rows of a watched table as they are now: changes take the place of what they change, and what is gone is left out. */
export class LiveTable {
  readonly #columns: ServerTable['columnDefinitions'];
  readonly #rows = new Map<string, ServerRow>();
  readonly #keepsOrder: boolean;
  readonly #template: ServerTable;

  /** `keepsOrder`: rows stay in the order in which they came, for tables that were sorted; else they stand by namespace and name. */
  constructor(first: ServerTable, { keepsOrder }: { readonly keepsOrder: boolean }) {
    this.#template = first;
    this.#columns = first.columnDefinitions;
    this.#keepsOrder = keepsOrder;
    this.apply('ADDED', first);
  }

  get size(): number {
    return this.#rows.size;
  }

  apply(type: string, { rows }: Pick<ServerTable, 'rows'>): void {
    for (const row of rows ?? []) {
      if (!row.object) continue;
      const key = keyText(keyOf(row.object));
      if (type === 'DELETED') this.#rows.delete(key);
      else this.#rows.set(key, row);
    }
  }

  /** The table at a time, in milliseconds: ages go on. */
  at(now: number): ServerTable {
    const age = this.#columns.findIndex(({ name }) => name === 'Age');
    const aged = ({ cells, object }: ServerRow): ServerRow => {
      const created = object?.metadata.creationTimestamp;
      return age < 0 || created === undefined ? { cells, ...(object ? { object } : {}) } : { cells: cells.with(age, ageText(created, now)), object: object! };
    };
    const entries = [...this.#rows];
    if (!this.#keepsOrder) entries.sort(([left], [right]) => (left < right ? -1 : 1));
    return { ...this.#template, rows: entries.map(([, row]) => aged(row)) };
  }
}
