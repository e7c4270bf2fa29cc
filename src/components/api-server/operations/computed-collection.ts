import { deepFreeze, keyText, type ObjectKey, type UntypedObject } from '../../../api/object.ts';
import { methodNotAllowed } from '../../../api/status.ts';
import type { ComputedObject, ComputedObjects } from '../../../extension-points/resources/contract.ts';
import type { ServedResource } from '../resource-index.ts';
import type { Collection, ListPage, ListRange, ObjectStore, Stored } from '../store/contract.ts';

/**
 * Objects that are made when they are read, in the place of stored ones. They are always the newest: a page of an earlier list goes on with what there is now, after the
 * last object of the page before. Lists tell the revision of the store, for clients that hand it back. Cannot be watched (405).
 */
export function computedCollection({ store }: { readonly store: ObjectStore }, served: ServedResource, objects: ComputedObjects): Collection {
  const page = (revision: number, { namespace, after, limit }: ListRange): ListPage => {
    const found = Array.from(objects.all(namespace), (object) => ({ object, text: keyText(object.key) }));
    const inOrder = found.filter(({ text }) => after === undefined || text > after).sort((left, right) => (left.text < right.text ? -1 : 1));
    const listed = limit === undefined ? inOrder : inOrder.slice(0, limit);
    return { revision, remaining: inOrder.length - listed.length, items: listed.map(({ object }) => new ComputedState(object)) };
  };
  return {
    get size() {
      let size = 0;
      for (const _ of objects.all(undefined)) size++;
      return size;
    },
    get(key) {
      const found = objects.find(key);
      return found && new ComputedState(found);
    },
    list: (range) => page(store.revision, range),
    listAt: page,
    watch() {
      throw methodNotAllowed(served, 'watch');
    },
  };
}

/** A computed object as the rest of the server knows objects; made when somebody looks. */
class ComputedState implements Stored {
  readonly #computed: ComputedObject;
  #object: UntypedObject | undefined;
  #bytes: Buffer | undefined;

  constructor(computed: ComputedObject) {
    this.#computed = computed;
  }

  get key(): ObjectKey {
    return this.#computed.key;
  }

  get revision(): number {
    return this.#computed.revision;
  }

  get object(): UntypedObject {
    return (this.#object ??= this.#make());
  }

  get bytes(): Buffer {
    return (this.#bytes ??= Buffer.from(JSON.stringify(this.object)));
  }

  /** Kind and version come first, as with stored objects. */
  #make(): UntypedObject {
    const { object, revision } = this.#computed;
    const { kind, apiVersion, metadata, ...fields } = object;
    return deepFreeze({ kind, apiVersion, metadata: { ...metadata, resourceVersion: String(revision) }, ...fields } as UntypedObject);
  }
}
