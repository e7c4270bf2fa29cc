/**
 * Strategic merge patch: a merge patch that knows lists. How a list merges comes from its field's `patchStrategy` and `patchMergeKey`; directives in the patch
 * (`$patch`, `$deleteFromPrimitiveList`, `$setElementOrder`, `$retainKeys`) say the rest. Rules: apimachinery `pkg/util/strategicpatch`.
 */

import type { Schema, SchemaSet } from './schema.ts';
import { ApiError, badRequest } from './status.ts';
import { mergedOrder } from './strategic-merge-order.ts';

type JsonObject = Readonly<Record<string, unknown>>;
type Draft = Record<string, unknown>;

const marker = '$patch';
const retainKeysDirective = '$retainKeys';
const deletePrefix = '$deleteFromPrimitiveList/';
const orderPrefix = '$setElementOrder/';
const maximumDepth = 1_000;

/**
 * The object that the patch makes of `original`, an object of `schema` (references are looked up in `schemas`). Neither is changed; the result shares what the patch
 * left alone. Throws a 400 for a malformed patch, a 422 for an unknown `$patch`.
 */
export function applyStrategicMergePatch<T extends object>(original: T, patch: unknown, schema: Schema, schemas: SchemaSet): T {
  if (!isObject(patch)) throw badRequest('error decoding patch: json: cannot unmarshal value into Go value of type map[string]interface {}');
  return new Merge(schemas).object(original as JsonObject, patch, schema, 0) as T;
}

class Merge {
  readonly #schemas: SchemaSet;

  constructor(schemas: SchemaSet) {
    this.#schemas = schemas;
  }

  object(original: JsonObject | undefined, patch: JsonObject, schema: Schema | undefined, depth: number): Draft {
    if (depth > maximumDepth) throw badRequest('exceeded max depth');
    if (marker in patch) return replaced(patch);
    const result: Draft = { ...original };
    const pending: Draft = { ...patch };
    retainKeys(result, pending);
    this.#applyOrders(result, pending, schema, depth);
    for (const [name, value] of Object.entries(pending)) this.#field(result, name, value, { schema, depth });
    return result;
  }

  #field(result: Draft, name: string, value: unknown, at: { schema: Schema | undefined; depth: number }): void {
    if (name.startsWith(deletePrefix)) return deleteFromList(result, name.slice(deletePrefix.length), value);
    if (value === null) {
      delete result[name];
      return;
    }
    const old = Object.hasOwn(result, name) ? result[name] : undefined;
    const schema = this.#fieldSchema(at.schema, name);
    if (isObject(old) && isObject(value) && !strategies(schema).includes('replace'))
      define(result, name, this.object(old, value, this.#resolve(schema), at.depth + 1));
    else if (Array.isArray(old) && Array.isArray(value) && strategies(schema).includes('merge'))
      define(result, name, this.#list(old, value, schema!, at.depth));
    else if (isObject(old) && isObject(value)) define(result, name, value);
    else {
      const kept = withoutDirectives(value, at.depth);
      if (kept !== undefined) define(result, name, kept);
    }
  }

  #list(original: readonly unknown[], patch: readonly unknown[], schema: Schema, depth: number): readonly unknown[] {
    if (original.length === 0 && patch.length === 0) return original;
    const key = schema.patchMergeKey;
    if (!requireOneKind([...original, ...patch])) {
      const merged = [...new Set([...original, ...patch])];
      return mergedOrder(merged, patch, original, undefined);
    }
    if (key === undefined) throw badRequest(`cannot merge lists without merge key for ${schema.items?.ref ?? 'a list'}`);
    const base = withSpecialElements(original as readonly JsonObject[], patch as readonly JsonObject[], key);
    const merged = this.#mergeItems(base.original, base.patch, { key, itemSchema: this.#resolve(schema.items), depth });
    return mergedOrder(merged, base.patch, base.original, key);
  }

  #mergeItems(original: readonly JsonObject[], patch: readonly JsonObject[], by: { key: string; itemSchema: Schema | undefined; depth: number }): JsonObject[] {
    const merged = [...original];
    const places = new Map<string, number>();
    for (const [index, item] of merged.entries()) {
      const place = keyText(item[by.key]);
      if (!places.has(place)) places.set(place, index);
    }
    for (const item of patch) {
      const place = keyText(requireKey(item, by.key));
      const index = places.get(place);
      if (index === undefined) {
        places.set(place, merged.length);
        merged.push((withoutDirectives(item, by.depth) ?? {}) as JsonObject);
      } else merged[index] = this.object(merged[index], item, by.itemSchema, by.depth + 1);
    }
    return merged;
  }

  /** `$setElementOrder/<field>`: merges the field's list now and puts it in the given order. Takes both from `pending`. */
  #applyOrders(result: Draft, pending: Draft, schema: Schema | undefined, depth: number): void {
    for (const directive of Object.keys(pending).filter((name) => name.startsWith(orderPrefix))) {
      const name = directive.slice(orderPrefix.length);
      const order = pending[directive];
      delete pending[directive];
      const original = result[name];
      const patch = pending[name];
      if (!Array.isArray(order) || (original !== undefined && !Array.isArray(original)) || (patch !== undefined && patch !== null && !Array.isArray(patch)))
        throw badFormat('$setElementOrder list');
      if (patch === null) continue;
      const field = this.#fieldSchema(schema, name);
      const key = field?.patchMergeKey;
      if (patch) requireSameOrder(patch, order, key);
      delete pending[name];
      if (!original && !patch) continue;
      const merged = this.#orderedField(original, patch, field, depth);
      define(result, name, mergedOrder(merged, order, original ?? [], key));
    }
  }

  #orderedField(original: readonly unknown[] | undefined, patch: readonly unknown[] | undefined, field: Schema | undefined, depth: number): readonly unknown[] {
    if (!patch) return original!;
    if (!original) return (withoutDirectives(patch, depth) ?? []) as readonly unknown[];
    return strategies(field).includes('merge') ? this.#list(original, patch, field!, depth) : patch;
  }

  #resolve(schema: Schema | undefined): Schema | undefined {
    return schema?.ref === undefined ? schema : this.#schemas.get(schema.ref);
  }

  /** The schema of a field, its references not followed: the patch strategy stands beside the reference. */
  #fieldSchema(schema: Schema | undefined, name: string): Schema | undefined {
    if (!schema) return undefined;
    const object = this.#resolve(schema)!;
    if (object.properties && Object.hasOwn(object.properties, name)) return object.properties[name];
    return typeof object.additionalProperties === 'object' ? object.additionalProperties : undefined;
  }
}

const strategies = (schema: Schema | undefined): readonly string[] => schema?.patchStrategy?.split(',') ?? [];

/** What `$patch` on an object makes of it. */
function replaced(patch: JsonObject): Draft {
  const { [marker]: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw badPatchType(directive, patch);
}

function retainKeys(result: Draft, pending: Draft): void {
  const keys = pending[retainKeysDirective];
  if (keys === undefined) return;
  delete pending[retainKeysDirective];
  if (!Array.isArray(keys)) throw badFormat('retainKeys');
  const kept = new Set(keys);
  for (const name of Object.keys(pending)) if (pending[name] !== null && !name.startsWith('$') && !kept.has(name)) throw badFormat('retainKeys');
  for (const name of Object.keys(result)) if (!kept.has(name)) delete result[name];
}

function deleteFromList(result: Draft, name: string, values: unknown): void {
  const list = Object.hasOwn(result, name) ? result[name] : undefined;
  if (!Array.isArray(values)) throw badFormat('primitive list');
  if (!Array.isArray(list)) return;
  const unwanted = new Set(values);
  define(
    result,
    name,
    list.filter((item) => !unwanted.has(item)),
  );
}

/** Applies the items of a patch that carry `$patch`; the rest of the patch is left to merge. */
function withSpecialElements(
  original: readonly JsonObject[],
  patch: readonly JsonObject[],
  key: string,
): { original: readonly JsonObject[]; patch: readonly JsonObject[] } {
  const unwanted = new Set<string>();
  let isReplaced = false;
  const rest: JsonObject[] = [];
  for (const item of patch) {
    if (!(marker in item)) rest.push(item);
    else if (item[marker] === 'delete') unwanted.add(keyText(requireKey(item, key)));
    else if (item[marker] === 'replace') isReplaced = true;
    else if (item[marker] === 'merge') throw badRequest('merging lists cannot yet be specified in the patch');
    else throw badPatchType(item[marker], item);
  }
  if (isReplaced) return { original: [], patch: rest };
  return { original: unwanted.size === 0 ? original : original.filter((item) => !unwanted.has(keyText(item[key]))), patch: rest };
}

/** Whether items are objects; upstream refuses a list that mixes kinds, and lists of lists. */
function requireOneKind(items: readonly unknown[]): boolean {
  const kinds = new Set(items.map((item) => (Array.isArray(item) ? 'slice' : item === null ? 'null' : typeof item)));
  if (kinds.has('slice'))
    throw new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {
      details: {},
      cause: new Error('lists of lists are not supported'),
    });
  if (kinds.size > 1) throw badRequest(`list element types are not identical: ${[...kinds].join(' and ')}`);
  return kinds.has('object');
}

/** The patch may only hold items that the order names, in that order. */
function requireSameOrder(patch: readonly unknown[], order: readonly unknown[], key: string | undefined): void {
  const identity = (item: unknown): string => keyText(key !== undefined && isObject(item) ? item[key] : item);
  const places = new Map(order.map((item, index) => [identity(item), index]));
  let last = -1;
  for (const item of patch) {
    if (isObject(item) && marker in item) continue;
    const place = places.get(identity(item));
    if (place === undefined || place < last) {
      throw badRequest(`The order in patch list:\n${JSON.stringify(patch)}\n doesn't match $setElementOrder list:\n${JSON.stringify(order)}\n`);
    }
    last = place;
  }
}

/** A value that is new to the object: its directives and nulls have nothing to act on. Undefined when it asked for a deletion. */
function withoutDirectives(value: unknown, depth: number): unknown {
  if (depth > maximumDepth) throw badRequest('exceeded max depth');
  if (Array.isArray(value)) return value.map((item) => withoutDirectives(item, depth + 1)).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (value[marker] === 'delete') return undefined;
  const result: Draft = {};
  for (const [name, inner] of Object.entries(value)) {
    if (name === marker || name === retainKeysDirective || name.startsWith(deletePrefix) || name.startsWith(orderPrefix) || inner === null) continue;
    const kept = withoutDirectives(inner, depth + 1);
    if (kept !== undefined) define(result, name, kept);
  }
  return result;
}

function requireKey(item: JsonObject, key: string): unknown {
  if (!isObject(item) || !Object.hasOwn(item, key)) throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
  return item[key];
}

/** Upstream compares keys by their printed form. */
const keyText = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

const badFormat = (what: string): ApiError => badRequest(`invalid patch format of ${what}`);
const badPatchType = (directive: unknown, patch: unknown): ApiError =>
  new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {
    details: {},
    cause: new Error(`unknown patch type: ${String(directive)} in map: ${JSON.stringify(patch)}`),
  });

function define(object: Draft, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  else object[name] = value;
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
