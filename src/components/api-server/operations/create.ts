import type { UntypedObject } from '../../../api/object.ts';
import { ApiError, type FieldError, forbidden, invalid } from '../../../api/status.ts';
import { validateWrite } from '../../../extension-points/resources/run.ts';
import { LazyRendering, type Rendering } from '../rendering.ts';
import { keepGoodRecord } from '../server-side-apply/admitted-record.ts';
import { trackWrite } from '../server-side-apply/track-write.ts';
import { requestTurns } from '../turns.ts';
import { type AdmissionQuestion, mutate, validate } from './admission.ts';
import { commitObject, rehearseCommit } from './commit.ts';
import { collectionOf, type Machinery, type RequestContext, type Target, targetKey, type WriteRequestOptions, writeContext } from './context.ts';
import { generateName, nameTaken } from './generate-name.ts';
import { draftOf, mutableCopy } from './mutable-copy.ts';
import { alignNamespace, ensureMetadata, stampNewObject, wipeSystemMetadata } from './object-metadata.ts';
import { redefault, schemaErrors } from './shape-object.ts';
import { trackOwnStatus } from './track-own-status.ts';

const generatedNameAttempts = 8;

/**
 * Creates an object from a draft that was decoded and defaulted in the served version; the draft becomes the operation's own.
 * Virtual kinds (reviews) are answered without being stored. Throws ApiError: 400, 403 (admission), 409 `AlreadyExists`, 422.
 */
export async function create(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  request: { draft: UntypedObject; options: WriteRequestOptions; isTracked?: boolean },
): Promise<Rendering> {
  const { draft, options } = request;
  const metadata = ensureMetadata(draft);
  refuseWhileTerminating(target, metadata.name ?? '');
  wipeSystemMetadata(metadata);
  alignNamespace(draft, target);
  if (metadata.resourceVersion) throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created');
  const tracking = request.isTracked || target.served.definition.review ? undefined : trackWrite(machinery, context, target, { draft, options });
  if (tracking) await tracking;
  const pause = requestTurns.breathe();
  if (pause) await pause;
  const { managedFields } = metadata;
  const admitted = await mutate(machinery, context, target, createQuestion(draft, options));
  const object = admitted.draft!;
  if (admitted.needsShape) {
    redefault(target.served, object);
    keepGoodRecord(object, managedFields, context);
  }
  if (target.served.definition.review) return review(machinery, context, target, { draft: object, options });
  const base = object.metadata.name ? undefined : object.metadata.generateName;
  for (let attempt = 1; ; attempt++) {
    const candidate = base === undefined ? object : draftOf(target.served, object);
    if (base) candidate.metadata.name = generateName(base);
    const created = await createOnce(machinery, context, target, { draft: candidate, options });
    if (created) return created;
    if (base === undefined || attempt === generatedNameAttempts)
      throw nameTaken(
        target.served,
        candidate,
        collectionOf(machinery, target.served).get(targetKey({ ...target, name: candidate.metadata.name ?? '' }))?.object,
      );
  }
}

function refuseWhileTerminating({ served }: Target, name: string): void {
  const why = served.definition.refusesCreate;
  if (why !== undefined) throw forbidden(served, name, why);
}

/** One try under one name. Undefined when the name is taken. */
async function createOnce(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  { draft, options }: { draft: UntypedObject; options: WriteRequestOptions },
): Promise<Rendering | undefined> {
  const { served } = target;
  const name = draft.metadata.name ?? '';
  const about = writeContext(machinery, context, target, { operation: 'CREATE', dryRun: options.dryRun, name });
  stampNewObject(draft, target, about.nowMs);
  served.definition.prepareForCreate?.(draft, about);
  const violations = await schemaErrors(served, draft, { warn: (text) => context.warn(text) });
  const beforeRules = requestTurns.breathe();
  if (beforeRules) await beforeRules;
  refuseInvalid(target, draft, [...violations, ...validateWrite(served.definition, draft, undefined, about)]);
  served.definition.warnings?.(draft, undefined).forEach((text) => context.warn(text));
  await validate(machinery, context, target, createQuestion(draft, options));
  if (collectionOf(machinery, served).get(about.key)) return undefined;
  const final = await beforeCommit(machinery, target, { draft, about });
  if (options.dryRun) return rehearseCommit(served, final);
  const beforeStoring = requestTurns.breathe();
  if (beforeStoring) await beforeStoring;
  const outcome = await commitObject(machinery, served, { key: about.key, expectedRevision: 0, draft: final });
  return outcome.kind === 'conflict' ? undefined : outcome.rendering;
}

const createQuestion = (object: UntypedObject, options: WriteRequestOptions): AdmissionQuestion => ({
  operation: 'CREATE',
  name: object.metadata.name ?? '',
  dryRun: options.dryRun,
  object,
  options: optionsObject('CreateOptions', options),
});

/** The options of a write as admission sees them. */
export const optionsObject = (kind: string, options: WriteRequestOptions): Record<string, unknown> => ({
  apiVersion: 'meta.k8s.io/v1',
  kind,
  ...(options.dryRun ? { dryRun: ['All'] } : {}),
  ...(options.fieldManager === '' ? {} : { fieldManager: options.fieldManager }),
  ...(options.fieldValidation === 'Warn' ? {} : { fieldValidation: options.fieldValidation }),
});

/** Throws 422 when there are errors. */
export function refuseInvalid(target: Target, object: UntypedObject, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(target.served, object.metadata.name ?? '', errors);
}

/** Lets the kind change the object a last time (allocations). Admission may have frozen it, so the hook gets a copy then. */
export async function beforeCommit(
  machinery: Machinery,
  target: Target,
  write: { draft: UntypedObject; old?: UntypedObject; about: ReturnType<typeof writeContext> },
): Promise<UntypedObject> {
  const { definition } = target.served;
  if (!definition.beforeCommit) return write.draft;
  const draft = Object.isFrozen(write.draft) ? mutableCopy(write.draft) : write.draft;
  const before = definition.ownsStatus ? { ...draft, metadata: { ...draft.metadata } } : undefined;
  await definition.beforeCommit(draft, write.old, write.about, machinery.services);
  if (before) await trackOwnStatus(machinery, target.served, draft, before);
  return draft;
}

async function review(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  { draft, options }: { draft: UntypedObject; options: WriteRequestOptions },
): Promise<Rendering> {
  await validate(machinery, context, target, createQuestion(draft, options));
  const own = Object.isFrozen(draft) ? mutableCopy(draft) : draft;
  const about = writeContext(machinery, context, target, { operation: 'CREATE', dryRun: options.dryRun, name: draft.metadata.name ?? '' });
  return new LazyRendering(await target.served.definition.review!(own, about, machinery.services, context.signal));
}
