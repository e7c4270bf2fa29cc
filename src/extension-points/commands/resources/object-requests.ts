import { pathSegmentProblems } from '../../../api/names.ts';
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

/** Throws for what cannot stand in a path: without a name it would be the whole collection's. */
function pathOf({ resource, namespace, name }: ObjectPlace, subresource?: string): string {
  requireNamespace(resource, namespace);
  if (name === '') throw new Error('resource name may not be empty');
  requireSegment('resource name', name);
  if (subresource) requireSegment('subresource', subresource);
  return resourcePath(resource, { namespace, name, subresource: subresource || undefined });
}

/** The path of all objects of a type, in a namespace or everywhere. Throws for a namespace that cannot stand in a path. */
export function collectionPath({ resource, namespace }: Omit<ObjectPlace, 'name'>): string {
  requireNamespace(resource, namespace);
  return resourcePath(resource, { namespace });
}

function requireNamespace({ namespaced }: ResourceType, namespace: string | undefined): void {
  if (namespaced && namespace !== undefined) requireSegment('namespace', namespace);
}

function requireSegment(what: string, text: string): void {
  const problems = pathSegmentProblems(text);
  if (problems.length > 0) throw new Error(`invalid ${what} ${JSON.stringify(text)}: [${problems.join(' ')}]`);
}

const writeParameters = ({ dryRun, fieldManager, fieldValidation }: WriteRequest): Record<string, string | undefined> => ({
  dryRun: dryRun ? 'All' : undefined,
  fieldManager,
  fieldValidation,
});

export const getObject = async (client: HttpsClient, place: ObjectPlace, { subresource, accept, parameters }: ReadRequest = {}): Promise<UntypedObject> =>
  withMetadata(
    await client.json<UntypedObject>({ method: 'GET', path: pathOf(place, subresource) + queryText(parameters ?? {}), ...(accept ? { accept } : {}) }),
  );

/** Not every server's objects have what all of Kubernetes' have. */
function withMetadata<Answer extends Partial<UntypedObject>>(answer: Answer): Answer & UntypedObject {
  return Object.assign(answer, { metadata: answer.metadata ?? {} }) as Answer & UntypedObject;
}

/** Creates an object in a namespace; its name may be generated. */
export const createObject = async (
  client: HttpsClient,
  at: { readonly resource: ResourceType; readonly namespace?: string | undefined },
  object: unknown,
  request: WriteRequest = {},
): Promise<UntypedObject> => client.json({ method: 'POST', path: collectionPath(at) + queryText(writeParameters(request)), body: object });

export const replaceObject = async (client: HttpsClient, place: ObjectPlace, object: unknown, request: WriteRequest = {}): Promise<UntypedObject> =>
  client.json({ method: 'PUT', path: pathOf(place, request.subresource) + queryText(writeParameters(request)), body: object });

/** `body` is the parsed patch, or its text. */
export const patchObject = async (
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
export const deleteObject = async (client: HttpsClient, place: ObjectPlace, options: Readonly<Record<string, unknown>> = {}): Promise<UntypedObject> =>
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
    const path = collectionPath(at) + query;
    const page = await client
      .json<KubernetesList<UntypedObject> & UntypedObject>({ method: 'GET', path, ...(accept ? { accept } : {}) })
      .catch((error: unknown) => {
        throw withSubject(error, at.resource, labelSelector, fieldSelector);
      });
    yield withItems(page);
    next = page.metadata?.continue ?? '';
  } while (next !== '');
}

function withItems<Page extends KubernetesList<UntypedObject> & UntypedObject>(page: Page): Page {
  if (!page.kind?.endsWith('List')) return withMetadata(page);
  const items = ((page.items ?? []) as readonly (UntypedObject | null)[]).map((item) => withMetadata(item ?? {}));
  return Object.assign(withMetadata(page), { items });
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
