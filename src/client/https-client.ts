import type { Status } from '../api/generated/meta-v1.ts';
import { type KubernetesList, type KubernetesObject, keyOf } from '../api/object.ts';
import { groupVersion, type ResourceType } from '../api/resource-type.ts';
import { ApiError } from '../api/status.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import type { Client, Patch, WatchEvent, WatchOptions } from './client.ts';
import type { HttpRequest, HttpResponse, HttpTransport, TlsOptions, TransportOptions } from './http-transport.ts';
import type { Credentials, HttpsClientOptions } from './https-client-options.ts';
import { ConnectionLost, RequestNotProcessed } from './lost-requests.ts';
import { NoAnswer } from './no-answer.ts';
import { plainBody } from './plain-body.ts';
import { maximumRedirects, redirectedPath } from './redirected-path.ts';
import { deleteBody, listQuery, namespaceOf, objectPath, queryText, resourcePath, watchQuery, writeQuery } from './request-paths.ts';
import { errorOfResponse, jsonLines, readObject } from './response-body.ts';
import { isTimeout, TooSlow } from './too-slow.ts';

export type { CredentialSource, Credentials, HttpsClientOptions, RequestHeaders, SentRequest } from './https-client-options.ts';

/** A request of any kind whose answer is JSON. */
export interface JsonRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Sent as JSON, or as it is when it is text. */
  readonly body?: unknown;
  /** Default: JSON. */
  readonly contentType?: string;
  /** Default: JSON. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

/** A `Client` over the network that can also send any other request of the API (discovery, OpenAPI, logs). */
export interface HttpsClient extends Client, AsyncDisposable {
  /** Sends a request as it is, with credentials added. Answers any status; throws `ApiError` 503 when no answer came. */
  raw(request: { method: string; path: string; headers?: Readonly<Record<string, string>>; body?: Buffer; signal?: AbortSignal }): Promise<HttpResponse>;
  /** Sends a request whose answer is JSON; throws `ApiError` for a refusal, `NoAnswer` when none came. */
  json<Answer>(request: JsonRequest): Promise<Answer>;
  /** The events of a watch on any path, in the form that `accept` asks for. Throws `ApiError` for refusals and `ERROR` events. Ends with the server's answer or the signal. */
  events<Watched>(request: { path: string; accept?: string; signal?: AbortSignal }): AsyncIterable<{ type: string; object: Watched }>;
}

/**
 * Speaks to an API server over HTTP/2 with one connection for all requests and watches, or HTTP/1.1 where the server has nothing else. A lost connection is opened anew.
 * Requests that the server asks to send later (429, or 5xx with Retry-After) are sent again, at most ten times, as client-go does.
 */
export function createHttpsClient(options: HttpsClientOptions): HttpsClient {
  const { credentials } = options;
  const transport = lateTransport({
    server: options.server,
    tls: credentials ? async () => tlsOptions(options, await credentials.current()) : tlsOptions(options, options),
    openTunnel: options.openTunnel,
    startsWithOne: options.startsWithOne,
    localSocket: options.localSocket,
  });
  return new NetworkClient(transport, options);
}

/** TLS and HTTP are loaded with the first request. */
function lateTransport(options: TransportOptions): HttpTransport {
  const { protocol } = new URL(options.server);
  if (protocol !== 'https:' && protocol !== 'http:') throw new Error(`server "${options.server}": only http and https are known`);
  let loaded: Promise<HttpTransport> | undefined;
  const transport = (): Promise<HttpTransport> => (loaded ??= import('./http-transport.ts').then(({ createHttpTransport }) => createHttpTransport(options)));
  return {
    send: async (request) => (await transport()).send(request),
    renew: () => void loaded?.then((there) => there.renew()),
    [Symbol.asyncDispose]: async () => (await loaded)?.[Symbol.asyncDispose](),
  };
}

const tlsOptions = (
  options: HttpsClientOptions,
  { certificate = options.certificate, key = options.key }: Pick<HttpsClientOptions, 'certificate' | 'key'>,
): TlsOptions => ({
  ...(options.certificateAuthority ? { ca: options.certificateAuthority } : {}),
  ...(certificate ? { cert: certificate } : {}),
  ...(key ? { key } : {}),
  ...(options.tlsServerName ? { servername: options.tlsServerName } : {}),
  ...(options.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
});

const maximumRetries = 10;
const maximumRetryAfterMs = 60_000;
const patchTypes: Record<Patch['type'], string> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
};

class NetworkClient implements HttpsClient {
  readonly streamsLists = true;
  readonly #transport: HttpTransport;
  readonly #options: HttpsClientOptions;
  readonly #clock: Clock;
  #ready: Promise<void> | undefined;
  /** What the last request was sent with. */
  #used: Credentials | undefined;

  constructor(transport: HttpTransport, options: HttpsClientOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get: Client['get'] = (type, key, options = {}) =>
    this.json({ method: 'GET', path: objectPath(type, key, options.subresource) + queryText({ resourceVersion: options.resourceVersion }) });

  list: Client['list'] = async <T extends KubernetesObject>(type: ResourceType<T>, options = {}): Promise<KubernetesList<T>> => {
    const list = await this.json<KubernetesList<T>>({ method: 'GET', path: resourcePath(type, options) + queryText(listQuery(options)) });
    // Items of a list come without their type; consumers rely on it (events, owner references).
    for (const item of list.items) {
      item.apiVersion ??= groupVersion(type);
      item.kind ??= type.kind;
    }
    return list;
  };

  watch<T extends KubernetesObject>(type: ResourceType<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    const path = resourcePath(type, options) + queryText(watchQuery(options));
    return this.events<T>({ path, signal: options.signal }) as AsyncIterable<WatchEvent<T>>;
  }

  async *events<Watched>(request: { path: string; accept?: string; signal?: AbortSignal }): AsyncIterable<{ type: string; object: Watched }> {
    const { path, accept, signal } = request;
    await this.#isReady();
    try {
      const response = await this.#send({ method: 'GET', path, headers: await this.#headers(accept), signal });
      if (response.status !== 200) throw await errorOfResponse(response, { method: 'GET', path });
      for await (const event of jsonLines<{ type: string; object: Watched }>(response.body)) {
        if (event.type === 'ERROR') throw ApiError.fromStatus(event.object as Status);
        yield event;
      }
    } catch (error) {
      // A watch that has lasted as long as a request may is at its end.
      if (signal?.aborted || (isTimeout(error) && !(error instanceof TooSlow))) return;
      throw asApiError(error, this.#options.server);
    }
  }

  create: Client['create'] = (type, object, options) =>
    this.json({
      method: 'POST',
      path: resourcePath(type, { namespace: namespaceOf(object, options?.namespace) }) + queryText(writeQuery(options)),
      body: typed(type, object),
    });

  replace: Client['replace'] = (type, object, options) =>
    this.json({ method: 'PUT', path: objectPath(type, keyOf(object), options?.subresource) + queryText(writeQuery(options)), body: typed(type, object) });

  patch: Client['patch'] = (type, key, patch, options) =>
    this.json({
      method: 'PATCH',
      path: objectPath(type, key, options?.subresource) + queryText(writeQuery(options)),
      body: patch.body,
      contentType: patchTypes[patch.type],
    });

  apply: Client['apply'] = (type, object, options) =>
    this.json({
      method: 'PATCH',
      path: objectPath(type, keyOf(object), options.subresource) + queryText({ ...writeQuery(options), force: options.force }),
      body: typed(type, object),
      contentType: 'application/apply-patch+yaml',
    });

  delete: Client['delete'] = (type, key, options) => this.json({ method: 'DELETE', path: objectPath(type, key), body: deleteBody(options) });

  deleteCollection: Client['deleteCollection'] = async (type, options = {}) => {
    await this.json({ method: 'DELETE', path: resourcePath(type, options) + queryText(listQuery(options)), body: deleteBody(options) });
  };

  createSubresource: Client['createSubresource'] = (type, key, subresource, body, options) =>
    this.json({ method: 'POST', path: objectPath(type, key, subresource) + queryText(writeQuery(options)), body });

  #isReady(): Promise<void> | undefined {
    const { beforeRequests } = this.#options;
    return beforeRequests && (this.#ready ??= beforeRequests());
  }

  async raw(request: Parameters<HttpsClient['raw']>[0]): Promise<HttpResponse> {
    await this.#isReady();
    try {
      return await this.#send({ ...request, headers: { ...(await this.#headers()), ...request.headers } });
    } catch (error) {
      throw asApiError(error, this.#options.server);
    }
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#transport[Symbol.asyncDispose]();
  }

  async json<Answer>(call: JsonRequest): Promise<Answer> {
    await this.#isReady();
    try {
      const body = call.body === undefined ? undefined : Buffer.from(typeof call.body === 'string' ? call.body : JSON.stringify(call.body));
      const headers = { ...(await this.#headers(call.accept)), ...(body ? { 'content-type': call.contentType ?? 'application/json' } : {}) };
      const response = await this.#sendPatiently({ method: call.method, path: call.path, headers, body, signal: call.signal });
      if (response.status > 206 || response.status < 200) throw await errorOfResponse(response, call);
      return (await readObject(response, call.signal)) as Answer;
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

  async #send(request: HttpRequest): Promise<HttpResponse> {
    const { requestTimeoutMs, credentials, onWarning } = this.#options;
    const limit = requestTimeoutMs ? AbortSignal.timeout(Math.ceil(requestTimeoutMs)) : undefined;
    const signal = limit && request.signal ? AbortSignal.any([limit, request.signal]) : (limit ?? request.signal);
    const used = this.#used;
    try {
      let response = await this.#sendSafely({ ...request, signal });
      if (response.status === 401 && credentials && (await credentials.refused(used))) {
        response.body.destroy();
        response = await this.#sendSafely({ ...request, headers: { ...request.headers, ...(await this.#authorization()) }, signal });
      }
      response = await this.#followed({ ...request, signal }, response);
      if (onWarning) for (const warning of warningsOf(response)) onWarning(warning);
      return response;
    } catch (error) {
      throw limit?.aborted && !request.signal?.aborted ? new TooSlow(error) : error;
    }
  }

  /** Sends once more what surely was not processed, or is harmless to repeat, over a new connection. */
  async #sendSafely(request: HttpRequest): Promise<HttpResponse> {
    const started = this.#clock.now();
    const response = await this.#transport.send(request).catch((error: unknown) => {
      const isSafe = error instanceof RequestNotProcessed || (error instanceof ConnectionLost && request.method === 'GET');
      if (request.signal?.aborted || !isSafe) throw error;
      return this.#transport.send(request);
    });
    const { method, path, headers, body } = request;
    const { status, headers: answerHeaders } = response;
    this.#options.onRequest?.({ method, url: this.#options.server + path, headers, body, status, answerHeaders, tookMs: this.#clock.now() - started });
    return plainBody(response);
  }

  /** What is read is read where the server says that it is now. */
  async #followed(request: HttpRequest, answer: HttpResponse): Promise<HttpResponse> {
    let [response, { path }] = [answer, request];
    for (let redirects = 0; request.method === 'GET'; redirects++) {
      const next = redirectedPath(this.#options.server, path, response);
      if (next === undefined) break;
      if (redirects === maximumRedirects) throw new Error(`stopped after ${maximumRedirects} redirects`);
      response.body.destroy();
      path = next;
      response = await this.#sendSafely({ ...request, path });
    }
    return response;
  }

  async #headers(accept = 'application/json'): Promise<Record<string, string>> {
    const { userAgent, headers } = this.#options;
    // Lists are as good as texts to Node.
    return { accept, 'user-agent': userAgent, ...(await this.#authorization()), ...(headers as Record<string, string>) };
  }

  async #authorization(): Promise<Record<string, string>> {
    const { token, credentials } = this.#options;
    const given = await credentials?.current();
    // A connection is known to the server by the certificate it was opened with.
    if (this.#used && given && given.certificate !== this.#used.certificate) this.#transport.renew();
    this.#used = given;
    const bearer = (typeof token === 'function' ? await token() : token) ?? given?.token;
    return bearer ? { authorization: `Bearer ${bearer.trim()}` } : {};
  }
}

/** The texts of `Warning: 299 - "text"` headers. */
function warningsOf({ headers }: HttpResponse): string[] {
  const { warning } = headers;
  if (warning === undefined) return [];
  const texts = [...(Array.isArray(warning) ? warning.join(', ') : warning).matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)];
  return texts.map((match) => match[1]!.replace(/\\(.)/g, '$1'));
}

const typed = <T extends KubernetesObject>(type: ResourceType<T>, object: T): T =>
  object.apiVersion && object.kind ? object : { apiVersion: groupVersion(type), kind: type.kind, ...object };

function asApiError(error: unknown, server: string): ApiError {
  if (error instanceof ApiError) return error;
  return new NoAnswer(server, error);
}
