import { applyJsonPatch } from '../../../api/json-patch.ts';
import { applyMergePatch } from '../../../api/merge-patch.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { badRequest } from '../../../api/status.ts';
import type { Patch } from '../../../client/client.ts';
import type { Rendering } from '../rendering.ts';
import type { Machinery, RequestContext, Target } from './context.ts';
import { mutableCopy } from './mutable-copy.ts';
import { type ScaleSubresource, updateScale } from './scale.ts';
import { checkIdentity } from './update.ts';
import { checkWriteOptions, type RawWriteOptions } from './write-options.ts';

/** PUT of a Scale. Retried on conflict when it names no resourceVersion. */
export function replaceScale(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  how: { scale: UntypedObject; raw: RawWriteOptions; subresource: ScaleSubresource },
): Promise<Rendering> {
  checkIdentity(how.scale, target);
  const options = checkWriteOptions(how.raw, 'UpdateOptions');
  const isRetried = !how.scale.metadata.resourceVersion;
  return updateScale(machinery, context, target, {
    subresource: how.subresource,
    change: () => mutableCopy(how.scale),
    options,
    optionsKind: 'UpdateOptions',
    isRetried,
  });
}

/** PATCH of a Scale. A Scale has no lists, so a strategic patch is a merge patch. */
export function patchScale(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  how: { patch: Patch; raw: RawWriteOptions; subresource: ScaleSubresource },
): Promise<Rendering> {
  const options = checkWriteOptions(how.raw, 'PatchOptions');
  const change = (scale: UntypedObject): UntypedObject => {
    const patched: unknown = how.patch.type === 'json' ? applyJsonPatch(scale, how.patch.body) : applyMergePatch(scale, how.patch.body);
    if (typeof patched !== 'object' || patched === null || Array.isArray(patched)) throw badRequest('the patch does not leave an object');
    return mutableCopy(patched as UntypedObject);
  };
  return updateScale(machinery, context, target, { subresource: how.subresource, change, options, optionsKind: 'PatchOptions', isRetried: true });
}

/** Server-side apply of a Scale. */
export function applyScale(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  how: { body: { readonly value: unknown; readonly strict: readonly string[] }; raw: RawWriteOptions; subresource: ScaleSubresource },
): Promise<Rendering> {
  const options = checkWriteOptions(how.raw, 'PatchOptions', true);
  const change = (scale: UntypedObject): UntypedObject => {
    checkIdentity(scale, target);
    return scale;
  };
  return updateScale(machinery, context, target, {
    subresource: how.subresource,
    change,
    applies: how.body,
    options,
    optionsKind: 'PatchOptions',
    isRetried: true,
  });
}
