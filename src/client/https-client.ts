import type { Status } from '../api/generated/meta-v1.ts';
import { type KubernetesList, type KubernetesObject, keyOf } from '../api/object.ts';
import { groupVersion, type ResourceType } from '../api/resource-type.ts';
import { ApiError, unavailable } from '../api/status.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import type { Client, Patch, WatchEvent, WatchOptions } from './client.ts';
import { ConnectionLost, createHttpTransport, type HttpRequest, type HttpResponse, type HttpTransport, RequestNotProcessed } from './http-transport.ts';
import { deleteBody, listQuery, namespaceOf, objectPath, queryText, resourcePath, watchQuery, writeQuery } from './request-paths.ts';
import { errorOfResponse, jsonLines, readBody } from './response-body.ts';

/** How to reach an API server. Certificates and keys are PEM text. */
export interface HttpsClientOptions {
  /** `https://host:port` (or `http://` for a proxy that adds credentials). */
  readonly server: string;
  /** Absent: the system's authorities. */
  readonly certificateAuthority?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** A bearer token, or a function that reads the current one before each request (tokens on disk are rotated). */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  readonly userAgent: string;
  /** The name the server's certificate must carry, when it is not the host of `server`. */
  readonly tlsServerName?: string | undefined;
  /** Accepts any server certificate. */
  readonly insecureSkipTlsVerify?: boolean | undefined;
  /** Sent with every request: basic authentication, impersonation. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly clock?: Clock;
}

/** A `Client` over the network that can also send any other request of the API (discovery, OpenAPI, logs). */
export interface HttpsClient extends Client, AsyncDisposable {
  /** Sends a request as it is, with credentials added. Answers any status; throws `ApiError` 503 when no answer came. */
  raw(request: { method: string; path: string; headers?: Readonly<Record<string, string>>; body?: Buffer; signal?: AbortSignal }): Promise<HttpResponse>;
}

/**
 * Speaks to an API server over HTTP/2 with one connection for all requests and watches, or HTTP/1.1 where the server has nothing else. A lost connection is opened anew.
 * Requests that the server asks to send later (429, or 5xx with Retry-After) are sent again, at most ten times, as client-go does.
 */
export function createHttpsClient(options: HttpsClientOptions): HttpsClient {
  const transport = createHttpTransport({
    server: options.server,
    tls: {
      ...(options.certificateAuthority ? { ca: options.certificateAuthority } : {}),
      ...(options.certificate ? { cert: options.certificate } : {}),
      ...(options.key ? { key: options.key } : {}),
      ...(options.tlsServerName ? { servername: options.tlsServerName } : {}),
      ...(options.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
    },
  });
  return new NetworkClient(transport, options);
}

const maximumRetries = 10;
const maximumRetryAfterMs = 60_000;
const patchTypes: Record<Patch['type'], string> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
};

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

class NetworkClient implements HttpsClient {
  readonly streamsLists = true;
  readonly #transport: HttpTransport;
  readonly #options: HttpsClientOptions;
  readonly #clock: Clock;

  constructor(transport: HttpTransport, options: HttpsClientOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get: Client['get'] = (type, key, options = {}) =>
    this.#json({ method: 'GET', path: objectPath(type, key, options.subresource) + queryText({ resourceVersion: options.resourceVersion }) });

  list: Client['list'] = async <T extends KubernetesObject>(type: ResourceType<T>, options = {}): Promise<KubernetesList<T>> => {
    const list = await this.#json<KubernetesList<T>>({ method: 'GET', path: resourcePath(type, options) + queryText(listQuery(options)) });
    // Items of a list come without their type; consumers rely on it (events, owner references).
    for (const item of list.items) {
      item.apiVersion ??= groupVersion(type);
      item.kind ??= type.kind;
    }
    return list;
  };

  async *watch<T extends KubernetesObject>(type: ResourceType<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    try {
      const response = await this.#send({
        method: 'GET',
        path: resourcePath(type, options) + queryText(watchQuery(options)),
        headers: await this.#headers(),
        signal: options.signal,
      });
      if (response.status !== 200) throw await errorOfResponse(response);
      for await (const event of jsonLines<WatchEvent<T> | { type: 'ERROR'; object: Status }>(response.body)) {
        if (event.type === 'ERROR') throw ApiError.fromStatus(event.object);
        yield event;
      }
    } catch (error) {
      if (options.signal.aborted) return;
      throw asApiError(error, this.#options.server);
    }
  }

  create: Client['create'] = (type, object, options) =>
    this.#json({
      method: 'POST',
      path: resourcePath(type, { namespace: namespaceOf(object, options?.namespace) }) + queryText(writeQuery(options)),
      body: typed(type, object),
    });

  replace: Client['replace'] = (type, object, options) =>
    this.#json({ method: 'PUT', path: objectPath(type, keyOf(object), options?.subresource) + queryText(writeQuery(options)), body: typed(type, object) });

  patch: Client['patch'] = (type, key, patch, options) =>
    this.#json({
      method: 'PATCH',
      path: objectPath(type, key, options?.subresource) + queryText(writeQuery(options)),
      body: patch.body,
      contentType: patchTypes[patch.type],
    });

  apply: Client['apply'] = (type, object, options) =>
    this.#json({
      method: 'PATCH',
      path: objectPath(type, keyOf(object), options.subresource) + queryText({ ...writeQuery(options), force: options.force }),
      body: typed(type, object),
      contentType: 'application/apply-patch+yaml',
    });

  delete: Client['delete'] = (type, key, options) => this.#json({ method: 'DELETE', path: objectPath(type, key), body: deleteBody(options) });

  deleteCollection: Client['deleteCollection'] = async (type, options = {}) => {
    await this.#json({ method: 'DELETE', path: resourcePath(type, options) + queryText(listQuery(options)), body: deleteBody(options) });
  };

  createSubresource: Client['createSubresource'] = (type, key, subresource, body, options) =>
    this.#json({ method: 'POST', path: objectPath(type, key, subresource) + queryText(writeQuery(options)), body });

  async raw(request: Parameters<HttpsClient['raw']>[0]): Promise<HttpResponse> {
    try {
      return await this.#send({ ...request, headers: { ...(await this.#headers()), ...request.headers } });
    } catch (error) {
      throw asApiError(error, this.#options.server);
    }
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#transport[Symbol.asyncDispose]();
  }

  async #json<Answer>(call: Call): Promise<Answer> {
    try {
      const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
      const headers = { ...(await this.#headers()), ...(body ? { 'content-type': call.contentType ?? 'application/json' } : {}) };
      const response = await this.#sendPatiently({ method: call.method, path: call.path, headers, body });
      if (response.status >= 400 || response.status < 200) throw await errorOfResponse(response);
      return JSON.parse(await readBody(response.body)) as Answer;
    } catch (error) {
      throw asApiError(error, this.#options.server);
    }
  }

  async #sendPatiently(request: HttpRequest): Promise<HttpResponse> {
    for (let attempt = 0; ; attempt++) {
      const response = await this.#send(request);
      const retryAfter = Number(response.headers['retry-after']);
      const isAskedToRetry =
        (response.status === 429 || response.status >= 500) && response.headers['retry-after'] !== undefined && Number.isFinite(retryAfter);
      if (!isAskedToRetry || attempt === maximumRetries) return response;
      response.body.destroy();
      await this.#clock.sleep(Math.min(retryAfter * 1000, maximumRetryAfterMs), request.signal);
    }
  }

  /** Sends once more what surely was not processed, or is harmless to repeat, over a new connection. */
  async #send(request: HttpRequest): Promise<HttpResponse> {
    try {
      return await this.#transport.send(request);
    } catch (error) {
      const isSafe = error instanceof RequestNotProcessed || (error instanceof ConnectionLost && request.method === 'GET');
      if (request.signal?.aborted || !isSafe) throw error;
      return this.#transport.send(request);
    }
  }

  async #headers(): Promise<Record<string, string>> {
    const { token, userAgent, headers } = this.#options;
    const bearer = typeof token === 'function' ? await token() : token;
    return { accept: 'application/json', 'user-agent': userAgent, ...(bearer ? { authorization: `Bearer ${bearer.trim()}` } : {}), ...headers };
  }
}

const typed = <T extends KubernetesObject>(type: ResourceType<T>, object: T): T =>
  object.apiVersion && object.kind ? object : { apiVersion: groupVersion(type), kind: type.kind, ...object };

function asApiError(error: unknown, server: string): ApiError {
  if (error instanceof ApiError) return error;
  return unavailable(`no answer from ${server}: ${error instanceof Error ? error.message : String(error)}`, error);
}
