import { type KubernetesObject, keyOf, keyText, type ObjectKey } from '../api/object.ts';

interface Index<T> {
  readonly valuesOf: (object: T) => readonly string[];
  readonly byValue: Map<string, Map<string, T>>;
}

/** Objects of one resource by key, and by whatever indexes were added. Holds references only. */
export class ObjectIndex<T extends KubernetesObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();
  #all: readonly T[] | undefined;
  #namespaces: Index<T> | undefined;

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(keyText(key));
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  byKey(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** A list that does not change afterwards; asked twice without a change between, the same one. */
  list(namespace?: string): readonly T[] {
    if (namespace === undefined) return (this.#all ??= [...this.#objects.values()]);
    this.#namespaces ??= this.#build((object) => [object.metadata.namespace ?? '']);
    return valuesUnder(this.#namespaces, namespace);
  }

  byIndex(name: string, value: string): readonly T[] {
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`there is no index "${name}"`);
    return valuesUnder(index, value);
  }

  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void {
    const known = this.#indexes.get(name);
    if (known && known.valuesOf !== valuesOf) throw new Error(`there is another index "${name}"`);
    if (!known) this.#indexes.set(name, this.#build(valuesOf));
  }

  /** Puts an object in the place of `old`, the object of the same key if there is one. */
  set(object: T, old: T | undefined): void {
    const key = keyText(keyOf(object));
    this.#objects.set(key, object);
    this.#all = undefined;
    for (const index of this.#everyIndex()) {
      if (old) unindex(index, key, old);
      addTo(index, key, object);
    }
  }

  delete(object: T): void {
    const key = keyText(keyOf(object));
    this.#objects.delete(key);
    this.#all = undefined;
    for (const index of this.#everyIndex()) unindex(index, key, object);
  }

  #build(valuesOf: (object: T) => readonly string[]): Index<T> {
    const index: Index<T> = { valuesOf, byValue: new Map() };
    for (const [key, object] of this.#objects) addTo(index, key, object);
    return index;
  }

  *#everyIndex(): Iterable<Index<T>> {
    if (this.#namespaces) yield this.#namespaces;
    yield* this.#indexes.values();
  }
}

const valuesUnder = <T>(index: Index<T>, value: string): readonly T[] => [...(index.byValue.get(value)?.values() ?? [])];

function addTo<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.valuesOf(object)) {
    const found = index.byValue.get(value);
    if (found) found.set(key, object);
    else index.byValue.set(value, new Map([[key, object]]));
  }
}

function unindex<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.valuesOf(object)) {
    const found = index.byValue.get(value);
    if (found?.delete(key) && found.size === 0) index.byValue.delete(value);
  }
}
