/** Lists of JSON: plain ones, sets, and lists that are maps by keys of their items. */
import type { Schema } from '../../schema.ts';
import { isEqual } from '../equality.ts';
import { type Converter, Double, Duration, EvaluationError, List, MapValue, ObjectValue, Timestamp, Uint, type Value } from '../values.ts';

/** The converter of a list, by its `x-kubernetes-list-type`. */
export function listConverter(schema: Schema, convertItem: Converter): Converter {
  const { listMapKeys = [] } = schema;
  return (native) => {
    if (!Array.isArray(native)) throw new EvaluationError('invalid data, expected an array for the provided schema with type=array');
    if (schema.listType === 'set') return new SetList(native, convertItem);
    return schema.listType === 'map' ? new KeyedList(native, convertItem, listMapKeys) : new List(native, convertItem);
  };
}

/** A set: the order of its items does not count, and `+` adds what is not there yet. */
class SetList extends List {
  #identities: Set<unknown> | undefined;

  override equals(other: List): boolean {
    if (other === this) return true;
    if (this.size !== other.size) return false;
    const identities = this.#all();
    return other.values().every((item) => identities.has(identityOf(item)));
  }

  override concat(other: List): List {
    const identities = new Set(this.#all());
    const items = [...this.values()];
    for (const item of other.values()) {
      const identity = identityOf(item);
      if (!identities.has(identity)) items.push(item);
      identities.add(identity);
    }
    return new SetList(items);
  }

  #all(): Set<unknown> {
    this.#identities ??= new Set(this.values().map(identityOf));
    return this.#identities;
  }
}

/** A map by keys of its items: their order does not count, and `+` puts an item in the place of the one with its keys. */
class KeyedList extends List {
  readonly #keys: readonly string[];
  #byKey: Map<string, Value> | undefined;

  constructor(items: readonly unknown[], convert: Converter | undefined, keys: readonly string[]) {
    super(items, convert);
    this.#keys = keys;
  }

  override equals(other: List): boolean {
    if (other === this) return true;
    if (this.size !== other.size) return false;
    this.#byKey ??= new Map(this.values().map((item) => [this.#keyOf(item), item]));
    for (const item of other.values()) {
      const mine = this.#byKey.get(this.#keyOf(item));
      if (mine === undefined || !isEqual(mine, item)) return false;
    }
    return true;
  }

  override concat(other: List): List {
    const items = [...this.values()];
    const places = new Map(items.map((item, at) => [this.#keyOf(item), at]));
    for (const item of other.values()) {
      const place = places.get(this.#keyOf(item));
      if (place === undefined) items.push(item);
      else items[place] = item;
    }
    return new KeyedList(items, undefined, this.#keys);
  }

  #keyOf(item: Value): string {
    let text = '';
    for (const key of this.#keys) {
      if (item instanceof ObjectValue) text += scalarText(item.native[key]);
      else {
        const value = item instanceof MapValue ? item.get(key) : undefined;
        text += scalarText(value instanceof Double || value instanceof Uint ? String(value.value) : value);
      }
    }
    return text;
  }
}

/** One scalar of a key; texts carry their length, so that no two keys read the same. */
function scalarText(value: unknown): string {
  if (typeof value === 'string') return `${value.length}:${value}`;
  return typeof value === 'object' && value !== null ? `${JSON.stringify(value)};` : `${value ?? null};`;
}

/** What stands for a scalar in a set. */
function identityOf(value: Value): unknown {
  if (value instanceof Double) return `double ${value.value}`;
  if (value instanceof Timestamp) return `timestamp ${value.seconds} ${value.nanoseconds}`;
  if (value instanceof Duration) return `duration ${value.nanoseconds}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('latin1')}`;
  return typeof value === 'string' ? `string ${value}` : value;
}
