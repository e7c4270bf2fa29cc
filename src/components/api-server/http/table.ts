import type { UntypedObject } from '../../../api/object.ts';
import { badRequest } from '../../../api/status.ts';
import type { PrinterColumn } from '../../../extension-points/resources/contract.ts';
import { age } from '../../../extension-points/resources/printer.ts';
import type { ServedResource } from '../resource-index.ts';

/** How much of each object a row carries. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export function parseIncludeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject');
  if (value === null || value === '') return 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
}

export interface TableOptions {
  /** `v1` or `v1beta1`. */
  readonly version: string;
  readonly includeObject: IncludeObject;
  readonly nowMs: number;
  /** Watch events after the first leave the column definitions out. */
  readonly withColumns: boolean;
}

const defaultColumns: readonly PrinterColumn[] = [
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

/** A `meta.k8s.io` Table of objects in their served version. */
export function tableOf(
  served: ServedResource,
  objects: readonly UntypedObject[],
  metadata: Record<string, unknown>,
  options: TableOptions,
): Record<string, unknown> {
  const columns = served.shape.columns ?? defaultColumns;
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata,
    columnDefinitions: options.withColumns
      ? columns.map(({ name, type, format = '', description, priority }) => ({ name, type, format, description, priority }))
      : [],
    rows: objects.map((object) => ({ cells: columns.map((column) => column.cell(object, options.nowMs)), ...rowObject(object, options) })),
  };
}

function rowObject(object: UntypedObject, { includeObject, version }: TableOptions): { object?: unknown } {
  if (includeObject === 'None') return {};
  return { object: includeObject === 'Object' ? object : partialMetadata(object, version) };
}

/** PartialObjectMetadata of an object. */
export const partialMetadata = (object: UntypedObject, version: string): Record<string, unknown> => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: object.metadata,
});
