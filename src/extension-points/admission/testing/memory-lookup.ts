import { deepFreeze, type KubernetesObject, keyOf, keyText, type ObjectKey } from '../../../api/object.ts';
import { groupResource, type ResourceType } from '../../../api/resource-type.ts';
import type { InformerHandler } from '../../../client/informer.ts';
import type { ObservableLookup } from '../lookup.ts';

/** A lookup over objects that a test puts in and takes out. */
export class MemoryLookup implements ObservableLookup {
  readonly #byResource = new Map<string, Map<string, KubernetesObject>>();
  readonly #handlers = new Map<string, Set<InformerHandler<KubernetesObject>>>();

  /** Adds or replaces objects. */
  put<T extends KubernetesObject>(type: ResourceType<T>, ...objects: T[]): this {
    for (const object of objects) {
      const key = keyText(keyOf(object));
      const old = this.#objects(type).get(key);
      this.#objects(type).set(key, deepFreeze(object));
      for (const handler of this.#watchers(type)) {
        if (old) handler.updated?.(object, old);
        else handler.added?.(object, false);
      }
    }
    return this;
  }

  remove(type: ResourceType, key: ObjectKey): void {
    const old = this.#objects(type).get(keyText(key));
    this.#objects(type).delete(keyText(key));
    if (old) for (const handler of this.#watchers(type)) handler.deleted?.(old);
  }

  get<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey): T | undefined {
    return this.#objects(type).get(keyText(key)) as T | undefined;
  }

  list<T extends KubernetesObject>(type: ResourceType<T>, namespace?: string): readonly T[] {
    return [...this.#objects(type).values()].filter((object) => namespace === undefined || object.metadata.namespace === namespace) as T[];
  }

  onChange<T extends KubernetesObject>(type: ResourceType<T>, handler: InformerHandler<T>): Disposable {
    const watcher = handler as unknown as InformerHandler<KubernetesObject>;
    for (const object of this.#objects(type).values()) watcher.added?.(object, true);
    this.#watchers(type).add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers(type).delete(watcher) };
  }

  #objects(type: ResourceType): Map<string, KubernetesObject> {
    return entry(this.#byResource, groupResource(type), () => new Map<string, KubernetesObject>());
  }

  #watchers(type: ResourceType): Set<InformerHandler<KubernetesObject>> {
    return entry(this.#handlers, groupResource(type), () => new Set<InformerHandler<KubernetesObject>>());
  }
}

function entry<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  map.set(key, created);
  return created;
}
