import { createDiscovery, discoveryForm, type Discovery, type DiscoveryDocument } from '../discovery/discovery.ts';
import { answerHeaders, sendBytes } from '../http/respond.ts';
import type { HttpRequest } from '../http/request.ts';
import type { ApiServerOptions } from '../options.ts';
import type { ResourceIndex } from '../resource-index.ts';

/** The documents by which clients learn what the server offers: discovery and OpenAPI. */
export interface DiscoveryRoutes {
  /** What `/` lists. */
  paths(): string[];
  /** Answers whether the path was one of these. */
  serve(request: HttpRequest): Promise<boolean>;
}

/** Documents are made when first asked and again after the set of definitions changed. */
export function createDiscoveryRoutes(options: ApiServerOptions, resources: ResourceIndex): DiscoveryRoutes {
  let known: { generation: number; discovery: Discovery } | undefined;
  const current = (): Discovery => {
    if (known?.generation !== resources.generation) known = { generation: resources.generation, discovery: createDiscovery(resources.definitions()) };
    return known.discovery;
  };
  return {
    paths: () => ['/.well-known/openid-configuration', '/api', '/api/v1', '/apis', ...current().groups().groups.flatMap(({ name, versions }) => [`/apis/${name}`, ...versions.map(({ groupVersion }) => `/apis/${groupVersion}`)]),
      '/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/openid/v1/jwks', '/readyz', '/version'],
    async serve(request) {
      const { path } = request.exchange;
      const parts = path.split('/').filter((part) => part !== '');
      if (parts[0] === 'api' || parts[0] === 'apis') return serveDiscovery(current(), request, parts);
      if (parts[0] === 'openapi') return serveOpenapi(request, parts);
      return false;
    },
  };
}

function serveDiscovery(discovery: Discovery, request: HttpRequest, parts: readonly string[]): boolean {
  const [root, group, version] = parts;
  if (parts.length === 1) {
    const form = discoveryForm(request.exchange.header('accept'));
    if (form !== 'unaggregated') sendDocument(request, discovery.aggregated(root === 'api' ? 'core' : 'groups', form));
    else sendValue(request, root === 'api' ? discovery.legacyVersions(request.exchange.header(':authority') ?? request.exchange.header('host') ?? '') : discovery.groups());
    return true;
  }
  const found = root === 'api' ? (parts.length === 2 ? discovery.resources('', group!) : undefined) : parts.length === 2 ? discovery.group(group!) : parts.length === 3 ? discovery.resources(group!, version!) : undefined;
  if (found) sendValue(request, found);
  return found !== undefined;
}

const sendValue = (request: HttpRequest, value: object): void => sendBytes(request, 200, Buffer.from(JSON.stringify(value)));

/** Sends a document with its ETag, or 304 to a client that has it. */
export function sendDocument(request: HttpRequest, { body, contentType, etag }: DiscoveryDocument): void {
  const headers = { ...answerHeaders(request, contentType), etag, vary: 'Accept', 'cache-control': 'public' };
  if (request.exchange.header('if-none-match') === etag) return request.exchange.send(304, headers);
  request.exchange.send(200, headers, request.exchange.method === 'HEAD' ? undefined : body);
}

async function serveOpenapi(_request: HttpRequest, _parts: readonly string[]): Promise<boolean> {
  return false;
}
