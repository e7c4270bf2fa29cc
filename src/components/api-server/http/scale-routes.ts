import { applyJsonPatch } from '../../../api/json-patch.ts';
import { applyMergePatch } from '../../../api/merge-patch.ts';
import { badRequest, methodNotAllowed, unsupportedMediaType } from '../../../api/status.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { Patch } from '../../../client/client.ts';
import type { Subresource } from '../../../extension-points/resources/contract.ts';
import type { Machinery, RequestContext, Target } from '../operations/context.ts';
import { mutableCopy } from '../operations/mutable-copy.ts';
import { patchMediaTypes } from '../operations/patch.ts';
import { getScale, scaleKind, updateScale } from '../operations/scale.ts';
import { checkIdentity } from '../operations/update.ts';
import { checkWriteOptions, rawWriteOptions, type RawWriteOptions } from '../operations/write-options.ts';
import type { Rendering } from '../rendering.ts';
import { mediaType } from './decode-body.ts';
import { decodeBodyKind } from './decode-subresource-body.ts';
import { patchFrom } from './patch-body.ts';
import { readBody } from './read-body.ts';
import type { HttpRequest } from './request.ts';
import { sendPlain } from './send-object.ts';

type ScaleSubresource = Extract<Subresource, { kind: 'scale' }>;

/** GET, PUT and PATCH of `/scale`. */
export async function serveScale(machinery: Machinery, request: HttpRequest, target: Target, { verb, subresource }: { verb: string; subresource: ScaleSubresource }): Promise<void> {
  if (verb === 'get') return sendPlain(request, 200, (await getScale(machinery, target, subresource)).object);
  if (verb !== 'update' && verb !== 'patch') throw methodNotAllowed(target.served, verb);
  const bytes = await readBody(request.exchange, machinery.limits.bodyBytes);
  const contentType = request.exchange.header('content-type');
  const raw = rawWriteOptions(request.exchange.query);
  if (verb === 'update') {
    const options = checkWriteOptions(raw, 'UpdateOptions');
    const scale = decodeBodyKind(target.served, scaleKind, { body: { bytes, contentType }, options, context: request });
    return sendPlain(request, 200, (await replaceScale(machinery, request, target, { scale, raw, subresource })).object);
  }
  const { type } = mediaType(contentType);
  const accepted = [patchMediaTypes.json, patchMediaTypes.merge, patchMediaTypes.strategic] as const;
  if (!accepted.includes(type as never)) throw unsupportedMediaType(accepted);
  return sendPlain(request, 200, (await patchScale(machinery, request, target, { patch: patchFrom(type, bytes), raw, subresource })).object);
}

/** PUT of a Scale. Retried on conflict when it names no resourceVersion. */
export function replaceScale(machinery: Machinery, context: RequestContext, target: Target, how: { scale: UntypedObject; raw: RawWriteOptions; subresource: ScaleSubresource }): Promise<Rendering> {
  checkIdentity(how.scale, target);
  const options = checkWriteOptions(how.raw, 'UpdateOptions');
  const attempts = how.scale.metadata.resourceVersion ? 1 : 5;
  return updateScale(machinery, context, target, { subresource: how.subresource, change: () => mutableCopy(how.scale), options, optionsKind: 'UpdateOptions', attempts });
}

/** PATCH of a Scale. A Scale has no lists, so a strategic patch is a merge patch. */
export function patchScale(machinery: Machinery, context: RequestContext, target: Target, how: { patch: Patch; raw: RawWriteOptions; subresource: ScaleSubresource }): Promise<Rendering> {
  const options = checkWriteOptions(how.raw, 'PatchOptions');
  const change = (scale: UntypedObject): UntypedObject => {
    const patched: unknown = how.patch.type === 'json' ? applyJsonPatch(scale, how.patch.body) : applyMergePatch(scale, how.patch.body);
    if (typeof patched !== 'object' || patched === null || Array.isArray(patched)) throw badRequest('the patch does not leave an object');
    return mutableCopy(patched as UntypedObject);
  };
  return updateScale(machinery, context, target, { subresource: how.subresource, change, options, optionsKind: 'PatchOptions', attempts: 6 });
}
