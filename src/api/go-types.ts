/** What upstream's decoder, written in Go, accepts for a scalar and says of a value that does not fit. */
import { formatQuantity, parseQuantity, QuantityError } from './quantity.ts';
import type { Schema, SchemaSet } from './schema.ts';

/** Why a scalar was refused. Without a `problem` the JSON type is wrong. */
export interface Refusal {
  readonly problem: string | undefined;
}
type Scalar = string | number | boolean;
const wrongType: Refusal = { problem: undefined };

/** The scalar as it is kept, or why not. Quantities become text; times lose what the API does not keep. */
export function decodeScalar(schema: Schema, value: unknown): Scalar | Refusal {
  if (schema.intOrString) return decodeIntOrString(value);
  switch (schema.type) {
    case 'string':
      return typeof value === 'string' ? decodeString(schema.format, value) : decodeNonString(schema.format, value);
    case 'integer':
      return isInteger(value, schema.format) ? value : wrongType;
    case 'number':
      return typeof value === 'number' ? value : wrongType;
    case 'boolean':
      return typeof value === 'boolean' ? value : wrongType;
    default:
      return value as Scalar;
  }
}

/** Whether a schema is of objects with known fields. */
export const isStruct = (schema: Schema): boolean => schema.type === 'object' && schema.properties !== undefined && !schema.preserveUnknownFields;

/** Go's text for a value of the wrong JSON type. */
export function decodeProblem(value: unknown, type: string, struct: string, fields: readonly string[]): string {
  const isFractional = typeof value === 'number' && /^(?:u?int|float)/.test(type);
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : isFractional ? `number ${value}` : typeof value;
  const place = fields.length === 0 || struct === '' ? 'value' : `struct field ${struct}.${fields.join('.')}`;
  return `json: cannot unmarshal ${kind} into Go ${place} of type ${type}`;
}

const scalarTypes: Readonly<Record<string, string>> = { string: 'string', integer: 'int64', number: 'float64', boolean: 'bool' };

/** The name of a schema's type in Go: `[]v1.Container`, `map[string]string`, `int32`. */
export function goTypeName(schema: Schema): string {
  if (schema.goType) return schema.goType;
  if (schema.ref) return schema.ref.split('.').slice(-2).join('.');
  if (schema.format === 'byte') return '[]uint8';
  if (schema.type === 'array') return `[]${schema.items ? goTypeName(schema.items) : 'interface {}'}`;
  if (schema.type === 'object')
    return typeof schema.additionalProperties === 'object' ? `map[string]${goTypeName(schema.additionalProperties)}` : 'map[string]interface {}';
  return schema.format === 'int32' ? 'int32' : (scalarTypes[schema.type ?? ''] ?? 'interface {}');
}

/** What null is where it cannot be absence: in lists and maps. */
export function zeroValue(schema: Schema, schemas: SchemaSet): unknown {
  const target = schema.ref === undefined ? schema : (schemas.get(schema.ref) ?? {});
  if (target.intOrString) return 0;
  if (target.format === 'quantity') return '0';
  if (target.format === 'date-time' || target.format === 'micro-time') return null;
  switch (target.type) {
    case 'string':
      return '';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'array':
      return null;
    case 'object':
      return target.preserveUnknownFields ? null : {};
    default:
      return null;
  }
}

const int32Maximum = 2_147_483_647;
const isInteger = (value: unknown, format: string | undefined): value is number =>
  typeof value === 'number' &&
  Number.isInteger(value) &&
  (format === 'int32' ? value <= int32Maximum && value >= -int32Maximum - 1 : Math.abs(value) <= 2 ** 63);

function decodeIntOrString(value: unknown): Scalar | Refusal {
  if (typeof value === 'string' || isInteger(value, 'int32')) return value;
  return { problem: decodeProblem(value, 'int32', '', []) };
}

function decodeString(format: string | undefined, value: string): Scalar | Refusal {
  switch (format) {
    case 'quantity':
      return decodeQuantity(value);
    case 'date-time':
      return decodeTime(value);
    case 'micro-time':
      return decodeMicroTime(value);
    case 'byte':
      return decodeBase64(value);
    default:
      return value;
  }
}

function decodeNonString(format: string | undefined, value: unknown): Scalar | Refusal {
  if (format === 'quantity') return decodeQuantity(typeof value === 'number' ? String(value) : JSON.stringify(value));
  if (format === 'date-time' || format === 'micro-time') return { problem: decodeProblem(value, 'string', '', []) };
  return wrongType;
}

/** Upstream keeps the text a client sent, except that amounts beyond its fast path are rewritten. */
function decodeQuantity(text: string): Scalar | Refusal {
  const trimmed = text.trim();
  if (/^\d{1,12}(?:m|[KMGTP]i|[kMGTP])?$/.test(trimmed)) return trimmed;
  try {
    const quantity = parseQuantity(trimmed);
    return /^[+-]?\d{1,15}(?:\.\d{1,3})?[A-Za-z]{0,2}$/.test(trimmed) ? trimmed : formatQuantity(quantity);
  } catch (error) {
    if (error instanceof QuantityError) return { problem: error.message };
    throw error;
  }
}

const timeSyntax = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
/** Times that are in the API's own form, on days that every month has. */
const plainTime = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const timeLayout = '2006-01-02T15:04:05Z07:00';
const microTimeLayout = '2006-01-02T15:04:05.000000Z07:00';

/** Times are kept in UTC and whole seconds. */
function decodeTime(text: string): Scalar | Refusal {
  if (plainTime.test(text)) return text;
  const match = timeSyntax.exec(text);
  if (!match || !isTime(match)) return timeProblem(text, timeLayout);
  return `${new Date(text).toISOString().slice(0, 19)}Z`;
}

/** Micro-times are kept in UTC with six digits, and must be sent so. */
function decodeMicroTime(text: string): Scalar | Refusal {
  const match = timeSyntax.exec(text);
  if (!match || match[7]?.length !== 7 || !isTime(match)) return timeProblem(text, microTimeLayout);
  return match[8] === 'Z' ? text : `${new Date(text).toISOString().slice(0, 19)}${match[7]}Z`;
}

function isTime(match: RegExpExecArray | null): boolean {
  if (!match) return false;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate() && hour < 24 && minute < 60 && second < 60;
}

/** Go's text: what it could not read, and which part of the layout it stood at. */
function timeProblem(text: string, layout: string): Refusal {
  const parts: readonly [RegExp, string][] = [
    [/^\d{4}/, '2006'],
    [/^-/, '-'],
    [/^\d\d/, '01'],
    [/^-/, '-'],
    [/^\d\d/, '02'],
    [/^T/, 'T'],
    [/^\d\d/, '15'],
    [/^:/, ':'],
    [/^\d\d/, '04'],
    [/^:/, ':'],
    [/^\d\d/, '05'],
    layout === microTimeLayout ? [/^\.\d{6}(?!\d)/, '.000000'] : [/^(?:\.\d+)?/, ''],
    [/^(?:Z|[+-]\d\d:\d\d)/, 'Z07:00'],
  ];
  const told = `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}`;
  let rest = text;
  for (const [syntax, element] of parts) {
    const match = syntax.exec(rest);
    if (!match) return { problem: `${told}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(element)}` };
    rest = rest.slice(match[0].length);
  }
  return {
    problem:
      rest === '' ? `parsing time ${JSON.stringify(text)}: day out of range` : `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`,
  };
}

/** Base64 as Go reads it: line breaks are ignored, padding is required. */
function decodeBase64(text: string): Scalar | Refusal {
  const plain = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text;
  const wrong = /[^A-Za-z0-9+/=]/.exec(text.replace(/[\r\n]/g, 'A'));
  if (wrong) return { problem: `illegal base64 data at input byte ${wrong.index}` };
  const padding = plain.indexOf('=');
  const body = padding < 0 ? plain.length : padding;
  const expected = (4 - (body % 4)) % 4;
  if (body % 4 === 1 || plain.length - body !== expected)
    return { problem: `illegal base64 data at input byte ${body % 4 === 0 ? body : plain.length - (plain.length % 4 || 4)}` };
  return plain;
}
