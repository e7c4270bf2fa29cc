import type { ObjectKey, UntypedObject } from '../../api/object.ts';
import type { Schema, SchemaSet } from '../../api/schema.ts';
import type { FieldError } from '../../api/status.ts';
import type { AdmissionOperation } from '../admission/contract.ts';
import type { UserInfo } from '../authentication/contract.ts';

/**
 * One kind of object the API serves. Built-in kinds are definitions written as code; a CustomResourceDefinition becomes one at run time.
 * The API server finds a definition by group, version and resource, and drives every write through the same pipeline (ARCHITECTURE.md, "Life of a write").
 *
 * Hooks receive a `draft`: an object that is theirs to change in place. `old` objects are frozen.
 */
export interface ResourceDefinition {
  readonly group: string;
  /** Plural, lower case. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  /** Default `${kind}List`. */
  readonly listKind?: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Verbs the main resource offers. Default: the usual eight. */
  readonly verbs?: readonly string[];
  /** Newest first; the first served one is preferred. */
  readonly versions: readonly ResourceVersion[];
  /** The version objects are stored in. */
  readonly storageVersion: string;
  /** Where shared schemas (`ref`) of this definition are found. */
  readonly schemas: SchemaSet;
  /** Converts a draft between two of its versions. Default: only `apiVersion` changes. Promises of the same turn may be served together. */
  convert?(draft: UntypedObject, toVersion: string): UntypedObject | Promise<UntypedObject>;
  /** Whether a PUT of an object that is not there creates it (upstream's AllowCreateOnUpdate). Default: it answers 404. */
  readonly createsOnUpdate?: boolean;
  /** Store objects under another resource's keys (core and events.k8s.io `events` share one). Default: itself. */
  readonly storedAs?: { readonly group: string; readonly resource: string };

  /**
   * Built-in kinds only. A top-level field that objects mostly repeat of each other, as pods of one template do their spec, and whose schema and defaults look at nothing else of the
   * object. What the server makes of one text of it then serves all objects with that text: hooks may find it a frozen common part (`api/common-parts.ts`) with
   * its defaults filled in, in drafts of new objects, of the server's own updates and of patches of `/status`.
   */
  readonly commonField?: string;
  /** Fills absent fields of the served version. Runs on every decoded object, before admission, and again after it. */
  applyDefaults?(draft: UntypedObject, version: string): void;
  /** Clears what a creator may not set (status), sets what the server owns (generation is handled by the pipeline). */
  prepareForCreate?(draft: UntypedObject, context: WriteContext): void;
  /** The same for updates of the main resource: usually restores `status` from `old`. */
  prepareForUpdate?(draft: UntypedObject, old: UntypedObject, context: WriteContext): void;
  /** Whether an update that changes only this much raises `metadata.generation`. Default: when `spec` differs; kinds without spec have no generation. */
  readonly generationFields?: readonly string[];
  /** Domain rules beyond the schema. Paths and texts are upstream's. */
  validate?(object: UntypedObject, context: WriteContext): readonly FieldError[];
  validateUpdate?(object: UntypedObject, old: UntypedObject, context: WriteContext): readonly FieldError[];
  /** Validates `metadata.name` beyond being a path segment. Default: DNS-1123 subdomain. Answers messages. */
  validateName?(name: string, isPrefix: boolean): readonly string[];
  /** Warnings for the client (`Warning: 299` headers). */
  warnings?(object: UntypedObject, old: UntypedObject | undefined): readonly string[];
  /**
   * Graceful deletion: seconds the object stays with a deletionTimestamp before something removes it; 0 removes it at once.
   * `requested` is the client's gracePeriodSeconds. Default: 0.
   */
  deletionGracePeriodSeconds?(object: UntypedObject, requested: number | undefined): number;
  /** Finalizers and other last changes when deletion begins. Rarely needed (namespaces keep `spec.finalizers`). */
  beginDelete?(draft: UntypedObject, context: WriteContext): void;
  /** Finalizers that a write adds must name a domain, unless they are the server's own: so with built-in kinds. */
  readonly needsFinalizerDomains?: boolean;
  /** Whether an object that is being deleted and has no metadata.finalizers may go. Default: true. Namespaces: `spec.finalizers` is empty. */
  mayRemove?(object: UntypedObject): boolean;
  /** Fields a field selector may name, besides `metadata.name` and `metadata.namespace`, by version-independent path. */
  selectableFields?(object: UntypedObject): Readonly<Record<string, string>>;
  /** Names of those fields, so unknown ones can be refused; must match `selectableFields`. */
  readonly selectableFieldNames?: readonly string[];
  /** Sub-resources by name. `status` and `scale` have builders in `subresources.ts`. */
  readonly subresources?: Readonly<Record<string, Subresource>>;
  /** Its objects are being removed and it will follow: creates are refused with this text (403), and discovery offers no writes. */
  readonly refusesCreate?: string | undefined;
  /** Aborts when the definition has been replaced or removed: watches of its objects end, as upstream ends them. */
  readonly retired?: AbortSignal;
  /** Objects written up to this revision may not have the shape of the schemas: they are pruned and given their defaults when they are read. */
  readonly shapedSince?: number;
  /** A virtual resource has no stored objects: creating one runs this (reviews). `signal` aborts when the client has gone. */
  readonly review?: (draft: UntypedObject, context: WriteContext, services: ResourceServices, signal?: AbortSignal) => Promise<UntypedObject>;
  /** A computed resource has no stored objects either: they are made when they are read, and nothing can write them. `verbs` says `get`, `list` or both. */
  readonly computed?: (services: ResourceServices) => ComputedObjects;
  /** What happens around a committed write (allocating and releasing cluster IPs). `afterCommit` must be idempotent. */
  beforeCommit?(draft: UntypedObject, old: UntypedObject | undefined, context: WriteContext, services: ResourceServices): void | Promise<void>;
  /** What `beforeCommit` and the server's own updates make of `status` is recorded in `managedFields` as a write of the server to `/status`. */
  readonly ownsStatus?: boolean;
}

/** The objects of a computed resource, as they are now. */
export interface ComputedObjects {
  find(key: ObjectKey): ComputedObject | undefined;
  /** Of one namespace, or of all (undefined); in no order. */
  all(namespace: string | undefined): Iterable<ComputedObject>;
}

export interface ComputedObject {
  readonly key: ObjectKey;
  /** Another number whenever the object is another: its `resourceVersion`. */
  readonly revision: number;
  /** Made when it is read, of the object's own kind and version, with its metadata but for `resourceVersion`. The server freezes it. */
  readonly object: UntypedObject;
}

export interface ResourceVersion {
  readonly name: string;
  readonly served: boolean;
  /** The schema of whole objects (apiVersion, kind, metadata included), or absent when anything goes. */
  readonly schema?: Schema;
  readonly columns?: readonly PrinterColumn[];
  /** Deprecation warning sent with every answer. */
  readonly deprecationWarning?: string;
  /** Sub-resources of this version, in place of the definition's. */
  readonly subresources?: Readonly<Record<string, Subresource>>;
  /** Selectable fields of this version, in place of the definition's names; `selectableFields` is then given objects in this version. */
  readonly selectableFieldNames?: readonly string[];
}

/** A column of `kubectl get`. The Name column is first and need not be given if `columns` is absent (then Name and Age are shown). */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description: string;
  /** 0 shows always, 1 with `-o wide`. */
  readonly priority: number;
  /** The cell. `nowMs` is for ages (`date` columns answer ready text such as `5m3s`). */
  readonly cell: (object: UntypedObject, nowMs: number) => string | number | boolean | null;
}

export interface WriteContext {
  readonly operation: AdmissionOperation;
  readonly user: UserInfo;
  readonly nowMs: number;
  readonly dryRun: boolean;
  readonly version: string;
  readonly subresource: string;
  readonly key: ObjectKey;
  /** The stored object, when `validate` looks at one that is about to replace it: what it breaks of a newer rule may stay as it is. */
  readonly old?: UntypedObject;
}

/**
 * A sub-resource. `update` kind: GET, PUT and PATCH of the same object, changing only part of it (status, approval, finalize, ephemeralcontainers, resize).
 * `scale` kind: GET, PUT and PATCH of an `autoscaling/v1` Scale. `create` kind: POST of another kind (binding, eviction, token).
 * `connect` kind: a stream to the node (log, exec, attach, portforward, proxy); the API server knows how.
 */
export type Subresource =
  | {
      readonly kind: 'update';
      /** Takes from `draft` what this sub-resource may change, and the rest from `old`. */
      prepareForUpdate(draft: UntypedObject, old: UntypedObject, context: WriteContext): void;
      validateUpdate?(object: UntypedObject, old: UntypedObject, context: WriteContext): readonly FieldError[];
    }
  | {
      readonly kind: 'scale';
      readonly specReplicasPath: readonly string[];
      readonly statusReplicasPath: readonly string[];
      /** How refusals call the first path, where a Scale of an object without that field is an error. Absent: such an object has 0 replicas. */
      readonly requiredReplicas?: string;
      /** The label selector as text. */
      selector(object: UntypedObject): string;
    }
  | {
      readonly kind: 'create';
      readonly bodyKind: { readonly group: string; readonly version: string; readonly kind: string };
      create(parent: UntypedObject, draft: UntypedObject, context: WriteContext, services: ResourceServices): Promise<UntypedObject>;
    }
  | { readonly kind: 'connect'; readonly verbs: readonly ('get' | 'post' | 'put' | 'delete' | 'patch' | 'options' | 'head')[] };

/** What the API server lends to definitions that must look beyond their own object. */
export interface ResourceServices {
  get(type: { group: string; resource: string }, key: ObjectKey): UntypedObject | undefined;
  list(type: { group: string; resource: string }, namespace?: string): readonly UntypedObject[];
  /** Changes an object with optimistic locking, retrying on conflict; `change` edits a draft, in which the kind's `commonField` may only be replaced, or throws an ApiError. */
  update(type: { group: string; resource: string }, key: ObjectKey, change: (draft: UntypedObject) => void, context: WriteContext): Promise<UntypedObject>;
  /** Removes an object through the whole pipeline. */
  delete(
    type: { group: string; resource: string },
    key: ObjectKey,
    options: { readonly gracePeriodSeconds?: number; readonly uid?: string },
    context: WriteContext,
  ): Promise<UntypedObject>;
  /** Services registered by name at start-up (token issuer, authorizer, address allocator). Throws when nothing has the name. */
  service<T>(name: string): T;
}
