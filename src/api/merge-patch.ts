/** JSON merge patch (RFC 7386). */
import { badRequest } from './status.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const maximumDepth = 1_000;

/** The object that the patch makes of `target`. Neither is changed; the result shares what the patch left alone. Throws a 400 for a patch that is not an object. */
export function applyMergePatch<T extends object>(target: T, patch: unknown): T {
  if (!isObject(patch)) throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonTypeName(patch)} into Go value of type map[string]interface {}`);
  return merge(target as JsonObject, patch, 0) as T;
}

/** A patch that turns `original` into `modified`; undefined when they are equal. Arrays are replaced whole. */
export function createMergePatch(original: JsonObject, modified: JsonObject): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(modified)) {
    const old = original[name];
    if (isObject(old) && isObject(value)) {
      const inner = createMergePatch(old, value);
      if (inner) patch[name] = inner;
    } else if (value !== undefined && JSON.stringify(old) !== JSON.stringify(value)) patch[name] = value;
  }
  for (const [name, old] of Object.entries(original)) if (old !== undefined && modified[name] === undefined) patch[name] = null;
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function merge(target: unknown, patch: JsonObject, depth: number): JsonObject {
  if (depth > maximumDepth) throw badRequest('error decoding patch: exceeded max depth');
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else
      define(result, name, isObject(value) ? merge(Object.hasOwn(result, name) ? result[name] : undefined, value, depth + 1) : withoutNulls(value, depth + 1));
  }
  return result;
}

/** Upstream's library takes the null fields of objects within arrays away, where the RFC keeps them; it keeps null elements. */
function withoutNulls(value: unknown, depth: number): unknown {
  if (depth > maximumDepth) throw badRequest('error decoding patch: exceeded max depth');
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, depth + 1));
  return isObject(value) ? merge(undefined, value, depth) : value;
}

/** Sets a field; a field called `__proto__` is a field like any other. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  else object[name] = value;
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

function jsonTypeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : value === null ? 'null' : typeof value;
}
