import { applyJsonPatch } from '../../../api/json-patch.ts';
import { applyMergePatch } from '../../../api/merge-patch.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { ApiError, badRequest, fieldError, invalid, unsupportedMediaType } from '../../../api/status.ts';
import { applyStrategicMergePatch } from '../../../api/strategic-merge-patch.ts';
import type { Patch } from '../../../client/client.ts';
import type { Rendering } from '../rendering.ts';
import type { ServedResource } from '../resource-index.ts';
import type { Machinery, RequestContext, Target, WriteRequestOptions } from './context.ts';
import { draftOf, mutableCopy } from './mutable-copy.ts';
import { shapeObject } from './shape-object.ts';
import { checkIdentity, update } from './update.ts';

const maximumJsonPatchOperations = 10_000;

/** The media types of the four patch formats, as 415 answers list them. */
export const patchMediaTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** What a resource accepts: custom resources have no strategic merge patch. */
export const acceptedPatchTypes = (served: ServedResource): string[] => [
  patchMediaTypes.json,
  patchMediaTypes.merge,
  ...(served.isCustom ? [] : [patchMediaTypes.strategic]),
  patchMediaTypes.apply,
];

/** PATCH of a stored object or of an `update` sub-resource. Retried on conflict unless the patch names a resourceVersion. Throws ApiError. */
export function patch(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  request: { patch: Patch; options: WriteRequestOptions },
): Promise<Rendering> {
  const { options } = request;
  const change = (current: UntypedObject): UntypedObject => {
    const patched = (): UntypedObject => {
      const draft = applyPatch(target, current, request.patch);
      checkKind(target, draft);
      return draft;
    };
    const shaped = shapePatched(target, patched, { options, context, patch: request.patch });
    checkIdentity(shaped, target);
    return shaped;
  };
  return update(machinery, context, target, { change, options, isRetried: true, optionsKind: 'PatchOptions' });
}

/** The patched object, as a draft of its own. Throws 400 or 422 for a patch that cannot be applied, 415 for strategic patches of custom resources. */
function applyPatch({ served, subresource }: Target, current: UntypedObject, { type, body }: Patch): UntypedObject {
  // What `/status` does not take, and so puts back, may stay a common part until then.
  const copy = (patched: UntypedObject): UntypedObject => (subresource === 'status' ? draftOf(served, patched) : mutableCopy(patched));
  switch (type) {
    case 'merge':
      return copy(applyMergePatch(current, body));
    case 'json': {
      if (body.length > maximumJsonPatchOperations) {
        throw new ApiError(413, 'RequestEntityTooLarge', `The allowed maximum operations in a JSON patch is ${maximumJsonPatchOperations}, got ${body.length}`);
      }
      return copy(objectOnly(applyJsonPatch(current, body)));
    }
    case 'strategic': {
      if (served.isCustom || !served.shape.schema) throw unsupportedMediaType(acceptedPatchTypes(served));
      return copy(objectOnly(applyStrategicMergePatch(current, body, served.shape.schema, served.definition.schemas)));
    }
  }
}

function objectOnly(value: unknown): UntypedObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest('the patch does not leave an object');
  return value as UntypedObject;
}

/** A patch may not turn an object into one of another kind. */
function checkKind({ served }: Target, draft: UntypedObject): void {
  draft.apiVersion ||= served.apiVersion;
  draft.kind ||= served.kind;
  if (served.isCustom) return refuseOtherType(served, draft);
  if (draft.apiVersion !== served.apiVersion)
    throw badRequest(`the API version in the data (${draft.apiVersion}) does not match the expected API version (${served.apiVersion})`);
  if (draft.kind !== served.kind) throw badRequest(`the kind in the data (${draft.kind}) does not match the expected kind (${served.kind})`);
}

/** For custom resources that is a matter of the rules; the refusal is about what the patch has made of the object. */
function refuseOtherType(served: ServedResource, { apiVersion = '', kind = '', metadata }: UntypedObject): void {
  const errors = [
    ...(kind === served.kind ? [] : [fieldError.invalid('kind', kind, `must be ${served.kind}`)]),
    ...(apiVersion === served.apiVersion ? [] : [fieldError.invalid('apiVersion', apiVersion, `must be ${served.apiVersion}`)]),
  ];
  if (errors.length === 0) return;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  throw invalid({ group, kind }, (metadata as UntypedObject['metadata'] | undefined)?.name ?? '', errors);
}

/** Unknown fields are, unlike those of a whole object, blamed on the patch: 422. */
function shapePatched(
  target: Target,
  patched: () => UntypedObject,
  { options, context, patch }: { options: WriteRequestOptions; context: RequestContext; patch: Patch },
): UntypedObject {
  const draft = patched();
  // The draft may not look as the patch has left it any more.
  const refuse = (why: string): never => {
    throw invalid({ group: '', kind: '' }, '', [fieldError.invalid('patch', patch.type === 'strategic' ? patch.body : JSON.stringify(patched()), why)]);
  };
  const strict = shapeOrRefuse(target, draft, refuse);
  if (strict.length > 0 && options.fieldValidation === 'Strict') refuse(`strict decoding error: ${strict.join(', ')}`);
  if (options.fieldValidation === 'Warn') strict.forEach((text) => context.warn(text));
  return draft;
}

/** What cannot be read is blamed on the patch too. */
function shapeOrRefuse({ served }: Target, draft: UntypedObject, refuse: (why: string) => never): readonly string[] {
  try {
    return shapeObject(served, draft);
  } catch (error) {
    if (served.isCustom && error instanceof ApiError && error.code === 400) refuse(error.message.replace(/^.* cannot be handled as an? [^:]*: /, ''));
    throw error;
  }
}
