import { builtInSchemas, kindSchema } from '../../../api/built-in-schemas.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { canonicalQuantity } from '../../../api/quantity.ts';
import { parseGroupVersion } from '../../../api/resource-type.ts';
import type { Schema } from '../../../api/schema.ts';
import { inOwnOrder } from '../printers/json-text.ts';
import { fieldTable } from './field-table.ts';

interface Field {
  readonly name: string;
  /** JSON that stands there when there is nothing else; undefined: the field is left out. */
  readonly zero: string | undefined;
  /** Whether `''`, 0, false and empty collections are left out, too. */
  readonly omitsZero: boolean;
}

/**
 * An object as a program with Go's types for it would write it: unknown fields gone, fields in the order of the types, what is never left out (`status: {}`) there.
 * kubectl prints so whatever it makes or changes itself. Objects of kinds that are not in the table stay as they are. Nothing is changed in place.
 */
export function typedForm(object: UntypedObject): UntypedObject {
  const { apiVersion = '', kind = '' } = object;
  const schema = kindSchema({ ...parseGroupVersion(apiVersion), kind });
  if (!schema?.ref || !fieldsOf(schema.ref)) return object;
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object;
  return { kind, apiVersion, ...(typedStruct(rest, schema) as object), [inOwnOrder]: true } as unknown as UntypedObject;
}

let parsed: ReadonlyMap<string, readonly Field[]> | undefined;

function fieldsOf(id: string): readonly Field[] | undefined {
  parsed ??= new Map(fieldTable.trim().split('\n').map(parseLine));
  return parsed.get(id.replace(/^io\.k8s\.(?:api|apimachinery\.pkg\.apis)\./, ''));
}

function parseLine(line: string): [string, readonly Field[]] {
  const [type = '', ...words] = line.split(' ');
  return [
    type,
    words.map((word) => {
      const equals = word.indexOf('=');
      if (equals >= 0) return { name: word.slice(0, equals), zero: word.slice(equals + 1), omitsZero: false };
      return word.endsWith('-') ? { name: word.slice(0, -1), zero: undefined, omitsZero: true } : { name: word, zero: undefined, omitsZero: false };
    }),
  ];
}

function typedStruct(value: unknown, schema: Schema): unknown {
  const fields = fieldsOf(schema.ref ?? '');
  const { properties } = builtInSchemas.get(schema.ref ?? '') ?? {};
  if (!fields || !properties || !isObject(value)) return value;
  const result: Record<PropertyKey, unknown> = { [inOwnOrder]: true };
  for (const { name, zero, omitsZero } of fields) {
    const given = value[name] ?? (zero === undefined ? undefined : (JSON.parse(zero) as unknown));
    if (given === undefined) continue;
    const typed = properties[name] && given !== null ? typedValue(given, properties[name]) : given;
    if (!(omitsZero && isZero(typed))) result[name] = typed;
  }
  return result;
}

function typedValue(value: unknown, schema: Schema): unknown {
  if (schema.ref !== undefined && fieldsOf(schema.ref)) return typedStruct(value, schema);
  const target = schema.ref === undefined ? schema : (builtInSchemas.get(schema.ref) ?? {});
  if (Array.isArray(value)) return target.items ? value.map((item) => typedValue(item, target.items!)) : value;
  if (target.format === 'quantity') return quantityText(value);
  const inner = target.additionalProperties;
  return isObject(value) && typeof inner === 'object' ? mapOf(value, inner) : value;
}

const mapOf = (value: Record<string, unknown>, inner: Schema): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typedValue(item, inner)]));

function quantityText(value: unknown): unknown {
  try {
    return typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(value) : value;
  } catch {
    return value; // the server will say what is wrong with it
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const isZero = (value: unknown): boolean =>
  value === null || value === '' || value === 0 || value === false || (typeof value === 'object' && Object.keys(value).length === 0);
