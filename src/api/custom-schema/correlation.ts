import type { Schema } from '../schema.ts';
import { equalValues } from './equal-values.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A value beside the old value it replaces. Fields correlate by name and items of `map` lists by their keys; items of other lists do not correlate
 * (upstream `k8s.io/apiserver/pkg/cel/common`, CorrelatedObject).
 */
export class CorrelatedValue {
  readonly value: unknown;
  readonly old: unknown;
  readonly #schema: Schema;
  readonly #children = new Map<string | number, CorrelatedValue | undefined>();
  #isUnchanged: boolean | undefined;
  #oldItems: ReadonlyMap<string, unknown> | undefined;

  /** `schema` is the structural schema of the value, not what `allOf` and the like add to it. */
  constructor(value: unknown, old: unknown, schema: Schema) {
    this.value = value;
    this.old = old;
    this.#schema = schema;
  }

  /** The field (or the map's entry) beside its old value; undefined when either is missing, or no schema describes it. */
  field(name: string): CorrelatedValue | undefined {
    return this.#child(name, () => {
      if (!isFields(this.value) || !isFields(this.old) || !Object.hasOwn(this.value, name) || !Object.hasOwn(this.old, name)) return undefined;
      const schema = fieldSchema(this.#schema, name);
      return schema && new CorrelatedValue(this.value[name], this.old[name], schema);
    });
  }

  /** An item of a `map` list beside the old item that has its keys. */
  item(index: number): CorrelatedValue | undefined {
    return this.#child(index, () => {
      const { items, listType, listMapKeys } = this.#schema;
      if (!Array.isArray(this.value) || !Array.isArray(this.old) || listType !== 'map' || !items || !listMapKeys) return undefined;
      const key = itemKey(this.value[index], listMapKeys);
      this.#oldItems ??= itemsByKey(this.old, listMapKeys);
      const old = key === undefined ? undefined : this.#oldItems.get(key);
      return old === undefined ? undefined : new CorrelatedValue(this.value[index], old, items);
    });
  }

  /** Whether the value equals its old value; order does not matter in `map` lists. What no schema describes counts as changed. */
  get isUnchanged(): boolean {
    return (this.#isUnchanged ??= this.#compare());
  }

  #compare(): boolean {
    const { value, old } = this;
    if (Array.isArray(value) && Array.isArray(old)) return value.length === old.length && this.#sameItems(value, old);
    if (isFields(value) && isFields(old)) {
      const names = Object.keys(value);
      return names.length === Object.keys(old).length && names.every((name) => this.field(name)?.isUnchanged === true);
    }
    return value === old;
  }

  #sameItems(value: readonly unknown[], old: readonly unknown[]): boolean {
    if (this.#schema.listType === 'map') return value.every((_, index) => this.item(index)?.isUnchanged === true);
    return equalValues(value, old);
  }

  #child(at: string | number, make: () => CorrelatedValue | undefined): CorrelatedValue | undefined {
    if (this.#children.has(at)) return this.#children.get(at);
    const child = make();
    this.#children.set(at, child);
    return child;
  }
}

function fieldSchema({ properties, additionalProperties }: Schema, name: string): Schema | undefined {
  if (properties && Object.hasOwn(properties, name)) return properties[name];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

function itemsByKey(list: readonly unknown[], names: readonly string[]): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const item of list) {
    const key = itemKey(item, names);
    // Of items with the same keys the first counts.
    if (key !== undefined && !found.has(key)) found.set(key, item);
  }
  return found;
}

/** The keys of an item as one text; undefined when one is missing or not a scalar. */
function itemKey(item: unknown, names: readonly string[]): string | undefined {
  if (!isFields(item)) return undefined;
  const parts: unknown[] = [];
  for (const name of names) {
    const part = Object.hasOwn(item, name) ? item[name] : undefined;
    if (part === undefined || part === null || typeof part === 'object') return undefined;
    parts.push(part);
  }
  return JSON.stringify(parts);
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
