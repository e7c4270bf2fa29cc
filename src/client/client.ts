import type { Status, DeleteOptions as WireDeleteOptions } from '../api/generated/meta-v1.ts';
import type { KubernetesList, KubernetesObject, ObjectKey } from '../api/object.ts';
import type { ResourceType } from '../api/resource-type.ts';

/**
 * The one way every component talks to the API. Two transports implement it: in-process (hands out the API server's shared, frozen objects) and HTTPS.
 * Every call is refused with an `ApiError`. Objects that come back are never to be written to.
 */
export interface Client {
  /** Whether informers should read lists as the initial events of a watch, so that neither side holds a whole list as text. */
  readonly streamsLists?: boolean;
  get<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey, options?: GetOptions): Promise<T>;
  list<T extends KubernetesObject>(type: ResourceType<T>, options?: ListOptions): Promise<KubernetesList<T>>;
  /** Ends when the server ends the watch or the signal aborts; throws `ApiError` 410 `Expired` when the revision is too old. */
  watch<T extends KubernetesObject>(type: ResourceType<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubernetesObject>(type: ResourceType<T>, object: T, options?: CreateOptions): Promise<T>;
  /** PUT. `metadata.resourceVersion`, when set, must be the current one (409 `Conflict` otherwise). */
  replace<T extends KubernetesObject>(type: ResourceType<T>, object: T, options?: WriteOptions & { subresource?: string }): Promise<T>;
  patch<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey, patch: Patch, options?: WriteOptions & { subresource?: string }): Promise<T>;
  /** Server-side apply. */
  apply<T extends KubernetesObject>(
    type: ResourceType<T>,
    object: T,
    options: WriteOptions & { fieldManager: string; force?: boolean; subresource?: string },
  ): Promise<T>;
  delete<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey, options?: DeleteOptions): Promise<T | Status>;
  deleteCollection<T extends KubernetesObject>(type: ResourceType<T>, options?: ListOptions & DeleteOptions): Promise<void>;
  /** POST to a sub-resource such as `binding`, `token` or `eviction`; answers what the sub-resource answers. */
  createSubresource<Answer>(
    type: ResourceType,
    key: ObjectKey,
    subresource: string,
    body: KubernetesObject | Record<string, unknown>,
    options?: WriteOptions,
  ): Promise<Answer>;
}

export interface GetOptions {
  readonly resourceVersion?: string;
  readonly subresource?: string;
}

export interface ListOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  readonly limit?: number;
  readonly continue?: string;
}

export interface WatchOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Events after this revision; `'0'` or absent: start with the current objects as ADDED. */
  readonly resourceVersion?: string;
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly signal: AbortSignal;
}

export type WatchEvent<T extends KubernetesObject = KubernetesObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Only `metadata.resourceVersion` (and the initial-events annotation) of the object counts. */
  | { readonly type: 'BOOKMARK'; readonly object: T };

export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
}

/** `namespace` overrides the object's own, which may be absent. */
export interface CreateOptions extends WriteOptions {
  readonly namespace?: string;
}

export interface DeleteOptions extends WriteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: WireDeleteOptions['preconditions'];
}

/** The three patch formats; `body` is the parsed patch. */
export type Patch =
  | { readonly type: 'merge'; readonly body: unknown }
  | { readonly type: 'strategic'; readonly body: unknown }
  | { readonly type: 'json'; readonly body: readonly unknown[] };

/** Who a client acts as, in the API server's eyes. */
export interface ClientIdentity {
  readonly name: string;
  readonly groups: readonly string[];
}
