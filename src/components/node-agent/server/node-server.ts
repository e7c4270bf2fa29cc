import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PodList } from '../../../api/generated/core-v1.ts';
import { ApiError } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import { type Clock, systemClock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { createAuthorizer } from './authorize.ts';
import { openContainerLog, parseLogOptions } from './container-logs.ts';
import { HttpError } from './http-error.ts';
import { agentMetrics, containerMetrics, resourceMetrics } from './metrics.ts';
import type { NodeEndpoint } from './node-endpoint.ts';
import { findPod, runningContainer } from './pod-lookup.ts';
import { statsSummary } from './stats.ts';
import { type StreamingHandlers, streamingTarget } from './streaming-target.ts';

export interface NodeServerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Who signs the certificates of callers, PEM. */
  readonly clientCa: string;
  /** Asks the API server what a caller may do. */
  readonly client: Client;
  readonly log: Log;
  readonly clock?: Clock;
  /** The streaming handlers of an agent, made when it is first streamed from. Default: those of this node agent. */
  readonly streaming?: (endpoint: NodeEndpoint) => StreamingHandlers | Promise<StreamingHandlers>;
}

/** The HTTPS API of one agent or of many: kubelet's paths, found by pod. */
export interface NodeServer extends AsyncDisposable {
  readonly port: number;
  /** Serves an agent too, until disposed. */
  add(endpoint: NodeEndpoint): Disposable;
}

export async function createNodeServer(options: NodeServerOptions): Promise<NodeServer> {
  const endpoints = new Set<NodeEndpoint>();
  const handler = new RequestHandler(options, endpoints);
  const server = createServer({
    cert: options.certificate,
    key: options.key,
    ca: options.clientCa,
    requestCert: true,
    rejectUnauthorized: false,
    maxHeaderSize: 64 * 1024,
  });
  server.on('request', (request, response) => void handler.serve(request, response));
  server.on('upgrade', (request, socket, head) => void handler.upgrade(request, socket, head));
  server.on('tlsClientError', (error) => options.log.debug('TLS handshake failed', { error }));
  const sockets = new Set<Duplex>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => {}); // what is broken off is closed
  });
  await listen(server, options.port, options.host ?? '127.0.0.1');
  return {
    port: (server.address() as AddressInfo).port,
    add(endpoint) {
      endpoints.add(endpoint);
      return { [Symbol.dispose]: () => void endpoints.delete(endpoint) };
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function defaultStreaming({ runtime }: NodeEndpoint, log: Log): Promise<StreamingHandlers> {
  const { createStreamingHandlers } = await import('../streaming/create-streaming-handlers.ts');
  return createStreamingHandlers({ runtime, log: log.scope('streaming') });
}

interface Request {
  readonly raw: IncomingMessage;
  readonly parts: readonly string[];
  readonly path: string;
  readonly query: URLSearchParams;
}

class RequestHandler {
  readonly #options: NodeServerOptions;
  readonly #endpoints: ReadonlySet<NodeEndpoint>;
  readonly #clock: Clock;
  readonly #authorize: ReturnType<typeof createAuthorizer>;
  readonly #streaming = new WeakMap<NodeEndpoint, StreamingHandlers | Promise<StreamingHandlers>>();

  constructor(options: NodeServerOptions, endpoints: ReadonlySet<NodeEndpoint>) {
    this.#options = options;
    this.#endpoints = endpoints;
    this.#clock = options.clock ?? systemClock;
    this.#authorize = createAuthorizer({ client: options.client, clock: this.#clock });
  }

  async serve(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const request = parsed(raw);
      await this.#authorize(raw, request.path, this.#nodeOf(request));
      await this.#route(request, response);
    } catch (error) {
      const { code, text } = refusal(error);
      if (code === 500) this.#options.log.warn('request of the node API failed', { path: raw.url, error });
      if (response.headersSent) return void response.destroy();
      response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }).end(text);
    }
  }

  async upgrade(raw: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      const request = parsed(raw);
      await this.#authorize(raw, request.path, this.#nodeOf(request));
      const [kind = '', namespace = '', name = '', ...rest] = request.parts;
      if (kind !== 'exec' && kind !== 'attach' && kind !== 'portForward') throw new HttpError(404, '404 page not found');
      // `/exec/<ns>/<pod>[/<uid>]/<container>`, `/portForward/<ns>/<pod>[/<uid>]`
      const [uid, container] = kind === 'portForward' ? [rest[0], ''] : rest.length > 1 ? [rest[0], rest[1]!] : [undefined, rest[0] ?? ''];
      const found = findPod(this.#endpoints, namespace, name, uid);
      const target = streamingTarget(kind === 'portForward' ? 'port-forward' : kind, found, container, request.query);
      await (await this.#streamingOf(found.endpoint)).handleUpgrade(raw, socket, head, target);
    } catch (error) {
      const { code, text } = refusal(error);
      if (code === 500) this.#options.log.warn('stream of the node API failed', { path: raw.url, error });
      if (socket.writable)
        socket.end(
          `HTTP/1.1 ${code} ${text.replace(/[\r\n]+/g, ' ').slice(0, 200)}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
        );
    }
  }

  #streamingOf(endpoint: NodeEndpoint): StreamingHandlers | Promise<StreamingHandlers> {
    const known = this.#streaming.get(endpoint);
    if (known) return known;
    const made = (this.#options.streaming ?? ((of) => defaultStreaming(of, this.#options.log)))(endpoint);
    this.#streaming.set(endpoint, made);
    return made;
  }

  /** The node a request is about, for authorization. */
  #nodeOf({ parts }: Request): string {
    const [, namespace, name] = parts;
    for (const endpoint of this.#endpoints)
      if (this.#endpoints.size === 1 || (namespace && name && endpoint.podByName(namespace, name))) return endpoint.nodeName;
    return '';
  }

  /** For paths that are about a whole node: the one named by `?node=`, or the only one. */
  #endpointOf({ query }: Request): NodeEndpoint {
    const wanted = query.get('node');
    const candidates = [...this.#endpoints].filter(({ nodeName }) => !wanted || nodeName === wanted);
    if (candidates.length !== 1) throw new HttpError(400, 'this address serves several nodes: name one with ?node=');
    return candidates[0]!;
  }

  async #route(request: Request, response: ServerResponse): Promise<void> {
    const [first = '', second = ''] = request.parts;
    const method = request.raw.method ?? 'GET';
    if (first === 'run') return this.#run(request, response);
    if (first === 'exec' || first === 'attach' || first === 'portForward') throw new HttpError(400, 'Upgrade request required');
    if (method !== 'GET' && method !== 'HEAD') throw new HttpError(405, '405: Method Not Allowed');
    if (first === 'containerLogs') return this.#logs(request, response);
    if (first === 'healthz') return sendText(response, 'ok');
    if (first === 'pods')
      return sendJson(
        response,
        this.#podList(() => true),
      );
    if (first === 'runningpods')
      return sendJson(
        response,
        this.#podList((endpoint, uid) => endpoint.observed(uid).containers.some(({ state }) => state === 'running')),
      );
    if (first === 'devices') return sendJson(response, (await this.#endpointOf(request).devices?.()) ?? {});
    if (first === 'configz') return sendJson(response, { kubeletconfig: { kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1' } });
    if (first === 'stats' && (second === 'summary' || second === ''))
      return sendJson(response, await statsSummary(this.#endpointOf(request), this.#clock.now()));
    if (first === 'metrics') return sendMetrics(response, await metricsOf(second, this.#endpointOf(request)));
    throw new HttpError(404, '404 page not found');
  }

  #podList(wants: (endpoint: NodeEndpoint, uid: string) => boolean): PodList {
    const items = [...this.#endpoints].flatMap((endpoint) =>
      endpoint
        .pods()
        .filter((pod) => wants(endpoint, pod.metadata.uid ?? ''))
        .map((pod) => ({ ...pod, apiVersion: 'v1', kind: 'Pod', status: endpoint.statusOf(pod) })),
    );
    return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
  }

  async #logs(request: Request, response: ServerResponse): Promise<void> {
    const [, namespace = '', name = '', container = ''] = request.parts;
    const found = findPod(this.#endpoints, namespace, name);
    const options = parseLogOptions(request.query, this.#clock.now());
    const abort = new AbortController();
    response.once('close', () => abort.abort());
    const log = await openContainerLog(found, container, options, abort.signal);
    response.writeHead(200, { 'content-type': 'text/plain' });
    if (options.follow) response.flushHeaders();
    await pipeline(log, response).catch((error: unknown) => {
      if (!abort.signal.aborted) throw error;
    });
  }

  async #run({ parts, query, raw }: Request, response: ServerResponse): Promise<void> {
    if (raw.method !== 'POST') throw new HttpError(405, '405: Method Not Allowed');
    const [, namespace = '', name = '', ...rest] = parts;
    const found = findPod(this.#endpoints, namespace, name, rest.length > 1 ? rest[0] : undefined);
    const container = runningContainer(found, rest.at(-1) ?? '');
    const command = (query.get('cmd') ?? '').split(' ').filter(Boolean);
    if (command.length === 0) throw new HttpError(400, 'you must specify a command to execute');
    const { stdout, stderr, exitCode } = await found.endpoint.runtime.execSync(container.id, command, 0);
    const output = Buffer.concat([stdout, stderr]);
    if (exitCode !== 0) throw new HttpError(500, `command '${command.join(' ')}' exited with ${exitCode}: ${output.toString()}`);
    response.writeHead(200, { 'content-type': 'text/plain' }).end(output);
  }
}

async function metricsOf(which: string, endpoint: NodeEndpoint): Promise<string> {
  if (which === '') return agentMetrics(endpoint);
  if (which === 'resource') return resourceMetrics(endpoint);
  if (which === 'cadvisor') return containerMetrics(endpoint);
  throw new HttpError(404, '404 page not found');
}

function parsed(raw: IncomingMessage): Request {
  const url = URL.canParse(raw.url ?? '', 'https://node') ? new URL(raw.url ?? '', 'https://node') : undefined;
  if (!url) throw new HttpError(400, 'malformed URL');
  try {
    return { raw, path: url.pathname, query: url.searchParams, parts: url.pathname.split('/').filter(Boolean).map(decodeURIComponent) };
  } catch (error) {
    throw new HttpError(400, 'malformed URL', { cause: error });
  }
}

function refusal(error: unknown): { code: number; text: string } {
  if (error instanceof HttpError || error instanceof ApiError) return { code: error.code, text: error.message };
  return { code: 500, text: error instanceof Error ? error.message : String(error) };
}

const sendText = (response: ServerResponse, text: string): void => void response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
const sendJson = (response: ServerResponse, value: unknown): void =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
const sendMetrics = (response: ServerResponse, text: string): void =>
  void response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
