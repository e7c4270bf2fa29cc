import type { KubernetesObject, ObjectKey } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import type { InformerHandler } from '../../client/informer.ts';

/** What an extension may look up beside the object at hand: synchronous, over the API server's store or over informers. Objects are frozen and shared. */
export interface ObjectLookup {
  get<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey): T | undefined;
  /** All objects, or those of one namespace. */
  list<T extends KubernetesObject>(type: ResourceType<T>, namespace?: string): readonly T[];
}

/** A lookup that also tells of changes, for extensions that keep something derived from objects. */
export interface ObservableLookup extends ObjectLookup {
  /** Tells of every change synchronously; starts with `added` for what is already there. */
  onChange<T extends KubernetesObject>(type: ResourceType<T>, handler: InformerHandler<T>): Disposable;
}
