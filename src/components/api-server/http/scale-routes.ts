import { methodNotAllowed, unsupportedMediaType } from '../../../api/status.ts';
import type { Subresource } from '../../../extension-points/resources/contract.ts';
import { applyScale, patchScale, replaceScale } from '../operations/change-scale.ts';
import type { Machinery, Target } from '../operations/context.ts';
import { acceptedPatchTypes, patchMediaTypes } from '../operations/patch.ts';
import { getScale, scaleKind } from '../operations/scale.ts';
import { checkWriteOptions, rawWriteOptions } from '../operations/write-options.ts';
import type { Rendering } from '../rendering.ts';
import { decodeConfiguration, mediaType, receiveBody } from './decode-body.ts';
import { decodeBodyKind } from './decode-subresource-body.ts';
import { patchFrom } from './patch-body.ts';
import type { HttpRequest } from './request.ts';
import { requireScaleForm, sendScale } from './send-object.ts';

type ScaleSubresource = Extract<Subresource, { kind: 'scale' }>;

/** GET, PUT and PATCH of `/scale`. */
export async function serveScale(
  machinery: Machinery,
  request: HttpRequest,
  target: Target,
  { verb, subresource }: { verb: string; subresource: ScaleSubresource },
): Promise<void> {
  const send = (scale: Rendering): Promise<void> => sendScale(request, scale.object, machinery.clock.now());
  if (verb === 'get') return send(await getScale(machinery, target, subresource));
  if (verb !== 'update' && verb !== 'patch') throw methodNotAllowed(target.served, verb);
  requireScaleForm(request);
  const body = await receiveBody(request.exchange, machinery.limits.bodyBytes);
  const raw = rawWriteOptions(request.exchange.query);
  if (verb === 'update') {
    const options = checkWriteOptions(raw, 'UpdateOptions');
    const scale = decodeBodyKind(target.served, scaleKind, { body, options, context: request });
    return send(await replaceScale(machinery, request, target, { scale, raw, subresource }));
  }
  const { type } = mediaType(body.contentType);
  const accepted = acceptedPatchTypes(target.served);
  if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
  if (type === patchMediaTypes.apply) {
    const config = decodeConfiguration(body.bytes);
    return send(await applyScale(machinery, request, target, { body: config, raw, subresource }));
  }
  return send(await patchScale(machinery, request, target, { patch: patchFrom(type, body.bytes), raw, subresource }));
}
