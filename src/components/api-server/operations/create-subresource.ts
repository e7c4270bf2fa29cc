import type { UntypedObject } from '../../../api/object.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import { badRequest, invalid, notFound } from '../../../api/status.ts';
import type { Subresource } from '../../../extension-points/resources/contract.ts';
import { LazyRendering, type Rendering, render } from '../rendering.ts';
import { type AdmissionQuestion, mutate, validate } from './admission.ts';
import { collectionOf, type Machinery, type RequestContext, type Target, targetKey, type WriteRequestOptions, writeContext } from './context.ts';
import { optionsObject } from './create.ts';
import { mutableCopy } from './mutable-copy.ts';
import { ensureMetadata } from './object-metadata.ts';

export type CreateSubresource = Extract<Subresource, { kind: 'create' }>;

/** POST to a sub-resource of its own kind (binding, eviction, token). The draft is decoded. Answers what the sub-resource answers. */
export async function createSubresource(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  request: { subresource: CreateSubresource; draft: UntypedObject; options: WriteRequestOptions },
): Promise<Rendering> {
  const { subresource, draft, options } = request;
  fillIdentity(draft, target, subresource);
  const stored = collectionOf(machinery, target.served).get(targetKey(target));
  if (!stored) throw notFound(target.served, target.name);
  const parent = (await render(target.served, stored)).object;
  const question = (object: UntypedObject): AdmissionQuestion => ({
    operation: 'CREATE',
    name: target.name,
    dryRun: options.dryRun,
    object,
    kind: subresource.bodyKind,
    options: optionsObject('CreateOptions', options),
  });
  const admitted = await mutate(machinery, context, target, question(draft));
  await validate(machinery, context, target, question(admitted.draft!));
  const own = Object.isFrozen(admitted.draft) ? mutableCopy(admitted.draft!) : admitted.draft!;
  const about = writeContext(machinery, context, target, { operation: 'CREATE', dryRun: options.dryRun });
  return new LazyRendering(await subresource.create(parent, own, about, machinery.services));
}

/** The body may leave out its name and namespace, but not contradict the path. */
function fillIdentity(draft: UntypedObject, target: Target, { bodyKind }: CreateSubresource): void {
  const metadata = ensureMetadata(draft);
  draft.apiVersion ||= groupVersion(bodyKind);
  draft.kind ||= bodyKind.kind;
  if (draft.kind !== bodyKind.kind) throw badRequest(`${draft.kind} in version ${JSON.stringify(bodyKind.version)} cannot be handled as a ${bodyKind.kind}`);
  if (metadata.name && metadata.name !== target.name) {
    throw invalid(bodyKind, metadata.name, [
      { path: 'metadata.name', type: 'FieldValueInvalid', value: metadata.name, detail: 'must match the name on the URL' },
    ]);
  }
  metadata.name = target.name;
  if (target.namespace === '') return;
  if (metadata.namespace && metadata.namespace !== target.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  metadata.namespace = target.namespace;
}
