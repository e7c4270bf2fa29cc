/** OpenAPI documents of what a server offers: `/openapi/v2` whole, `/openapi/v3` by group-version. Made when first asked; nothing happens at start-up. */
import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import type { DiscoveryDocument } from '../discovery/discovery.ts';
import type { ResourceShape } from '../discovery/resource-shapes.ts';
import { groupShapes } from '../discovery/resource-shapes.ts';
import { requestTurns } from '../turns.ts';
import { DocumentV2Parts, documentV2 } from './document-v2.ts';
import type { GroupVersionShape } from './document-v3.ts';
import { documentV3 } from './document-v3.ts';
import { encodeV2Json, type TextParts } from './json-v2.ts';
import type { EncodedParts } from './protobuf-v2.ts';
import type { SchemaLibrary } from './schema-library.ts';
import { createSchemaLibrary } from './schema-library.ts';

/** What `Accept` for `/openapi/v2` may ask for. */
export type OpenApiV2Form = 'json' | 'protobuf';

export interface OpenApi {
  /** `/openapi/v2`. */
  v2(form: OpenApiV2Form): Promise<DiscoveryDocument>;
  /** `/openapi/v3`: where the documents are. Their addresses hold hashes, so a client may keep what it fetched. */
  v3Index(): DiscoveryDocument;
  /** `/openapi/v3/<path>`, such as `api/v1` or `apis/apps/v1`; undefined for a group-version that is not served. The tag is the hash that the index names, quoted. */
  v3(path: string): Promise<DiscoveryDocument | undefined>;
}

const protobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
/** As clients write it; the form with `@` is older. */
const protobufTypes: ReadonlySet<string> = new Set([protobufType, 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf']);

/** The form of `/openapi/v2` that an `Accept` header prefers: the first it names that is known. */
export function openApiV2Form(accept: string | undefined): OpenApiV2Form {
  for (const range of (accept ?? '').split(',')) {
    const type = range.split(';', 1)[0]!.trim();
    if (protobufTypes.has(type)) return 'protobuf';
    if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json';
  }
  return 'json';
}

/** What was written for earlier sets of definitions: only what changed is written anew. */
export class OpenApiMemory {
  readonly v2 = new DocumentV2Parts();
  readonly texts: TextParts = new WeakMap();
  readonly messages: EncodedParts = new WeakMap();
  readonly v3 = new Map<string, { readonly hash: string; readonly document: Promise<DiscoveryDocument> }>();
}

/** Reads definitions once; make a new one when they change, and give it the same memory. */
export function createOpenApi(definitions: Iterable<ResourceDefinition>, memory = new OpenApiMemory()): OpenApi {
  const listed = [...definitions];
  const groups = once(() => groupShapes(listed));
  const versions = once(
    () =>
      new Map(
        groups().flatMap((group) =>
          group.versions.map((version) => [pathOf(group.name, version.name), { group: group.name, version: version.name, resources: version.resources }]),
        ),
      ),
  );
  const library = once(() => createSchemaLibrary(groups().flatMap((group) => group.versions.flatMap(({ resources }) => resources))));
  const hashes = memo((path: string) => hashOf(versions().get(path)!.resources));
  const hashOfVersion = (group: string, version: string): string => hashes(pathOf(group, version));
  const whole = once(async () => documentV2(groups(), await library(), { parts: memory.v2, keyOf: hashOfVersion }));
  const json = once(async () => withTag(await encodeV2Json(await whole(), memory.texts), 'application/json'));
  const protobuf = once(async () => protobufDocument(await whole(), memory.messages));
  const documents = (path: string): Promise<DiscoveryDocument> => {
    const hash = hashes(path);
    const known = memory.v3.get(path);
    if (known?.hash === hash) return known.document;
    const document = makeV3(versions().get(path)!, library(), hash);
    for (const other of memory.v3.keys()) if (!versions().has(other)) memory.v3.delete(other);
    memory.v3.set(path, { hash, document });
    document.catch(() => memory.v3.delete(path));
    return document;
  };
  return {
    v2: (form) => (form === 'json' ? json() : protobuf()),
    v3Index: once(() =>
      jsonDocument({
        paths: Object.fromEntries([...versions().keys()].map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hashes(path)}` }])),
      }),
    ),
    v3: async (path) => (versions().has(path) ? documents(path) : undefined),
  };
}

const pathOf = (group: string, version: string): string => (group === '' ? `api/${version}` : `apis/${group}/${version}`);

async function makeV3(shape: GroupVersionShape, library: Promise<SchemaLibrary>, hash: string): Promise<DiscoveryDocument> {
  const { components, ...rest } = await documentV3(shape, await library);
  const { schemas, ...others } = components as { readonly schemas: Readonly<Record<string, unknown>> };
  const texts: string[] = [];
  for (const id in schemas) {
    texts.push(`${JSON.stringify(id)}:${JSON.stringify(schemas[id])}`);
    const pause = requestTurns.breathe();
    if (pause) await pause;
  }
  const head = `${JSON.stringify(rest).slice(0, -1)},"components":{"schemas":{`;
  const body = Buffer.from(`${head}${texts.join(',')}},${JSON.stringify(others).slice(1)}}`);
  return { body, contentType: 'application/json', etag: `"${hash}"` };
}

/** Changes when the document does, without making it: built-in schemas only change with the program. */
function hashOf(resources: readonly ResourceShape[]): string {
  const hash = createHash('sha512').update('1');
  for (const { definition, version, kind, verbs, subresources } of resources) {
    hash.update(JSON.stringify([kind, definition.resource, definition.listKind, definition.namespaced, verbs, subresources]));
    hash.update(schemaHash(definition, version));
  }
  return hash.digest('hex').toUpperCase();
}

const schemaHashes = new WeakMap<ResourceDefinition, Map<string, string>>();

/** Large definitions are read once for this. */
function schemaHash(definition: ResourceDefinition, version: string): string {
  let known = schemaHashes.get(definition);
  if (!known) schemaHashes.set(definition, (known = new Map()));
  let hash = known.get(version);
  if (hash === undefined) {
    const { schema } = definition.versions.find(({ name }) => name === version) ?? {};
    known.set(
      version,
      (hash = createHash('sha256')
        .update(JSON.stringify(schema) ?? '')
        .digest('base64')),
    );
  }
  return hash;
}

function jsonDocument(value: object): DiscoveryDocument {
  return withTag(Buffer.from(JSON.stringify(value)), 'application/json');
}

async function protobufDocument(value: Record<string, unknown>, parts: EncodedParts): Promise<DiscoveryDocument> {
  const { encodeV2 } = await import('./protobuf-v2.ts');
  return withTag(await encodeV2(value, parts), protobufType);
}

const withTag = (body: Buffer, contentType: string): DiscoveryDocument => ({
  body,
  contentType,
  etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"`,
});

/** Makes a value when first asked. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Makes a value for each key when first asked. */
function memo<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = make(key)));
    return value;
  };
}
