import type { ResourceType } from '../../../api/resource-type.ts';
import { ApiError } from '../../../api/status.ts';
import type { HttpsClient } from '../../../client/https-client.ts';

/** A schema of an OpenAPI document, as far as it is explained. */
export interface OpenApiSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly required?: readonly string[];
  readonly items?: OpenApiSchema;
  readonly additionalProperties?: OpenApiSchema | boolean;
  readonly allOf?: readonly OpenApiSchema[];
  readonly enum?: readonly unknown[];
  readonly externalDocs?: { readonly description?: string; readonly url?: string };
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** OpenAPI v3, as a server tells of one version of a group. */
export interface OpenApiDocument {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, { readonly 'x-kubernetes-group-version-kind'?: GroupVersionKind }>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, OpenApiSchema>> };
}

/** Where the document of each version is: `apis/apps/v1` to a path of the server. */
export type OpenApiPaths = Readonly<Record<string, { readonly serverRelativeURL: string }>>;

/** Undefined for servers that have no OpenAPI v3. */
export async function openApiPaths(client: HttpsClient): Promise<OpenApiPaths | undefined> {
  try {
    return (await client.json<{ paths?: OpenApiPaths }>({ method: 'GET', path: '/openapi/v3' })).paths ?? {};
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** The document of a resource's version. Throws `couldn't find resource for …`. */
export async function readDocument(client: HttpsClient, paths: OpenApiPaths, { group, version, resource }: ResourceType): Promise<OpenApiDocument> {
  const key = group === '' ? `api/${version}` : `apis/${group}/${version}`;
  const place = Object.hasOwn(paths, key) ? paths[key] : undefined;
  if (!place) throw new Error(`couldn't find resource for "${group}/${version}, Resource=${resource}"`);
  try {
    return await client.json<OpenApiDocument>({ method: 'GET', path: place.serverRelativeURL });
  } catch (error) {
    throw new Error(`failed to fetch openapi schema for ${key}: ${(error as Error).message}`, { cause: error });
  }
}

/** What a reference within the document names. */
export function resolveReference({ $ref }: OpenApiSchema, document: OpenApiDocument): OpenApiSchema | undefined {
  if (!$ref?.startsWith('#')) return undefined;
  let found: unknown = document;
  for (const part of $ref
    .slice(1)
    .split('/')
    .filter((each) => each !== '')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Record<string, unknown>)[part];
  }
  return found as OpenApiSchema;
}
