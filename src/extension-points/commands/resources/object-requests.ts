import type { KubernetesList, UntypedObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { ApiError } from '../../../api/status.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import { queryText, resourcePath } from '../../../client/request-paths.ts';

/** Where an object is, or is to be. */
export interface ObjectPlace {
  readonly resource: ResourceType;
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface ReadRequest {
  readonly subresource?: string | undefined;
  readonly accept?: string | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

export interface WriteRequest {
  /** `--dry-run=server`. */
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: string;
  readonly subresource?: string;
}

export type PatchFormat = 'json' | 'merge' | 'strategic' | 'apply';

const patchTypes: Readonly<Record<PatchFormat, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

const pathOf = ({ resource, namespace, name }: ObjectPlace, subresource?: string): string =>
  resourcePath(resource, { namespace, name, subresource: subresource || undefined });

const writeParameters = ({ dryRun, fieldManager, fieldValidation }: WriteRequest): Record<string, string | undefined> => ({
  dryRun: dryRun ? 'All' : undefined,
  fieldManager,
  fieldValidation,
});

export const getObject = (client: HttpsClient, place: ObjectPlace, { subresource, accept, parameters }: ReadRequest = {}): Promise<UntypedObject> =>
  client.json({ method: 'GET', path: pathOf(place, subresource) + queryText(parameters ?? {}), ...(accept ? { accept } : {}) });

/** Creates an object in a namespace; its name may be generated. */
export const createObject = (
  client: HttpsClient,
  at: { readonly resource: ResourceType; readonly namespace?: string | undefined },
  object: unknown,
  request: WriteRequest = {},
): Promise<UntypedObject> =>
  client.json({ method: 'POST', path: resourcePath(at.resource, { namespace: at.namespace }) + queryText(writeParameters(request)), body: object });

export const replaceObject = (client: HttpsClient, place: ObjectPlace, object: unknown, request: WriteRequest = {}): Promise<UntypedObject> =>
  client.json({ method: 'PUT', path: pathOf(place, request.subresource) + queryText(writeParameters(request)), body: object });

/** `body` is the parsed patch, or its text. */
export const patchObject = (
  client: HttpsClient,
  place: ObjectPlace,
  patch: { readonly format: PatchFormat; readonly body: unknown },
  request: WriteRequest & { readonly force?: boolean } = {},
): Promise<UntypedObject> =>
  client.json({
    method: 'PATCH',
    path: pathOf(place, request.subresource) + queryText({ ...writeParameters(request), force: request.force ? 'true' : undefined }),
    body: patch.body,
    contentType: patchTypes[patch.format],
  });

/** `options` is a `DeleteOptions`. Answers the object that goes, or a `Status`. */
export const deleteObject = (client: HttpsClient, place: ObjectPlace, options: Readonly<Record<string, unknown>> = {}): Promise<UntypedObject> =>
  client.json({ method: 'DELETE', path: pathOf(place), body: { kind: 'DeleteOptions', apiVersion: 'v1', ...options } });

export interface ListRequest extends ReadRequest {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** 0 or absent: all at once. */
  readonly chunkSize?: number | undefined;
}

/** The pages of a list (or of its table, when `accept` asks for one). */
export async function* listPages(
  client: HttpsClient,
  at: { readonly resource: ResourceType; readonly namespace?: string | undefined },
  { labelSelector, fieldSelector, chunkSize, accept, parameters }: ListRequest,
): AsyncIterable<KubernetesList<UntypedObject> & UntypedObject> {
  let next = '';
  do {
    const query = queryText({ ...parameters, labelSelector, fieldSelector, limit: chunkSize || undefined, continue: next });
    const path = resourcePath(at.resource, { namespace: at.namespace }) + query;
    const page = await client
      .json<KubernetesList<UntypedObject> & UntypedObject>({ method: 'GET', path, ...(accept ? { accept } : {}) })
      .catch((error: unknown) => {
        throw withSubject(error, at.resource, labelSelector, fieldSelector);
      });
    yield page;
    next = page.metadata?.continue ?? '';
  } while (next !== '');
}

/** What could not be listed is named. */
function withSubject(error: unknown, { group, version, resource }: ResourceType, labels = '', fields = ''): unknown {
  if (!(error instanceof ApiError) || (error.reason !== 'BadRequest' && error.reason !== 'NotFound')) return error;
  const subject = JSON.stringify(`${group}/${version}, Resource=${resource}`);
  const start =
    labels === '' && fields === ''
      ? `Unable to list ${subject}`
      : `Unable to find ${subject} that match label selector ${JSON.stringify(labels)}, field selector ${JSON.stringify(fields)}`;
  return new ApiError(error.code, error.reason, `${start}: ${error.message}`, { details: error.details });
}
