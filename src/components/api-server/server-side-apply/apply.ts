import type { UntypedObject } from '../../../api/object.ts';
import { conflict, isAlreadyExists, isNotFound, notFound } from '../../../api/status.ts';
import { collectionOf, type Machinery, type RequestContext, type Target, targetKey, type WriteRequestOptions } from '../operations/context.ts';
import { create } from '../operations/create.ts';
import { mutableCopy } from '../operations/mutable-copy.ts';
import { shapeObject } from '../operations/shape-object.ts';
import { checkIdentity, update } from '../operations/update.ts';
import type { Rendering } from '../rendering.ts';
import type { Applied } from './apply-configuration.ts';
import { applyThrough } from './apply-through.ts';
import { type ApplyBody, readConfiguration, reportStrict } from './configuration.ts';
import { entriesOf, storedManagers } from './managers.ts';
import { emptyObject, endpointOf } from './track-write.ts';
import { Versions } from './versions.ts';

export interface ApplyRequest {
  /** The decoded body and what strict decoding said of it so far. */
  readonly config: ApplyBody;
  readonly options: WriteRequestOptions;
  /** Asked before an object is created by apply: that takes the right to create. */
  readonly requireCreate?: () => Promise<void>;
}

/**
 * Server-side apply: creates the object or merges the configuration into it, field by field. What this manager applied before and no longer mentions goes,
 * unless someone else owns it too. Fields that others own with other values are conflicts (409) unless `force`. Throws ApiError.
 */
export async function apply(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  request: ApplyRequest,
): Promise<{ rendering: Rendering; isCreated: boolean }> {
  const config = readConfiguration(target.served, request.config);
  const applying: Applying = { config, request };
  const isThere = (): boolean => collectionOf(machinery, target.served).get(targetKey(target)) !== undefined;
  for (;;) {
    const exists = isThere();
    try {
      if (exists) return { rendering: await applyToExisting(machinery, context, target, applying), isCreated: false };
      return { rendering: await applyAsNew(machinery, context, target, applying), isCreated: true };
    } catch (error) {
      // Someone created or deleted it in between.
      if (exists ? !isNotFound(error) : !isAlreadyExists(error)) throw error;
      if (exists === isThere()) throw error;
    }
  }
}

interface Applying {
  readonly config: UntypedObject;
  readonly request: ApplyRequest;
}

async function applyAsNew(machinery: Machinery, context: RequestContext, target: Target, applying: Applying): Promise<Rendering> {
  const { options, requireCreate } = applying.request;
  if (target.subresource !== '') throw notFound(target.served, target.name);
  const draft = await mergedDraft(machinery, context, target, { ...applying, live: emptyObject });
  const { uid, resourceVersion } = draft.metadata;
  if (uid) throw conflict(target.served, target.name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`);
  if (resourceVersion) delete draft.metadata.resourceVersion;
  checkIdentity(draft, target);
  await requireCreate?.();
  return create(machinery, context, target, { draft, options, isTracked: true });
}

function applyToExisting(machinery: Machinery, context: RequestContext, target: Target, applying: Applying): Promise<Rendering> {
  const change = async (live: UntypedObject): Promise<UntypedObject> => {
    const draft = await mergedDraft(machinery, context, target, { ...applying, live });
    checkIdentity(draft, target);
    return draft;
  };
  return update(machinery, context, target, { change, options: applying.request.options, isRetried: true, isTracked: true, optionsKind: 'PatchOptions' });
}

/** The merged object as a draft of its own: decoded, defaulted, with its record of managed fields. */
async function mergedDraft(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  { config, request, live }: Applying & { live: UntypedObject },
): Promise<UntypedObject> {
  const { served } = target;
  const applied = await applyOver(machinery, target, { live, config, options: request.options });
  // A configuration may come without metadata; that it lacks a name is said later.
  const { managedFields: _, ...metadata } = (applied.object.metadata as UntypedObject['metadata'] | undefined) ?? {};
  const draft = mutableCopy({ ...applied.object, metadata }) as UntypedObject;
  reportStrict(request.config, request.options, context);
  shapeObject(served, draft);
  const entries = entriesOf(applied.managers);
  if (entries) draft.metadata.managedFields = entries;
  return draft;
}

/** Merges a configuration into the stored object, or into `emptyObject`. Throws ApiError in upstream's words. */
export function applyOver(
  machinery: Machinery,
  target: Target,
  { live, config, options }: { live: UntypedObject; config: UntypedObject; options: WriteRequestOptions },
): Promise<Applied> {
  return applyThrough({
    kind: target.served,
    live,
    config,
    managers: live === emptyObject ? [] : storedManagers(live.metadata.managedFields),
    options,
    endpoint: endpointOf(machinery, target),
    versions: new Versions(machinery.resources, target.served),
  });
}
