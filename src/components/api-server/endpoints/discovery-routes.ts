import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createDiscovery, type Discovery, type DiscoveryDocument, discoveryForm } from '../discovery/discovery.ts';
import type { HttpRequest } from '../http/request.ts';
import { acceptsGzip, answerHeaders } from '../http/respond.ts';
import { sendPlain } from '../http/send-object.ts';
import { createOpenApi, type OpenApi, OpenApiMemory, openApiV2Form } from '../openapi/openapi.ts';
import type { ResourceIndex } from '../resource-index.ts';

/** The documents by which clients learn what the server offers: discovery and OpenAPI. */
export interface DiscoveryRoutes {
  /** What `/` lists. */
  paths(): string[];
  /** Answers whether the path was one of these. */
  serve(request: HttpRequest): Promise<boolean>;
}

/** Documents are made when first asked and again after the set of definitions changed. */
export function createDiscoveryRoutes(resources: ResourceIndex): DiscoveryRoutes {
  const memory = new OpenApiMemory();
  let known: { generation: number; discovery: Discovery; openApi: OpenApi } | undefined;
  const documents = (): NonNullable<typeof known> => {
    if (known?.generation === resources.generation) return known;
    const definitions = resources.definitions();
    return (known = { generation: resources.generation, discovery: createDiscovery(definitions), openApi: createOpenApi(definitions, memory) });
  };
  return {
    paths: () => [
      '/.well-known/openid-configuration',
      '/api',
      '/api/v1',
      '/apis',
      ...documents()
        .discovery.groups()
        .groups.flatMap(({ name, versions }) => [`/apis/${name}`, ...versions.map(({ groupVersion }) => `/apis/${groupVersion}`)]),
      '/healthz',
      '/livez',
      '/metrics',
      '/openapi/v2',
      '/openapi/v3',
      '/openid/v1/jwks',
      '/readyz',
      '/version',
    ],
    async serve(request) {
      const { path } = request.exchange;
      const parts = path.split('/').filter((part) => part !== '');
      if (parts[0] === 'api' || parts[0] === 'apis') return serveDiscovery(documents().discovery, request, parts);
      if (parts[0] === 'openapi') return serveOpenapi(documents().openApi, request, parts);
      return false;
    },
  };
}

async function serveDiscovery(discovery: Discovery, request: HttpRequest, parts: readonly string[]): Promise<boolean> {
  const [root, group, version] = parts;
  if (parts.length === 1) {
    const form = discoveryForm(request.exchange.header('accept'));
    if (form !== 'unaggregated') await sendDocument(request, discovery.aggregated(root === 'api' ? 'core' : 'groups', form));
    else
      await sendPlain(
        request,
        200,
        root === 'api' ? discovery.legacyVersions(request.exchange.header(':authority') ?? request.exchange.header('host') ?? '') : discovery.groups(),
      );
    return true;
  }
  const found =
    root === 'api'
      ? parts.length === 2
        ? discovery.resources('', group!)
        : undefined
      : parts.length === 2
        ? discovery.group(group!)
        : parts.length === 3
          ? discovery.resources(group!, version!)
          : undefined;
  if (found) await sendPlain(request, 200, found);
  return found !== undefined;
}

const compressed = new WeakMap<Buffer, Promise<Buffer>>();
const gzipAsync = promisify(gzip);

/** Sends a document with its ETag, or 304 to a client that has it. Large ones are compressed once for all clients. */
async function sendDocument(request: HttpRequest, { body, contentType, etag }: DiscoveryDocument): Promise<void> {
  const { exchange } = request;
  const headers = { ...answerHeaders(request, contentType), etag, vary: 'Accept', 'cache-control': 'public' };
  if (exchange.header('if-none-match') === etag) return exchange.send(304, headers);
  if (exchange.method === 'HEAD') return exchange.send(200, headers);
  if (body.length <= request.gzipBytes || !acceptsGzip(exchange)) return exchange.send(200, headers, body);
  let small = compressed.get(body);
  if (!small) compressed.set(body, (small = gzipAsync(body)));
  exchange.send(200, { ...headers, 'content-encoding': 'gzip' }, await small);
}

async function serveOpenapi(openapi: OpenApi, request: HttpRequest, parts: readonly string[]): Promise<boolean> {
  const [, version, ...path] = parts;
  const accept = request.exchange.header('accept');
  if (version === 'v2' && path.length === 0) await sendDocument(request, await openapi.v2(openApiV2Form(accept)));
  else if (version === 'v3' && path.length === 0) await sendDocument(request, openapi.v3Index());
  else {
    const document = version === 'v3' ? await openapi.v3(path.join('/')) : undefined;
    if (!document) return false;
    await sendDocument(request, document);
  }
  return true;
}
