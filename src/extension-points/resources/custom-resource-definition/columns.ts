import type { CustomResourceColumnDefinition } from '../../../api/generated/apiextensions-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { PrinterColumn } from '../contract.ts';
import { age } from '../printer.ts';
import { compileJsonPath, type JsonPath } from './json-path.ts';

const nameColumn: PrinterColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'The name, unique within its namespace and kind.',
  priority: 0,
  cell: (object) => object.metadata.name ?? '',
};

const ageColumn: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  description: 'The time since the object was created.',
  jsonPath: '.metadata.creationTimestamp',
};

/** The columns of `kubectl get` for a version: the name, then those of the definition, or the age when it has none (upstream's table converter). */
export function columnsOf(columns: readonly CustomResourceColumnDefinition[] | undefined): readonly PrinterColumn[] {
  return [nameColumn, ...(columns?.length ? columns : [ageColumn]).map(columnOf)];
}

function columnOf({ name, type, format, description, priority, jsonPath }: CustomResourceColumnDefinition): PrinterColumn {
  // Read when first shown: a definition with many columns installs no slower.
  let path: JsonPath | undefined;
  return {
    name,
    type: type as PrinterColumn['type'],
    ...(format ? { format } : {}),
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
    cell(object, nowMs) {
      path ??= readable(jsonPath);
      const value = firstValue(path, object);
      // What Go prints for null.
      if (value === null && type === 'string') return '<no value>';
      return value === undefined || value === null ? null : cellOf(type, value, nowMs);
    },
  };
}

const findsNothing: JsonPath = { find: () => [] };

/** A path that cannot be read shows nothing; validation of the definition has let it through, as upstream's does. */
function readable(jsonPath: string): JsonPath {
  try {
    return compileJsonPath(jsonPath);
  } catch {
    return findsNothing;
  }
}

/** Upstream shows the first result only, and nothing where a path does not fit the object. */
function firstValue(path: JsonPath, object: UntypedObject): unknown {
  try {
    return path.find(object)[0];
  } catch {
    return undefined;
  }
}

function cellOf(type: string, value: unknown, nowMs: number): string | number | boolean | null {
  switch (type) {
    case 'string':
      return typeof value === 'object' ? JSON.stringify(sortedFields(value)) : String(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? dateCell(value, nowMs) : null;
    default:
      return null;
  }
}

const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function dateCell(text: string, nowMs: number): string {
  if (text === '' || text === 'null') return '<unknown>';
  return isTime.test(text) && !Number.isNaN(Date.parse(text)) ? age(text, nowMs) : '<invalid>';
}

/** Go writes the fields of maps in order. */
function sortedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedFields);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, inner]) => [name, sortedFields(inner)]),
  );
}
