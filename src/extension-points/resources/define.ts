import { builtInSchemas, kindSchema } from '../../api/built-in-schemas.ts';
import { type CatalogueEntry, catalogue, usualVerbs } from '../../api/catalogue.ts';
import type { KubernetesObject, UntypedObject } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import { groupResource, groupVersion } from '../../api/resource-type.ts';
import type { FieldError } from '../../api/status.ts';
import type { PrinterColumn, ResourceDefinition, ResourceServices, ResourceVersion, Subresource, WriteContext } from './contract.ts';
import type { Draft } from './draft.ts';
import { type Column, createdAtColumn, nameColumn } from './printer.ts';
import { restoreFields, type StatusOptions, statusSubresource, typedDraft } from './subresources.ts';

/** What a built-in kind adds to its line in the catalogue. Everything is optional; the meaning of each hook is in `contract.ts`. */
export interface BuiltInHooks<T extends KubernetesObject> {
  /** Default: Name and Created At. */
  readonly columns?: readonly Column<T>[];
  /** Default: the first version of the catalogue. */
  readonly storageVersion?: string;
  readonly storedAs?: ResourceDefinition['storedAs'];
  readonly createsOnUpdate?: boolean;
  /** Sent with every answer about the kind, by version. */
  readonly deprecationWarnings?: Readonly<Record<string, string>>;
  readonly generationFields?: readonly string[];
  readonly commonField?: string;
  convert?(draft: UntypedObject, toVersion: string): UntypedObject;
  applyDefaults?(draft: Draft<T>, version: string): void;
  /** Nodes come with a status; of other kinds with a `/status`, creators may not set it. */
  readonly keepsStatusOnCreate?: boolean;
  /** `status` is gone already when the kind has a `/status`. */
  prepareForCreate?(draft: Draft<T>, context: WriteContext): void;
  /** `status` is restored already when the kind has a `/status`. */
  prepareForUpdate?(draft: Draft<T>, old: Draft<T>, context: WriteContext): void;
  /** Rules of the object itself: run on create and on update. */
  validate?(object: Draft<T>, context: WriteContext): readonly FieldError[];
  /** Rules about the change, besides `validate`. */
  validateUpdate?(object: Draft<T>, old: Draft<T>, context: WriteContext): readonly FieldError[];
  validateName?(name: string, isPrefix: boolean): readonly string[];
  warnings?(object: Draft<T>, old: Draft<T> | undefined): readonly string[];
  deletionGracePeriodSeconds?(object: Draft<T>, requested: number | undefined): number;
  beginDelete?(draft: Draft<T>, context: WriteContext): void;
  mayRemove?(object: Draft<T>): boolean;
  /** By path; absent values select as `''`. */
  readonly selectableFields?: Readonly<Record<string, (object: Draft<T>) => string | number | boolean | undefined>>;
  /** Of `/status`, which is there when the catalogue says so. */
  readonly status?: StatusOptions<T>;
  /** All sub-resources but `status`. */
  readonly subresources?: Readonly<Record<string, Subresource>>;
  review?(draft: Draft<T>, context: WriteContext, services: ResourceServices): Promise<UntypedObject>;
  beforeCommit?(draft: Draft<T>, old: Draft<T> | undefined, context: WriteContext, services: ResourceServices): void | Promise<void>;
  readonly ownsStatus?: boolean;
}

/** A definition of a built-in kind: names, scope, verbs and sub-resources from the catalogue, schemas from the generated types, the rest from `hooks`. */
export function defineBuiltIn<T extends KubernetesObject>(type: ResourceType<T>, hooks: BuiltInHooks<NoInfer<T>> = {}): ResourceDefinition {
  const entries = catalogue.filter((entry) => entry.group === type.group && entry.resource === type.resource);
  const [first] = entries;
  if (!first) throw new Error(`the catalogue has no ${groupResource(type)}`);
  const columns = hooks.columns?.map((column) => printerColumn(column)) ?? [nameColumn, createdAtColumn].map((column) => printerColumn(column));
  return {
    group: first.group,
    resource: first.resource,
    singular: first.singular,
    kind: first.kind,
    namespaced: first.namespaced,
    ...(first.shortNames.length > 0 ? { shortNames: first.shortNames } : {}),
    ...(first.categories.length > 0 ? { categories: first.categories } : {}),
    ...(first.verbs === usualVerbs ? {} : { verbs: first.verbs }),
    versions: entries.map((entry) => builtInVersion(entry, columns, hooks.deprecationWarnings?.[entry.version])),
    needsFinalizerDomains: true,
    storageVersion: hooks.storageVersion ?? first.version,
    get schemas() {
      return builtInSchemas;
    },
    ...identityHooks(hooks, first),
    ...writeHooks(hooks, first.subresources.includes('status')),
    ...lifeHooks(hooks),
    ...subresourceHooks(hooks, first),
  };
}

function builtInVersion(entry: CatalogueEntry, columns: readonly PrinterColumn[], deprecationWarning: string | undefined): ResourceVersion {
  return {
    name: entry.version,
    served: true,
    columns,
    ...(deprecationWarning === undefined ? {} : { deprecationWarning }),
    // Read when first needed: building every schema at start-up would cost more than the rest of it.
    get schema() {
      return kindSchema(entry);
    },
  };
}

const printerColumn = <T extends KubernetesObject>({ cell, ...column }: Column<T>): PrinterColumn => ({
  type: 'string',
  priority: 0,
  ...column,
  cell: (object, nowMs) => cell(typedDraft<T>(object), nowMs),
});

function identityHooks<T extends KubernetesObject>(hooks: BuiltInHooks<T>, entry: CatalogueEntry): Partial<ResourceDefinition> {
  const { convert, storedAs, createsOnUpdate, generationFields, commonField, validateName, review, ownsStatus } = hooks;
  return {
    ...(storedAs ? { storedAs } : {}),
    ...(createsOnUpdate ? { createsOnUpdate } : {}),
    ...(generationFields ? { generationFields } : {}),
    ...(commonField === undefined ? {} : { commonField }),
    ...(validateName ? { validateName } : {}),
    ...(ownsStatus ? { ownsStatus } : {}),
    ...(review ? { review: (draft, context, services) => review(typedDraft<T>(draft), context, services) } : {}),
    ...(convert
      ? { convert }
      : {
          convert: (draft: UntypedObject, toVersion: string) => Object.assign(draft, { apiVersion: groupVersion({ group: entry.group, version: toVersion }) }),
        }),
  };
}

function writeHooks<T extends KubernetesObject>(hooks: BuiltInHooks<T>, hasStatus: boolean): Partial<ResourceDefinition> {
  const { applyDefaults, prepareForCreate, prepareForUpdate, validate, validateUpdate, warnings } = hooks;
  return {
    ...(applyDefaults ? { applyDefaults: (draft, version) => applyDefaults(typedDraft<T>(draft), version) } : {}),
    prepareForCreate(draft, context) {
      if (hasStatus && !hooks.keepsStatusOnCreate) delete draft['status'];
      prepareForCreate?.(typedDraft<T>(draft), context);
    },
    prepareForUpdate(draft, old, context) {
      if (hasStatus) restoreFields(draft, old, ['status']);
      prepareForUpdate?.(typedDraft<T>(draft), typedDraft<T>(old), context);
    },
    ...(validate ? { validate: (object, context) => validate(typedDraft<T>(object), context) } : {}),
    ...(validateUpdate ? { validateUpdate: (object, old, context) => validateUpdate(typedDraft<T>(object), typedDraft<T>(old), context) } : {}),
    ...(warnings ? { warnings: (object, old) => warnings(typedDraft<T>(object), old && typedDraft<T>(old)) } : {}),
  };
}

function lifeHooks<T extends KubernetesObject>(hooks: BuiltInHooks<T>): Partial<ResourceDefinition> {
  const { deletionGracePeriodSeconds, beginDelete, mayRemove, beforeCommit } = hooks;
  return {
    ...(deletionGracePeriodSeconds ? { deletionGracePeriodSeconds: (object, requested) => deletionGracePeriodSeconds(typedDraft<T>(object), requested) } : {}),
    ...(beginDelete ? { beginDelete: (draft, context) => beginDelete(typedDraft<T>(draft), context) } : {}),
    ...(mayRemove ? { mayRemove: (object) => mayRemove(typedDraft<T>(object)) } : {}),
    ...(beforeCommit
      ? { beforeCommit: (draft, old, context, services) => beforeCommit(typedDraft<T>(draft), old && typedDraft<T>(old), context, services) }
      : {}),
  };
}

function subresourceHooks<T extends KubernetesObject>(hooks: BuiltInHooks<T>, entry: CatalogueEntry): Partial<ResourceDefinition> {
  const fields = Object.entries(hooks.selectableFields ?? {});
  const subresources = { ...(entry.subresources.includes('status') ? { status: statusSubresource<T>(hooks.status) } : {}), ...hooks.subresources };
  return {
    ...(Object.keys(subresources).length > 0 ? { subresources } : {}),
    ...(fields.length === 0
      ? {}
      : {
          selectableFieldNames: fields.map(([name]) => name),
          selectableFields: (object: UntypedObject) => Object.fromEntries(fields.map(([name, value]) => [name, String(value(typedDraft<T>(object)) ?? '')])),
        }),
  };
}
