import type { ManagedFieldsEntry } from '../../../api/generated/meta-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { compileSchema } from '../../../api/schema-processor.ts';
import { ApiError, badRequest, isAlreadyExists, isNotFound } from '../../../api/status.ts';
import { timeText } from '../../../kernel/clock.ts';
import { collectionOf, type Machinery, type RequestContext, type Target, targetKey, type WriteRequestOptions } from '../operations/context.ts';
import { create } from '../operations/create.ts';
import { deepEqual } from '../operations/deep-equal.ts';
import { mutableCopy } from '../operations/mutable-copy.ts';
import { ensureMetadata } from '../operations/object-metadata.ts';
import { cannotBeHandled, shapeObject } from '../operations/shape-object.ts';
import { checkIdentity, update } from '../operations/update.ts';
import type { Rendering } from '../rendering.ts';
import { difference, FieldSet, intersection, memberPaths } from './field-set.ts';
import { fieldsOf } from './fields-of.ts';
import { differing, mergeTyped, removeFields } from './merge-typed.ts';

export interface ApplyRequest {
  /** The decoded body and what strict decoding said of it so far. */
  readonly config: { readonly value: unknown; readonly strict: readonly string[] };
  readonly options: WriteRequestOptions;
  /** Asked before an object is created by apply: that takes the right to create. */
  readonly requireCreate?: () => Promise<void>;
}

/**
 * Server-side apply: creates the object or merges the configuration into it, field by field. What this manager applied before and no longer mentions goes,
 * unless another manager applied it too. Fields that other managers applied with other values are conflicts (409) unless `force`.
 */
export async function apply(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  request: ApplyRequest,
): Promise<{ rendering: Rendering; isCreated: boolean }> {
  const config = readConfig(target, request, context);
  for (;;) {
    const exists = collectionOf(machinery, target.served).get(targetKey(target)) !== undefined;
    try {
      if (exists) return { rendering: await applyToExisting(machinery, context, target, { config, options: request.options }), isCreated: false };
      await request.requireCreate?.();
      return { rendering: await applyAsNew(machinery, context, target, { config, options: request.options }), isCreated: true };
    } catch (error) {
      // Someone created or deleted it in between.
      if (exists ? !isNotFound(error) : !isAlreadyExists(error)) throw error;
      if (exists === (collectionOf(machinery, target.served).get(targetKey(target)) !== undefined)) throw error;
    }
  }
}

function readConfig(target: Target, { config, options }: ApplyRequest, context: RequestContext): UntypedObject {
  const { served } = target;
  if (typeof config.value !== 'object' || config.value === null || Array.isArray(config.value))
    throw badRequest(`error decoding YAML: the object provided is unrecognized (must be of type ${served.kind})`);
  const draft = mutableCopy(config.value) as UntypedObject;
  if (draft.apiVersion !== served.apiVersion || draft.kind !== served.kind) {
    throw badRequest(
      `failed to apply: the object is ${String(draft.apiVersion)}, Kind=${String(draft.kind)}, expected ${served.apiVersion}, Kind=${served.kind}`,
    );
  }
  if (ensureMetadata(draft).managedFields !== undefined && draft.metadata.managedFields !== null) throw badRequest('metadata.managedFields must be nil');
  draft.metadata.name ||= target.name;
  checkIdentity(draft, target);
  const strict = [...config.strict, ...typeCheck(target, draft)];
  if (strict.length > 0 && options.fieldValidation === 'Strict') throw cannotBeHandled(served, `strict decoding error: ${strict.join(', ')}`);
  if (options.fieldValidation === 'Warn') strict.forEach((text) => context.warn(text));
  return draft;
}

/** Checks types and drops unknown fields without filling defaults: what is not said is not owned. */
function typeCheck({ served }: Target, draft: UntypedObject): string[] {
  if (!served.shape.schema) return [];
  const dialect = served.isCustom ? 'custom' : 'built-in';
  const { unknownFields, decodeError } = compileSchema(served.shape.schema, served.definition.schemas).process(draft, {
    prune: true,
    applyDefaults: false,
    dialect,
  });
  if (decodeError !== undefined) throw cannotBeHandled(served, decodeError);
  return unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`);
}

interface Applying {
  readonly config: UntypedObject;
  readonly options: WriteRequestOptions;
}

function applyAsNew(machinery: Machinery, context: RequestContext, target: Target, { config, options }: Applying): Promise<Rendering> {
  if (target.subresource !== '') throw new ApiError(404, 'NotFound', `${target.served.resource} "${target.name}" not found`);
  const draft = mutableCopy(config);
  draft.metadata.managedFields = [newEntry(machinery, target, { options, fields: fieldsIn(target, config) })];
  shapeObject(target.served, draft);
  return create(machinery, context, target, { draft, options });
}

function applyToExisting(machinery: Machinery, context: RequestContext, target: Target, { config, options }: Applying): Promise<Rendering> {
  const change = (live: UntypedObject): UntypedObject => {
    const draft = mutableCopy(mergeApplied(machinery, target, { live, config, options }));
    if (!config.metadata.resourceVersion) draft.metadata.resourceVersion = live.metadata.resourceVersion!;
    shapeObject(target.served, draft);
    return draft;
  };
  return update(machinery, context, target, { change, options, isRetried: true, optionsKind: 'PatchOptions' });
}

function mergeApplied(machinery: Machinery, target: Target, { live, config, options }: Applying & { live: UntypedObject }): UntypedObject {
  const { schema } = target.served.shape;
  const { schemas } = target.served.definition;
  const isOwn = (entry: ManagedFieldsEntry): boolean =>
    entry.operation === 'Apply' && entry.manager === options.fieldManager && (entry.subresource ?? '') === target.subresource;
  const fields = fieldsIn(target, config);
  const entries = live.metadata.managedFields ?? [];
  const own = entries.find(isOwn);
  const others = resolveConflicts(target, { others: entries.filter((entry) => !isOwn(entry)), live, config, fields, force: options.force });
  let abandoned = difference(FieldSet.fromJson(own?.fieldsV1), fields);
  for (const other of others) abandoned = difference(abandoned, FieldSet.fromJson(other.fieldsV1));
  const kept = removeFields(live, abandoned, schema, schemas) as UntypedObject;
  const merged = { ...(mergeTyped(kept, config, schema, schemas) as UntypedObject) };
  const isSame = own !== undefined && deepEqual(own.fieldsV1, fields.toJson()) && own.apiVersion === target.served.apiVersion;
  const entry = isSame ? own : newEntry(machinery, target, { options, fields });
  merged.metadata = { ...merged.metadata, managedFields: [...others.filter((other) => !FieldSet.fromJson(other.fieldsV1).isEmpty), entry] };
  return merged;
}

const fieldsIn = ({ served }: Target, config: UntypedObject): FieldSet => fieldsOf(config, served.shape.schema, served.definition.schemas);

interface Contest {
  readonly others: readonly ManagedFieldsEntry[];
  readonly live: UntypedObject;
  readonly config: UntypedObject;
  readonly fields: FieldSet;
  readonly force: boolean;
}

/** The other managers' entries, without what was taken from them by force. Throws 409 naming every conflict. */
function resolveConflicts(target: Target, { others, live, config, fields, force }: Contest): readonly ManagedFieldsEntry[] {
  const { served } = target;
  const conflicts: { manager: string; entry: ManagedFieldsEntry; fields: FieldSet }[] = [];
  for (const entry of others) {
    const shared = intersection(fields, FieldSet.fromJson(entry.fieldsV1));
    const contested = differing(live, config, shared, { schema: served.shape.schema, schemas: served.definition.schemas, equal: deepEqual });
    if (memberPaths(contested).length > 0) conflicts.push({ manager: entry.manager ?? '', entry, fields: contested });
  }
  if (conflicts.length === 0) return others;
  if (!force) throw applyConflict(conflicts);
  return others.map((entry) => {
    const lost = conflicts.find((conflict) => conflict.entry === entry)?.fields;
    return lost ? { ...entry, fieldsV1: difference(FieldSet.fromJson(entry.fieldsV1), lost).toJson() } : entry;
  });
}

function applyConflict(conflicts: readonly { manager: string; entry: ManagedFieldsEntry; fields: FieldSet }[]): ApiError {
  const causes = conflicts.flatMap(({ manager, entry, fields }) =>
    memberPaths(fields).map((field) => ({
      reason: 'FieldManagerConflict' as const,
      message: `conflict with ${JSON.stringify(manager)} using ${entry.apiVersion ?? ''}`,
      field,
    })),
  );
  const lines = conflicts.map(
    ({ manager, entry, fields }) =>
      `conflicts with ${JSON.stringify(manager)} using ${entry.apiVersion ?? ''}:\n${memberPaths(fields)
        .map((path) => `- ${path}`)
        .join('\n')}`,
  );
  const first = causes[0]!;
  const text =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${first.message}: ${first.field}`
      : `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`;
  return new ApiError(409, 'Conflict', text, { details: { causes } });
}

function newEntry(machinery: Machinery, target: Target, { options, fields }: { options: WriteRequestOptions; fields: FieldSet }): ManagedFieldsEntry {
  return {
    manager: options.fieldManager,
    operation: 'Apply',
    apiVersion: target.served.apiVersion,
    time: timeText(machinery.clock.now()),
    fieldsType: 'FieldsV1',
    fieldsV1: fields.toJson(),
    ...(target.subresource === '' ? {} : { subresource: target.subresource }),
  };
}
