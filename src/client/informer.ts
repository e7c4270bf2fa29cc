import type { KubernetesObject, ObjectKey } from '../api/object.ts';
import type { ResourceType } from '../api/resource-type.ts';

/** A local view of one resource, kept current by list and watch. Over the in-process client it holds references to the API server's own objects. */
export interface Informer<T extends KubernetesObject> {
  /** Resolves when the first list is in. Rejects when the informer is stopped first. */
  synced(): Promise<void>;
  readonly hasSynced: boolean;
  get(key: ObjectKey): T | undefined;
  /** All objects, or those of one namespace. */
  list(namespace?: string): readonly T[];
  /** Objects that an index function put under `value`. Throws for an unknown index. */
  byIndex(index: string, value: string): readonly T[];
  /** Adds an index; existing objects are indexed at once. Adding the same name twice with the same function is harmless. */
  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void;
  /** Tells of every change, synchronously, after the view was updated; starts with `added` for what is already there. */
  onChange(handler: InformerHandler<T>): Disposable;
}

export interface InformerHandler<T> {
  added?(object: T, isInInitialList: boolean): void;
  updated?(object: T, old: T): void;
  /** The last state known. */
  deleted?(object: T): void;
}

/** What an informer is asked for. */
export interface InformerOptions {
  readonly namespace?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /**
   * For a custom resource whose definition may be installed later, or never: while nobody serves it (404), or it may not be read yet (403), the view is empty and counts
   * as synced; it fills within a second or so of the definition's coming. Who asks first decides.
   */
  readonly mayBeMissing?: boolean;
}

/** Hands out one informer per resource and selector; the first request starts it. Disposing stops them all. */
export interface Informers extends AsyncDisposable {
  informer<T extends KubernetesObject>(type: ResourceType<T>, options?: InformerOptions): Informer<T>;
  /** Resolves when every informer handed out so far has synced. */
  synced(): Promise<void>;
}
