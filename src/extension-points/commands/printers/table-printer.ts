import type { TableColumnDefinition } from '../../../api/generated/meta-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { ResourcePrinter } from './contract.ts';
import { compareText, goText } from './go-values.ts';
import { TabWriter } from './tab-writer.ts';

export interface TableOptions {
  /** With the columns of lower priority. */
  readonly isWide?: boolean;
  readonly hasNoHeaders?: boolean;
  readonly withNamespace?: boolean;
  /** Puts the kind in front of names. */
  readonly kind?: string | undefined;
  readonly columnLabels?: readonly string[];
  readonly showsLabels?: boolean;
  /** Shared with other printers of one output. Default: its own. */
  readonly writer?: TabWriter;
  /** For ages. Milliseconds since the epoch. */
  readonly now?: number;
}

/** A server's table (`meta.k8s.io/v1` `Table`) as it stands in an object. */
export interface ServerTable extends UntypedObject {
  columnDefinitions: TableColumnDefinition[];
  rows: ServerRow[];
}

export interface ServerRow {
  cells: unknown[];
  /** The object, or its metadata only. */
  object?: UntypedObject;
}

export const isTable = (object: UntypedObject): object is ServerTable => object.kind === 'Table' && Boolean(object.apiVersion?.startsWith('meta.k8s.io/'));

/** The types of answer to ask for where a table is wanted. */
export const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

/** An object with what happened to it, for `--output-watch-events`. */
export interface WatchedObject {
  readonly type: string;
  readonly object: UntypedObject;
}

interface Printed {
  readonly columns: readonly TableColumnDefinition[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: UntypedObject | undefined }[];
}

/** Objects and server tables as lines below headings. What is no table shows its name and age. */
export function tablePrinter(options: TableOptions): ResourcePrinter & { printEvent(event: WatchedObject): string } {
  const writer = options.writer ?? new TabWriter();
  let lastColumns: readonly TableColumnDefinition[] | undefined;
  let hasHeaders = false;
  const print = (object: UntypedObject, event?: string): string => {
    const table = isTable(object) ? tableOf(object, lastColumns) : plainTable(object, options.now ?? Date.now());
    const isSame = lastColumns !== undefined && JSON.stringify(table.columns) === JSON.stringify(lastColumns);
    if (!isSame) {
      lastColumns = table.columns;
      hasHeaders = false;
    }
    const showsHeaders = !options.hasNoHeaders && !hasHeaders && table.rows.length > 0;
    hasHeaders ||= table.rows.length > 0;
    writeTable(writer, decorate(table, options, event), { ...options, hasNoHeaders: !showsHeaders });
    return '';
  };
  return { print: (object) => print(object), printEvent: ({ type, object }) => print(object, type), flush: () => writer.flush() };
}

/** Events of a watch leave the columns out, which are those of the table before. */
function tableOf({ columnDefinitions, rows }: ServerTable, last: readonly TableColumnDefinition[] | undefined): Printed {
  const columns = (columnDefinitions ?? []).length === 0 ? (last ?? []) : columnDefinitions;
  return { columns, rows: (rows ?? []).map(({ cells, object }) => ({ cells, object })) };
}

const statusColumns: readonly TableColumnDefinition[] = ['Status', 'Reason', 'Message'].map((name) => ({
  name,
  type: 'string',
  format: '',
  description: '',
  priority: 0,
}));
const plainColumns: readonly TableColumnDefinition[] = [
  { name: 'Name', type: 'string', format: 'name', description: '', priority: 0 },
  { name: 'Age', type: 'string', format: '', description: '', priority: 0 },
];

function plainTable(object: UntypedObject, now: number): Printed {
  if (object.kind === 'Status' && object.apiVersion === 'v1')
    return { columns: statusColumns, rows: [{ cells: [object['status'], object['reason'], object['message']], object: undefined }] };
  const items = Array.isArray(object['items']) ? (object['items'] as UntypedObject[]) : [object];
  return { columns: plainColumns, rows: items.map((item) => ({ cells: [item.metadata.name, ageText(item.metadata.creationTimestamp, now)], object: item })) };
}

/** How long ago, as kubectl shows ages: `5s`, `3m20s`, `2d`. */
export function ageText(timestamp: string | undefined, now: number): string {
  if (!timestamp) return '<unknown>';
  return humanDuration(now - Date.parse(timestamp));
}

/** `k8s.io/apimachinery` `HumanDuration`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  const of = (amount: number, unit: string, rest: number, restUnit: string): string => (rest === 0 ? `${amount}${unit}` : `${amount}${unit}${rest}${restUnit}`);
  if (minutes < 10) return of(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return of(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (hours < 192) return of(Math.floor(hours / 24), 'd', hours % 24, 'h');
  const days = Math.floor(hours / 24);
  if (days < 730) return `${days}d`;
  if (days < 8 * 365) return of(Math.floor(days / 365), 'y', days % 365, 'd');
  return `${Math.floor(days / 365)}y`;
}

/** Adds what was asked for: event, namespace, labels, kind. */
function decorate(table: Printed, options: TableOptions, event: string | undefined): Printed {
  const { withNamespace, columnLabels = [], showsLabels, kind } = options;
  const nameColumn = kind ? table.columns.findIndex(({ format, type }) => format === 'name' && type === 'string') : -1;
  const column = (name: string): TableColumnDefinition => ({ name, type: 'string', format: '', description: '', priority: 0 });
  const columns = [
    ...(event === undefined ? [] : [column('Event')]),
    ...(withNamespace ? [column('Namespace')] : []),
    ...table.columns,
    ...columnLabels.map((label) => column(label.slice(label.lastIndexOf('/') + 1))),
    ...(showsLabels ? [column('Labels')] : []),
  ];
  const rows = table.rows.map(({ cells, object }) => {
    const labels = object?.metadata?.labels ?? {};
    const own = nameColumn < 0 ? cells : cells.map((cell, index) => (index === nameColumn ? `${kind}/${goText(cell)}` : cell));
    return {
      object,
      cells: [
        ...(event === undefined ? [] : [eventTexts[event] ?? event]),
        ...(withNamespace ? [object?.metadata?.namespace] : []),
        ...own,
        ...columnLabels.map((label) => labels[label] ?? ''),
        ...(showsLabels ? [labelsText(labels)] : []),
      ],
    };
  });
  return { columns, rows };
}

const eventTexts: Readonly<Record<string, string>> = { ADDED: 'ADDED   ', MODIFIED: 'MODIFIED', DELETED: 'DELETED ', ERROR: 'ERROR   ' };

/** `a=1,b=2`, sorted; `<none>`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels)
    .sort(compareText)
    .map((name) => `${name}=${labels[name]}`);
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}

function writeTable(writer: TabWriter, { columns, rows }: Printed, { isWide, hasNoHeaders }: TableOptions): void {
  const shown = columns.map(({ priority }) => isWide || !priority);
  const lines: string[] = [];
  if (!hasNoHeaders)
    lines.push(
      columns
        .filter((_, index) => shown[index])
        .map(({ name }) => name.toUpperCase())
        .join('\t'),
    );
  for (const { cells } of rows) {
    // A server may send more cells than it has columns.
    lines.push(
      cells
        .slice(0, columns.length)
        .filter((_, index) => shown[index])
        .map(cellText)
        .join('\t'),
    );
  }
  if (lines.length > 0) writer.write(`${lines.join('\n')}\n`);
}

/** Up to the end of a line, and nothing that would command the terminal. */
function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  const text = typeof cell === 'string' ? cell : goText(cell);
  const end = text.search(/[\f\n\r]/);
  const line = end < 0 ? text : `${text.slice(0, end)}...`;
  return line.includes('\u001b') ? line.replaceAll('\u001b', '^[') : line;
}
