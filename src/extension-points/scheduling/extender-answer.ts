import { ExtenderError } from './extender-transport.ts';

/** A field by its Go name, in whatever case it was written: Go's decoder takes any. Null is absence. */
export function fieldOf(object: object, name: string): unknown {
  const record = object as Record<string, unknown>;
  if (Object.hasOwn(record, name)) return record[name] ?? undefined;
  const lower = name.toLowerCase();
  const key = Object.keys(record).find((candidate) => candidate.toLowerCase() === lower);
  return key === undefined ? undefined : (record[key] ?? undefined);
}

/** The value as an object; null is an empty one. Throws for others, naming Go's type. */
export function recordOf(value: unknown, type: string): object {
  if (value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  throw mismatch(value, type);
}

/** The value as a list; absent is an empty one. */
export function listOf(value: unknown, type: string): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw mismatch(value, type);
}

/** Absent is empty. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw mismatch(value, 'string');
}

/** Whole numbers, as Go's int64. */
export function numberOf(value: unknown, type: string): number {
  if (value === undefined || value === null) return 0;
  if (Number.isSafeInteger(value)) return value as number;
  throw mismatch(value, `${type} of type int64`);
}

/** Texts by key. */
export const textsOf = (value: unknown, type: string): ReadonlyMap<string, string> =>
  new Map(Object.entries(recordOf(value ?? {}, type)).map(([key, text]) => [key, textOf(text)]));

function mismatch(value: unknown, type: string): ExtenderError {
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? `number ${value}` : typeof value;
  return new ExtenderError(`json: cannot unmarshal ${kind} into Go value ${type.includes(' of type ') ? `of ${type}` : `of type ${type}`}`);
}
