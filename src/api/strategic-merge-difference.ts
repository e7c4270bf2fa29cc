/** The strategic merge patch between two objects. Rules: apimachinery `pkg/util/strategicpatch`. */
import { isDeepStrictEqual } from 'node:util';
import type { Schema, SchemaSet } from './schema.ts';

export type JsonObject = Readonly<Record<string, unknown>>;
type Draft = Record<string, unknown>;

/** What of a difference is wanted. All of it, when nothing is said. */
export interface DifferenceParts {
  /** Leave out what `modified` has not. */
  readonly ignoresDeletions?: boolean;
  /** Leave out what `modified` changes and adds. */
  readonly ignoresChanges?: boolean;
  /** Tell the order of lists that change (`$setElementOrder`). */
  readonly setsOrder?: boolean;
}

/** How a field is merged, and what is below it: the objects of a list, where it is one. */
export interface FieldMerge {
  readonly strategy: 'merge' | 'replace' | '';
  readonly retainsKeys: boolean;
  readonly mergeKey: string | undefined;
  readonly inner: Schema | undefined;
}

/** How the field of an object of `schema` is merged; a field that the schema does not know has no strategy. */
export function fieldMerge(schema: Schema | undefined, name: string, schemas: SchemaSet): FieldMerge {
  const field = fieldOf(schema, name);
  const strategies = field?.patchStrategy?.split(',') ?? [];
  const strategy = strategies.find((word) => word === 'merge' || word === 'replace') ?? '';
  const resolved = resolve(field, schemas);
  return {
    strategy: strategy as FieldMerge['strategy'],
    retainsKeys: strategies.includes('retainKeys'),
    mergeKey: field?.patchMergeKey,
    inner: resolved?.items ? resolve(resolved.items, schemas) : resolved,
  };
}

export const resolve = (schema: Schema | undefined, schemas: SchemaSet): Schema | undefined => (schema?.ref === undefined ? schema : schemas.get(schema.ref));

function fieldOf(object: Schema | undefined, name: string): Schema | undefined {
  if (object?.properties && Object.hasOwn(object.properties, name)) return object.properties[name];
  return typeof object?.additionalProperties === 'object' ? object.additionalProperties : undefined;
}

/**
 * The patch that makes `modified` of `original`, two objects of `schema`; `{}` when there is nothing to do. Values in it are those of `modified` themselves.
 * Throws for lists that a patch cannot describe: of mixed kinds, of lists, of objects without their merge key.
 */
export function strategicDifference(
  pair: { readonly original: JsonObject; readonly modified: JsonObject },
  schema: Schema | undefined,
  schemas: SchemaSet,
  parts: DifferenceParts = {},
): Record<string, unknown> {
  return new Difference(schemas, parts).objects(pair.original, pair.modified, resolve(schema, schemas), false);
}

class Difference {
  readonly #schemas: SchemaSet;
  readonly #parts: DifferenceParts;

  constructor(schemas: SchemaSet, parts: DifferenceParts) {
    this.#schemas = schemas;
    this.#parts = parts;
  }

  objects(original: JsonObject, modified: JsonObject, schema: Schema | undefined, retainsKeys: boolean): Draft {
    const { ignoresChanges, ignoresDeletions } = this.#parts;
    const patch: Draft = {};
    for (const [name, value] of Object.entries(modified)) {
      if (value === undefined) continue;
      const old = has(original, name) ? original[name] : undefined;
      if (old !== undefined && kindOf(old) === kindOf(value)) this.#field(patch, name, { old, value, schema });
      else if (!ignoresChanges) define(patch, name, value);
    }
    const gone = Object.keys(original).filter((name) => has(original, name) && !has(modified, name));
    if (!ignoresDeletions) for (const name of gone) define(patch, name, null);
    if (retainsKeys) {
      const kept = Object.keys(modified).filter((name) => has(modified, name) && modified[name] !== null);
      if (kept.length > 0 && (Object.keys(patch).length > 0 || gone.some((name) => original[name] !== null))) patch['$retainKeys'] = kept.sort();
    }
    return patch;
  }

  #field(patch: Draft, name: string, { old, value, schema }: { old: unknown; value: unknown; schema: Schema | undefined }): void {
    const { ignoresChanges } = this.#parts;
    if (isObject(old) && isObject(value)) {
      const { strategy, retainsKeys, inner } = fieldMerge(schema, name, this.#schemas);
      if (strategy === 'replace') {
        if (!ignoresChanges) define(patch, name, value);
        return;
      }
      const changes = this.objects(old, value, inner, retainsKeys);
      if (Object.keys(changes).length > 0) define(patch, name, changes);
    } else if (Array.isArray(old) && Array.isArray(value) && fieldMerge(schema, name, this.#schemas).strategy === 'merge')
      this.#lists(patch, name, old, value, fieldMerge(schema, name, this.#schemas));
    else if (!ignoresChanges && !isDeepStrictEqual(old, value)) define(patch, name, value);
  }

  #lists(patch: Draft, name: string, original: readonly unknown[], modified: readonly unknown[], merge: FieldMerge): void {
    const { ignoresChanges, ignoresDeletions, setsOrder } = this.#parts;
    if (original.length === 0) {
      if (modified.length > 0 && !ignoresChanges) patch[name] = modified;
      return;
    }
    if (requireOneKind([...original, ...modified]) === 'object') {
      const items = this.#objectLists(original as readonly JsonObject[], modified as readonly JsonObject[], merge);
      if (items.length > 0) patch[name] = items;
      const isReordered = !ignoresChanges && !isSameOrder(original, modified, merge.mergeKey!);
      if (setsOrder && (items.length > 0 || isReordered))
        patch[`$setElementOrder/${name}`] = (modified as readonly JsonObject[]).map((item) => ({ [merge.mergeKey!]: item[merge.mergeKey!] }));
      return;
    }
    const added = ignoresChanges ? [] : withoutOnce(modified, original);
    const deleted = ignoresDeletions ? [] : [...new Set(withoutOnce(original, modified))].sort(byText);
    if (added.length > 0) patch[name] = added;
    if (deleted.length > 0) patch[`$deleteFromPrimitiveList/${name}`] = deleted;
    if (setsOrder && (deleted.length > 0 || (!ignoresChanges && !isDeepStrictEqual(original, modified)))) patch[`$setElementOrder/${name}`] = modified;
  }

  /** Items that changed or are new, in their order, and behind them what is to go. */
  #objectLists(original: readonly JsonObject[], modified: readonly JsonObject[], { mergeKey, inner }: FieldMerge): JsonObject[] {
    if (mergeKey === undefined) throw new Error('cannot merge lists without merge key');
    const { ignoresChanges, ignoresDeletions } = this.#parts;
    const before = queuesByKey(original, mergeKey);
    const changes: JsonObject[] = [];
    for (const item of modified) {
      const old = before.get(requireKey(item, mergeKey))?.shift();
      if (!old) {
        if (!ignoresChanges) changes.push(item);
        continue;
      }
      const difference = this.objects(old, item, inner, false);
      if (Object.keys(difference).length > 0) changes.push({ ...difference, [mergeKey]: item[mergeKey] });
    }
    if (ignoresDeletions) return changes;
    const gone = [...before.values()].flat().sort((left, right) => byText(left[mergeKey], right[mergeKey]));
    return [...changes, ...gone.map((item) => ({ $patch: 'delete', [mergeKey]: item[mergeKey] }))];
  }
}

function queuesByKey(items: readonly JsonObject[], mergeKey: string): Map<string, JsonObject[]> {
  const queues = new Map<string, JsonObject[]>();
  for (const item of items) {
    const key = requireKey(item, mergeKey);
    const queue = queues.get(key);
    if (queue) queue.push(item);
    else queues.set(key, [item]);
  }
  return queues;
}

const isSameOrder = (original: readonly unknown[], modified: readonly unknown[], mergeKey: string): boolean =>
  original.length === modified.length &&
  modified.every((item, index) => keyText((item as JsonObject)[mergeKey]) === keyText((original[index] as JsonObject)[mergeKey]));

/** What is in `list` more often than in `other`, in order. */
function withoutOnce(list: readonly unknown[], other: readonly unknown[]): unknown[] {
  const counts = new Map<string, number>();
  for (const value of other) counts.set(keyText(value), (counts.get(keyText(value)) ?? 0) + 1);
  return list.filter((value) => {
    const count = counts.get(keyText(value)) ?? 0;
    counts.set(keyText(value), count - 1);
    return count <= 0;
  });
}

function requireOneKind(items: readonly unknown[]): string {
  const kinds = new Set(items.map(kindOf));
  if (kinds.has('list')) throw new Error('lists of lists are not supported');
  if (kinds.size > 1) throw new Error(`list element types are not identical: ${JSON.stringify(items)}`);
  return [...kinds][0]!;
}

function requireKey(item: JsonObject, mergeKey: string): string {
  if (!has(item, mergeKey)) throw new Error(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
  return keyText(item[mergeKey]);
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value);
/** Upstream compares keys by their printed form. */
export const keyText = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));
const byText = (left: unknown, right: unknown): number => (keyText(left) < keyText(right) ? -1 : keyText(left) > keyText(right) ? 1 : 0);
export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
export const has = (object: JsonObject, name: string): boolean => Object.hasOwn(object, name) && object[name] !== undefined;

/** Sets a field; a field called `__proto__` is a field like any other. */
export function define(object: Draft, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  else object[name] = value;
}
