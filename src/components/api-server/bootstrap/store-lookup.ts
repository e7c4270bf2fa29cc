import type { KubernetesObject, ObjectKey } from '../../../api/object.ts';
import { groupResource, type ResourceType } from '../../../api/resource-type.ts';
import type { InformerHandler } from '../../../client/informer.ts';
import type { ObservableLookup } from '../../../extension-points/admission/lookup.ts';
import type { ObjectStore, Stored } from '../store/contract.ts';

/** The API server's own objects as its admission plugins and authorizers see them: references, never copies, and always the newest revision. */
export function createStoreLookup(store: Pick<ObjectStore, 'collection' | 'revision'>): ObservableLookup {
  // The store holds what the pipeline validated as `T`; this is the one place where that is taken on trust.
  const objectOf = <T extends KubernetesObject>(stored: Stored): T => stored.object as unknown as T;
  return {
    get<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey): T | undefined {
      const stored = store.collection(groupResource(type)).get(key);
      return stored && objectOf<T>(stored);
    },
    list<T extends KubernetesObject>(type: ResourceType<T>, namespace?: string): readonly T[] {
      return store
        .collection(groupResource(type))
        .list(namespace === undefined ? {} : { namespace })
        .items.map(objectOf<T>);
    },
    onChange<T extends KubernetesObject>(type: ResourceType<T>, handler: InformerHandler<T>): Disposable {
      const collection = store.collection(groupResource(type));
      const page = collection.list({});
      for (const stored of page.items) handler.added?.(objectOf<T>(stored), true);
      return collection.watch(page.revision, (events) => {
        for (const event of events) {
          const object = objectOf<T>(event.stored);
          if (event.type === 'added') handler.added?.(object, false);
          else if (event.type === 'deleted') handler.deleted?.(event.previous ? objectOf<T>(event.previous) : object);
          else handler.updated?.(object, event.previous ? objectOf<T>(event.previous) : object);
        }
      });
    },
  };
}
