import type { UntypedObject } from '../../../api/object.ts';
import { badRequest, modified } from '../../../api/status.ts';
import type { WriteContext } from '../../../extension-points/resources/contract.ts';
import { validateWrite } from '../../../extension-points/resources/run.ts';
import { LazyRendering, type Rendering, render } from '../rendering.ts';
import { keepGoodRecord, withoutNewTimes } from '../server-side-apply/admitted-record.ts';
import { trackWrite } from '../server-side-apply/track-write.ts';
import type { Stored } from '../store/contract.ts';
import { requestTurns } from '../turns.ts';
import { type AdmissionQuestion, mutate, validate } from './admission.ts';
import { commitObject, rehearseCommit } from './commit.ts';
import { type Machinery, type RequestContext, type Target, targetKey, type WriteRequestOptions, writeContext } from './context.ts';
import { beforeCommit, optionsObject, refuseInvalid } from './create.ts';
import { deepEqual } from './deep-equal.ts';
import { storedObject } from './get.ts';
import { mutableCopy } from './mutable-copy.ts';
import { ensureMetadata, raiseGeneration, restoreSystemMetadata } from './object-metadata.ts';
import { mayRemoveNow } from './remove-or-keep.ts';
import { redefault, schemaErrors } from './shape-object.ts';
import { uidConflict } from './uid-conflict.ts';
import { requireRevision, sentRevision } from './unconditional-update.ts';
import { inTurn } from './write-turns.ts';

/** A change of an existing object. `change` answers a draft in the served version, decoded and defaulted; it is asked again after a conflict. */
export interface Update {
  readonly change: (current: UntypedObject) => UntypedObject | Promise<UntypedObject>;
  readonly options: WriteRequestOptions;
  /** Whether the change is made again when someone else was faster: it names no resourceVersion. Otherwise that is a conflict. */
  readonly isRetried: boolean;
  /** Whether the change has set `managedFields` itself. Otherwise they are set to say what it changes. */
  readonly isTracked?: boolean;
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
  const isUnconditional = sentRevision(draft.metadata.resourceVersion) === '';
  const change = (): UntypedObject => {
    requireRevision(target, draft.metadata.resourceVersion);
    return isUnconditional ? mutableCopy(draft) : draft;
  };
  return update(machinery, context, target, { change, options, isRetried: isUnconditional, optionsKind: 'UpdateOptions' });
}

/** The namespace and name of a body must be those of the path. Throws ApiError 400. */
export function checkIdentity(draft: UntypedObject, target: Target): void {
  const metadata = ensureMetadata(draft);
  if (target.namespace === '') delete metadata.namespace;
  else if (metadata.namespace && metadata.namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  } else metadata.namespace = target.namespace;
  if (!metadata.name) throw badRequest(`the name of the object (${target.name} based on URL) was undeterminable: name must be provided`);
  if (metadata.name !== target.name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${target.name})`);
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
  const beforeTracking = requestTurns.breathe();
  if (beforeTracking) await beforeTracking;
  checkPreconditions(changed, old, target, { revision: String(stored.revision), isWhole: request.optionsKind === 'UpdateOptions' });
  const tracking = request.isTracked ? undefined : trackWrite(machinery, context, target, { draft: changed, old, options: request.options });
  if (tracking) await tracking;
  const beforeAdmission = requestTurns.breathe();
  if (beforeAdmission) await beforeAdmission;
  const about = writeContext(machinery, context, target, { operation: 'UPDATE', dryRun: request.options.dryRun });
  const draft = withoutNewTimes(await admitAndCheck(machinery, context, target, { draft: changed, old, about, request }), old);
  // Writing back what is stored in an older version is how objects are brought to the newest one.
  if (deepEqual(draft, old) && (!target.served.isCustom || isInStorageVersion(target, stored))) return current;
  const isRemoval = mayRemoveNow(target.served, draft);
  const final = isRemoval ? draft : await beforeCommit(machinery, target, { draft, old, about });
  if (request.options.dryRun) return rehearseCommit(target.served, final);
  const beforeStoring = requestTurns.breathe();
  if (beforeStoring) await beforeStoring;
  const outcome = await commitObject(machinery, target.served, {
    key: targetKey(target),
    expectedRevision: stored.revision,
    ...(isRemoval ? {} : { draft: final }),
  });
  if (outcome.kind === 'conflict') return undefined;
  return isRemoval ? new LazyRendering(final) : outcome.rendering;
}

const isInStorageVersion = ({ served }: Target, stored: Stored): boolean => stored.object.apiVersion === served.storage.apiVersion;

/** The uid of a whole object is a precondition; one that a patch changes is refused by the rules, as any immutable field. */
function checkPreconditions(draft: UntypedObject, old: UntypedObject, target: Target, { revision, isWhole }: { revision: string; isWhole: boolean }): void {
  const { uid } = draft.metadata;
  const resourceVersion = sentRevision(draft.metadata.resourceVersion);
  if (isWhole && uid && uid !== old.metadata.uid) throw uidConflict(target, uid, old.metadata.uid ?? '');
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
  const { managedFields } = given.metadata;
  const admitted = await mutate(machinery, context, target, question(given));
  const draft = admitted.draft!;
  if (admitted.needsShape) {
    redefault(served, draft);
    keepGoodRecord(draft, managedFields, context);
  }
  restoreSystemMetadata(draft, old);
  const part = subresource === '' ? undefined : served.subresources[subresource];
  if (part?.kind === 'update') part.prepareForUpdate(draft, old, about);
  else served.definition.prepareForUpdate?.(draft, old, about);
  raiseGeneration(draft, old, target);
  const violations = await schemaErrors(served, draft, { warn: (text) => context.warn(text), old, subresource });
  const beforeRules = requestTurns.breathe();
  if (beforeRules) await beforeRules;
  refuseInvalid(target, draft, [...violations, ...validateWrite(served.definition, draft, old, about)]);
  served.definition.warnings?.(draft, old).forEach((text) => context.warn(text));
  await validate(machinery, context, target, question(draft));
  return draft;
}
