import type { UntypedObject } from '../../../api/object.ts';
import { badRequest, conflict, fieldError, invalid, modified } from '../../../api/status.ts';
import type { WriteContext } from '../../../extension-points/resources/contract.ts';
import { validateWrite } from '../../../extension-points/resources/run.ts';
import { LazyRendering, type Rendering, render } from '../rendering.ts';
import { type AdmissionQuestion, mutate, validate } from './admission.ts';
import { commitObject } from './commit.ts';
import { type Machinery, type RequestContext, type Target, targetKey, type WriteRequestOptions, writeContext } from './context.ts';
import { beforeCommit, optionsObject, refuseInvalid } from './create.ts';
import { deepEqual } from './deep-equal.ts';
import { storedObject } from './get.ts';
import { mutableCopy } from './mutable-copy.ts';
import { ensureMetadata, raiseGeneration, restoreSystemMetadata } from './object-metadata.ts';
import { mayRemoveNow } from './remove-or-keep.ts';
import { redefault, schemaErrors } from './shape-object.ts';
import { inTurn } from './write-turns.ts';

/** A change of an existing object. `change` answers a draft in the served version, decoded and defaulted; it is asked again after a conflict. */
export interface Update {
  readonly change: (current: UntypedObject) => UntypedObject | Promise<UntypedObject>;
  readonly options: WriteRequestOptions;
  /** Whether the change is made again when someone else was faster: it names no resourceVersion. Otherwise that is a conflict. */
  readonly isRetried: boolean;
  /** For admission. */
  readonly optionsKind: 'UpdateOptions' | 'PatchOptions';
}

/** PUT: replaces an object. Throws ApiError: 400, 404, 409, 422, and what admission says. */
export function replace(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  request: { draft: UntypedObject; options: WriteRequestOptions },
): Promise<Rendering> {
  const { draft, options } = request;
  checkIdentity(draft, target);
  const isUnconditional = !draft.metadata.resourceVersion;
  if (isUnconditional && target.served.isCustom) {
    throw invalid(target.served, target.name, [fieldError.invalid('metadata.resourceVersion', 0, 'must be specified for an update')]);
  }
  const change = (): UntypedObject => (isUnconditional ? mutableCopy(draft) : draft);
  return update(machinery, context, target, { change, options, isRetried: isUnconditional, optionsKind: 'UpdateOptions' });
}

/** The name and namespace of a body must be those of the path. */
export function checkIdentity(draft: UntypedObject, target: Target): void {
  const metadata = ensureMetadata(draft);
  if (!metadata.name) throw badRequest(`the name of the object (${target.name} based on URL) was undeterminable: name must be provided`);
  if (metadata.name !== target.name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${target.name})`);
  if (target.namespace === '') delete metadata.namespace;
  else if (metadata.namespace && metadata.namespace !== target.namespace) {
    throw badRequest(`the namespace of the object (${metadata.namespace}) does not match the namespace on the request (${target.namespace})`);
  } else metadata.namespace = target.namespace;
}

/** Reads, changes, checks and commits with optimistic locking. Writes nothing when nothing changed. */
export async function update(machinery: Machinery, context: RequestContext, target: Target, request: Update): Promise<Rendering> {
  if (request.isRetried) return inTurn(machinery, context, target, () => updateOnce(machinery, context, target, request));
  const updated = await updateOnce(machinery, context, target, request);
  if (!updated) throw modified(target.served, target.name);
  return updated;
}

/** Undefined when someone else was faster. */
async function updateOnce(machinery: Machinery, context: RequestContext, target: Target, request: Update): Promise<Rendering | undefined> {
  const stored = storedObject(machinery, target);
  const current = await render(target.served, stored);
  const old = current.object;
  const changed = await request.change(old);
  checkPreconditions(changed, old, target, String(stored.revision));
  const about = writeContext(machinery, context, target, { operation: 'UPDATE', dryRun: request.options.dryRun });
  const draft = await admitAndCheck(machinery, context, target, { draft: changed, old, about, request });
  if (deepEqual(draft, old)) return current;
  const isRemoval = mayRemoveNow(target.served, draft);
  const final = isRemoval ? draft : await beforeCommit(machinery, target, { draft, old, about });
  if (request.options.dryRun) return new LazyRendering(final);
  const outcome = await commitObject(machinery, target.served, {
    key: targetKey(target),
    expectedRevision: stored.revision,
    ...(isRemoval ? {} : { draft: final }),
  });
  if (outcome.kind === 'conflict') return undefined;
  return isRemoval ? new LazyRendering(final) : outcome.rendering;
}

function checkPreconditions(draft: UntypedObject, old: UntypedObject, target: Target, revision: string): void {
  const { uid, resourceVersion } = draft.metadata;
  if (uid && uid !== old.metadata.uid)
    throw conflict(target.served, target.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ''}`);
  if (resourceVersion && resourceVersion !== revision) throw modified(target.served, target.name);
  draft.metadata.resourceVersion = revision;
}

interface Checking {
  readonly draft: UntypedObject;
  readonly old: UntypedObject;
  readonly about: WriteContext;
  readonly request: Update;
}

/** Mutating admission, then what the kind and the server own, then the rules, then validating admission: upstream's order. */
async function admitAndCheck(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  { draft: given, old, about, request }: Checking,
): Promise<UntypedObject> {
  const { served, subresource } = target;
  const question = (object: UntypedObject): AdmissionQuestion => ({
    operation: 'UPDATE',
    name: target.name,
    dryRun: request.options.dryRun,
    object,
    oldObject: old,
    options: optionsObject(request.optionsKind, request.options),
  });
  const admitted = await mutate(machinery, context, target, question(given));
  const draft = admitted.draft!;
  if (admitted.needsShape) redefault(served, draft);
  restoreSystemMetadata(draft, old);
  const part = subresource === '' ? undefined : served.definition.subresources?.[subresource];
  if (part?.kind === 'update') part.prepareForUpdate(draft, old, about);
  else served.definition.prepareForUpdate?.(draft, old, about);
  raiseGeneration(draft, old, target);
  refuseInvalid(target, draft, [...schemaErrors(served, draft), ...validateWrite(served.definition, draft, old, about)]);
  served.definition.warnings?.(draft, old).forEach((text) => context.warn(text));
  await validate(machinery, context, target, question(draft));
  return draft;
}
