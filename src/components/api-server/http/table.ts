import type { UntypedObject } from '../../../api/object.ts';
import { ApiError, badRequest, fieldError, fieldErrorText } from '../../../api/status.ts';
import type { PrinterColumn } from '../../../extension-points/resources/contract.ts';
import { age } from '../../../extension-points/resources/printer.ts';
import type { ServedResource } from '../resource-index.ts';

/** How much of each object a row carries. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export function parseIncludeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject');
  if (value === null || value === '') return 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  const error = fieldError.invalid('includeObject', value, "must be 'Metadata', 'Object', 'None', or empty");
  throw badRequest(`Unable to convert to Table as requested: ${fieldErrorText(error)}`);
}

/** 406 for metadata of one object where there is a list, and the other way round. Upstream names its own type. */
export function wrongForm(
  asked: 'PartialObjectMetadata' | 'PartialObjectMetadataList',
  { group, kind, listKind, isCustom }: Pick<ServedResource, 'group' | 'kind' | 'listKind' | 'isCustom'>,
): ApiError {
  const isList = asked === 'PartialObjectMetadata';
  const type = isCustom ? `unstructured.Unstructured${isList ? 'List' : ''}` : `${group.split('.', 1)[0] || 'core'}.${isList ? listKind : kind}`;
  return new ApiError(406, 'NotAcceptable', `you requested ${asked}, but the requested object is ${isList ? 'a list' : 'not a list'} (*${type})`);
}

export interface TableOptions {
  /** `v1` or `v1beta1`. */
  readonly version: string;
  readonly includeObject: IncludeObject;
  readonly nowMs: number;
  /** Watch events after the first leave the column definitions out. */
  readonly withColumns: boolean;
}

const defaultColumns: readonly [name: PrinterColumn, age: PrinterColumn] = [
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'The name, unique within its namespace and kind.',
    priority: 0,
    cell: (object) => object.metadata.name ?? '',
  },
  {
    name: 'Age',
    type: 'date',
    description: 'The time since the object was created.',
    priority: 0,
    cell: (object, nowMs) => age(object.metadata.creationTimestamp, nowMs),
  },
];

const replicasColumn = (name: string, description: string, part: 'spec' | 'status'): PrinterColumn => ({
  name,
  type: 'integer',
  description,
  priority: 0,
  cell: (object) => (object[part] as { replicas?: number } | undefined)?.replicas ?? 0,
});

/** What a Scale shows. */
export const scaleColumns: readonly PrinterColumn[] = [
  defaultColumns[0],
  replicasColumn('Desired', 'How many replicas are wanted.', 'spec'),
  replicasColumn('Available', 'How many replicas were last seen.', 'status'),
  defaultColumns[1],
];

const columnsOf = (served: ServedResource): readonly PrinterColumn[] => served.shape.columns ?? defaultColumns;

/** A `meta.k8s.io` Table of one object in its served version. */
export const tableOf = (served: ServedResource, object: UntypedObject, metadata: Record<string, unknown>, options: TableOptions): Record<string, unknown> =>
  tableWith(columnsOf(served), object, metadata, options);

/** The same with columns of one's own. */
export const tableWith = (
  columns: readonly PrinterColumn[],
  object: UntypedObject,
  metadata: Record<string, unknown>,
  options: TableOptions,
): Record<string, unknown> => ({ ...headOf(columns, metadata, options), rows: [rowOf(columns, object, options)] });

/** A Table but for its rows. */
export const tableFields = (served: ServedResource, metadata: Record<string, unknown>, options: TableOptions): ReturnType<typeof headOf> =>
  headOf(columnsOf(served), metadata, options);

/** A row of such a Table. */
export const tableRow = (served: ServedResource, object: UntypedObject, options: TableOptions): object => rowOf(columnsOf(served), object, options);

const headOf = (
  columns: readonly PrinterColumn[],
  metadata: Record<string, unknown>,
  { version, withColumns }: TableOptions,
): { kind: string; apiVersion: string; metadata: Record<string, unknown>; columnDefinitions: object[] } => ({
  kind: 'Table',
  apiVersion: `meta.k8s.io/${version}`,
  metadata,
  columnDefinitions: withColumns ? columns.map(({ name, type, format = '', description, priority }) => ({ name, type, format, description, priority })) : [],
});

const rowOf = (columns: readonly PrinterColumn[], object: UntypedObject, options: TableOptions): object => ({
  cells: columns.map((column) => column.cell(object, options.nowMs)),
  ...rowObject(object, options),
});

function rowObject(object: UntypedObject, { includeObject, version }: TableOptions): { object?: unknown } {
  if (includeObject === 'None' && object.metadata.annotations?.[initialEventsEnd] !== 'true') return {};
  return { object: includeObject === 'Object' ? object : partialMetadata(object, version) };
}

/** Marks the bookmark that ends the initial events of a watch: its row is never empty, since clients look for the mark. */
const initialEventsEnd = 'k8s.io/initial-events-end';

/** PartialObjectMetadata of an object. */
export const partialMetadata = (object: UntypedObject, version: string): Record<string, unknown> => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: object.metadata,
});
