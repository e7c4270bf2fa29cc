import { escapeFieldValue, parseFieldSelector } from '../../../api/field-selector.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { ApiError, badRequest, methodNotAllowed, notFound, unsupportedMediaType } from '../../../api/status.ts';
import type { Subresource } from '../../../extension-points/resources/contract.ts';
import { requireAllowed, resourceAttributes } from '../access.ts';
import type { Machinery, Target, WriteRequestOptions } from '../operations/context.ts';
import { create } from '../operations/create.ts';
import { type CreateSubresource, createSubresource } from '../operations/create-subresource.ts';
import { remove } from '../operations/delete.ts';
import { removeCollection } from '../operations/delete-collection.ts';
import { readDeleteOptions } from '../operations/delete-options.ts';
import { get } from '../operations/get.ts';
import { list } from '../operations/list.ts';
import { checkListQuery, type RawListQuery, rawListQuery } from '../operations/list-options.ts';
import { acceptedPatchTypes, patch, patchMediaTypes } from '../operations/patch.ts';
import { replaceOrCreate } from '../operations/replace-or-create.ts';
import { checkWriteOptions, rawWriteOptions } from '../operations/write-options.ts';
import type { Rendering } from '../rendering.ts';
import type { ResourceRequestInfo } from '../request-info.ts';
import type { ServedResource } from '../resource-index.ts';
import { apply } from '../server-side-apply/apply.ts';
import { decodeConfiguration, decodeObject, decodeOptions, mediaType, receiveBody, turnFor } from './decode-body.ts';
import { decodeNewObject } from './decode-new-object.ts';
import { decodeBodyKind } from './decode-subresource-body.ts';
import { patchFrom } from './patch-body.ts';
import { readBody } from './read-body.ts';
import type { HttpRequest } from './request.ts';
import { serveScale } from './scale-routes.ts';
import { sendList } from './send-list.ts';
import { representationFor, requirePlainForm, sendObject, sendPlain } from './send-object.ts';
import { sendWatch, type WatchDeps } from './send-watch.ts';

/** Streams to nodes, pods and services. */
export interface ConnectRoutes {
  /** Answers a request for a `connect` sub-resource. */
  serve(request: HttpRequest, target: Target, rest: string): Promise<void>;
}

export interface RouteDeps extends WatchDeps {
  readonly connect: ConnectRoutes;
}

/** The target of a request. Throws ApiError 404 when nothing serves the path, 405 when the resource lacks the verb. */
export function resolveTarget(machinery: Machinery, info: ResourceRequestInfo): Target {
  const served = machinery.resources.find(info.group, info.version, info.resource);
  if (!served) throw nothingHere();
  const isNamespacePath = info.namespace !== '';
  if (
    served.namespaced
      ? info.name !== '' && !isNamespacePath && info.verb !== 'list' && info.verb !== 'watch'
      : isNamespacePath && info.resource !== 'namespaces'
  )
    throw nothingHere();
  if (info.subresource !== '' && (info.verb === 'watch' || !hasSubresource(served, info.subresource)))
    throw served.isCustom ? notFound(served, info.name) : nothingHere();
  if (info.verb === '' && !isConnect(served, info.subresource))
    throw new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', { details: {} });
  if (info.subresource === '' && !served.verbs.has(info.verb)) throw methodNotAllowed(served, info.verb);
  const namespace = served.namespaced ? info.namespace : '';
  if (served.isCustom && served.namespaced && namespace === '' && !['list', 'watch'].includes(info.verb)) throw nothingHere();
  if (served.namespaced && namespace === '' && !['list', 'watch', 'get'].includes(info.verb) && !served.definition.review)
    throw methodNotAllowed(served, info.verb);
  return { served, namespace, name: info.verb === 'list' || info.verb === 'watch' ? '' : info.name, subresource: info.subresource };
}

/** The name is the client's text: what every object inherits is no sub-resource. */
export const hasSubresource = (served: ServedResource, name: string): boolean => Object.hasOwn(served.subresources, name);

const isConnect = (served: ServedResource, name: string): boolean => hasSubresource(served, name) && served.subresources[name]!.kind === 'connect';

export const nothingHere = (): ApiError => new ApiError(404, 'NotFound', 'the server could not find the requested resource', { details: {} });

/** Answers a request for a resource that has been authorized. */
export async function serveResource(deps: RouteDeps, request: HttpRequest, info: ResourceRequestInfo, target: Target): Promise<void> {
  if (target.served.shape.deprecationWarning !== undefined) request.warn(target.served.shape.deprecationWarning);
  if (target.subresource !== '') return serveSubresource(deps, request, info, target);
  const { machinery } = deps;
  const { query } = request.exchange;
  switch (info.verb) {
    case 'get': {
      const rendering = get(machinery, target, query.get('resourceVersion') ?? '');
      return answer(deps, request, target, { status: 200, rendering: rendering instanceof Promise ? await rendering : rendering });
    }
    case 'list': {
      const result = await list(machinery, target, checkListQuery(ofOneName(rawListQuery(query), info.name), false));
      return sendList(request, target.served, { result, nowMs: machinery.clock.now(), chunkItems: machinery.limits.listChunkItems });
    }
    case 'watch':
      return sendWatch(deps, request, target, checkListQuery(ofOneName(rawListQuery(query), info.name), true));
    case 'create': {
      const options = checkWriteOptions(rawWriteOptions(query), 'CreateOptions');
      const draft = await decoded(deps, request, target.served, { options, isNew: true });
      return answer(deps, request, target, { status: 201, rendering: await create(machinery, request, target, { draft, options }) });
    }
    case 'update':
      return serveReplace(deps, request, target, info);
    case 'patch':
      return servePatch(deps, request, target, info);
    case 'delete':
      return serveDelete(deps, request, target);
    case 'deletecollection':
      return serveDeleteCollection(deps, request, target);
    default:
      throw methodNotAllowed(target.served, info.verb);
  }
}

/** A list or watch that was authorized for one name sees that object alone. Throws ApiError 400 when its selector names another. */
function ofOneName(query: RawListQuery, name: string): RawListQuery {
  if (name === '') return query;
  const { fieldSelector = '' } = query;
  if (fieldSelector === '') return { ...query, fieldSelector: `metadata.name=${escapeFieldValue(name)}` };
  if (parseFieldSelector(fieldSelector).valueOf('metadata.name') !== name) throw badRequest("fieldSelector metadata.name doesn't match requested name");
  return query;
}

async function serveSubresource(deps: RouteDeps, request: HttpRequest, info: ResourceRequestInfo, target: Target): Promise<void> {
  const subresource: Subresource = target.served.subresources[target.subresource]!;
  switch (subresource.kind) {
    case 'connect': {
      if (!subresource.verbs.includes(request.exchange.method.toLowerCase() as never)) throw methodNotAllowed(target.served, info.verb);
      return deps.connect.serve(request, target, info.rest);
    }
    case 'scale':
      return serveScale(deps.machinery, request, target, { verb: info.verb, subresource });
    case 'create':
      return serveCreateSubresource(deps, request, target, { verb: info.verb, subresource });
    case 'update': {
      if (info.verb === 'get')
        return answer(deps, request, target, {
          status: 200,
          rendering: await get(deps.machinery, target, request.exchange.query.get('resourceVersion') ?? ''),
        });
      if (info.verb === 'update') return serveReplace(deps, request, target, info);
      if (info.verb === 'patch') return servePatch(deps, request, target, info);
      throw methodNotAllowed(target.served, info.verb);
    }
  }
}

/** Reviews are answered under their own kind, 201. */
function answer(
  { machinery }: RouteDeps,
  request: HttpRequest,
  target: Target,
  { status, rendering }: { status: number; rendering: Rendering },
): Promise<void> {
  return sendObject(request, status, target.served, { rendering, nowMs: machinery.clock.now() });
}

async function decoded(
  { machinery }: RouteDeps,
  request: HttpRequest,
  served: ServedResource,
  { options, isNew }: { options: WriteRequestOptions; isNew: boolean },
): Promise<UntypedObject> {
  representationFor(request, served);
  const body = await receiveBody(request.exchange, machinery.limits.bodyBytes);
  return (isNew ? decodeNewObject : decodeObject)(served, body, { fieldValidation: options.fieldValidation, context: request });
}

async function serveReplace(deps: RouteDeps, request: HttpRequest, target: Target, info: ResourceRequestInfo): Promise<void> {
  const options = checkWriteOptions(rawWriteOptions(request.exchange.query), 'UpdateOptions');
  const draft = await decoded(deps, request, target.served, { options, isNew: false });
  const { rendering, isCreated } = await replaceOrCreate(deps.machinery, request, target, {
    draft,
    options,
    requireCreate: () => requireCreate(deps, request, info),
  });
  return answer(deps, request, target, { status: isCreated ? 201 : 200, rendering });
}

/** A write that makes an object takes the right to create it. */
const requireCreate = ({ machinery }: RouteDeps, request: HttpRequest, info: ResourceRequestInfo): Promise<void> =>
  requireAllowed(machinery, resourceAttributes(request.user, { ...info, verb: 'create' }), request.signal);

async function servePatch(deps: RouteDeps, request: HttpRequest, target: Target, info: ResourceRequestInfo): Promise<void> {
  const { machinery } = deps;
  const { type } = mediaType(request.exchange.header('content-type'));
  const accepted = acceptedPatchTypes(target.served);
  if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
  representationFor(request, target.served);
  const isApply = type === patchMediaTypes.apply;
  const options = checkWriteOptions(rawWriteOptions(request.exchange.query), 'PatchOptions', isApply);
  const bytes = await readBody(request.exchange, machinery.limits.bodyBytes);
  const turn = turnFor(bytes);
  if (turn) await turn;
  if (!isApply)
    return answer(deps, request, target, { status: 200, rendering: await patch(machinery, request, target, { patch: patchFrom(type, bytes), options }) });
  const draft = decodeConfiguration(bytes);
  const { rendering, isCreated } = await apply(machinery, request, target, { config: draft, options, requireCreate: () => requireCreate(deps, request, info) });
  return answer(deps, request, target, { status: isCreated ? 201 : 200, rendering });
}

async function deleteOptions({ machinery }: RouteDeps, request: HttpRequest, { served }: Target): Promise<ReturnType<typeof readDeleteOptions>> {
  representationFor(request, served);
  const body = await receiveBody(request.exchange, machinery.limits.bodyBytes);
  return readDeleteOptions(body.bytes.length === 0 ? undefined : decodeOptions(deleteOptionsKind, body), request.exchange.query);
}

const deleteOptionsKind = { apiVersion: 'v1', kind: 'DeleteOptions' };

async function serveDelete(deps: RouteDeps, request: HttpRequest, target: Target): Promise<void> {
  const options = await deleteOptions(deps, request, target);
  const outcome = await remove(deps.machinery, request, target, options);
  if (outcome.kind === 'status') return sendPlain(request, 200, outcome.status);
  // Upstream keeps this for clients of before the propagation policy.
  const status = outcome.isPending && options.orphanDependents === false ? 202 : 200;
  return answer(deps, request, target, { status, rendering: outcome.rendering });
}

async function serveDeleteCollection(deps: RouteDeps, request: HttpRequest, target: Target): Promise<void> {
  const { machinery } = deps;
  const query = checkListQuery(rawListQuery(request.exchange.query), false);
  const options = await deleteOptions(deps, request, target);
  const result = await removeCollection(machinery, request, target, { query, options });
  return sendList(request, target.served, { result, nowMs: machinery.clock.now(), chunkItems: machinery.limits.listChunkItems });
}

async function serveCreateSubresource(
  { machinery }: RouteDeps,
  request: HttpRequest,
  target: Target,
  { verb, subresource }: { verb: string; subresource: CreateSubresource },
): Promise<void> {
  if (verb !== 'create') throw methodNotAllowed(target.served, verb);
  requirePlainForm(request);
  const options = checkWriteOptions(rawWriteOptions(request.exchange.query), 'CreateOptions');
  const body = await receiveBody(request.exchange, machinery.limits.bodyBytes);
  const draft = decodeBodyKind(target.served, subresource.bodyKind, { body, options, context: request });
  const rendering = await createSubresource(machinery, request, target, { subresource, draft, options });
  return sendPlain(request, 201, rendering.object);
}
