import type { Agent as HttpAgent } from 'node:http';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { isIP, type Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { FirstConnection } from './first-connection.ts';
import { type LocalSocket, openLocalSocket } from './local-socket.ts';
import { ConnectionLost, RequestNotProcessed } from './lost-requests.ts';
import { NoConnectionYet } from './too-slow.ts';

/** One HTTP request. `path` includes the query. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  /** Gives the request up, its body included. */
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Must be read to its end or destroyed. Nothing is read ahead beyond the flow-control window. */
  readonly body: Readable;
}

/** Sends requests to one server: HTTP/2 over TLS when the server speaks it, else HTTP/1.1. Connects on the first request and again whenever a connection was lost. */
export interface HttpTransport extends AsyncDisposable {
  /** Rejects when no response came: with `RequestNotProcessed` when sending it again is safe, `ConnectionLost` when that depends on the request, or why no connection came about. */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Sends what comes from now on over new connections; what is under way ends on the old ones. For another client certificate. */
  renew(): void;
}

export interface TransportOptions {
  /** `https://host:port` or `http://host:port`, maybe with a path prefix. */
  readonly server: string;
  /** Asked before each new connection when it is a function: certificates may be renewed. */
  readonly tls: TlsOptions | (() => Promise<TlsOptions>);
  /** Opens the way to the server, for TLS to go over; absent: straight there. */
  readonly openTunnel?: ((host: string, port: number) => Promise<Duplex>) | undefined;
  /** Sends over HTTP/1.1 as long as requests come one after the other: for programs of which most send but one. */
  readonly startsWithOne?: boolean | undefined;
  /** Where such requests go rather than over TLS, if its server answers there. */
  readonly localSocket?: LocalSocket | undefined;
}

export type TlsOptions = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

// A watch that nobody reads may hold back this much per stream, and all streams together the connection window; what is beyond stays with the server.
const streamWindowBytes = 256 * 1024;
const connectionWindowBytes = 512 * 1024 * 1024;
const pingEveryMs = 30_000;
const pingTimeoutMs = 15_000;
const connectTimeoutMs = 30_000;
const handshakeTimeoutMs = 10_000;

export function createHttpTransport(options: TransportOptions): HttpTransport {
  const url = new URL(options.server);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error(`server "${options.server}": only http and https are known`);
  return new Transport(url, options);
}

// Node's HTTP/1.1 takes a start a tenth of its time to load.
const http1 = (): Promise<typeof import('./http1-request.ts')> => import('./http1-request.ts');

interface Connection {
  readonly session: ClientHttp2Session;
  active: number;
}

class Transport implements HttpTransport {
  readonly #url: URL;
  readonly #options: TransportOptions;
  readonly #prefix: string;
  readonly #connections = new Set<Connection>();
  #connecting: Promise<Connection | undefined> | undefined;
  #speaksHttp1: boolean;
  #agent: HttpAgent | undefined;
  #first: FirstConnection | undefined;
  #local: FirstConnection | undefined;
  #isDisposed = false;
  readonly #closing = new AbortController();

  constructor(url: URL, options: TransportOptions) {
    this.#url = url;
    this.#options = options;
    this.#prefix = url.pathname.replace(/\/$/, '');
    const { localSocket, startsWithOne } = options;
    if (localSocket && startsWithOne) this.#local = new FirstConnection(url, () => openLocalSocket(localSocket));
    this.#speaksHttp1 = url.protocol === 'http:';
    if (!this.#speaksHttp1) this.#startOver();
  }

  #startOver(): void {
    this.#speaksHttp1 = false;
    if (this.#options.startsWithOne) this.#first = new FirstConnection(this.#url, () => this.#openSocket(['http/1.1']));
  }

  renew(): void {
    if (this.#url.protocol === 'http:') return;
    for (const { session } of this.#connections) session.close();
    this.#connections.clear();
    this.#forgetLocal();
    this.#first?.retire();
    const agent = this.#agent;
    if (agent) void http1().then(({ retire }) => retire(agent));
    this.#agent = undefined;
    this.#startOver();
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    request.signal?.throwIfAborted();
    if (this.#isDisposed) throw new Error('the client was closed');
    const sent = { ...request, path: this.#prefix + request.path };
    if (this.#connections.size === 0) {
      const local = this.#local;
      const response = local?.isFree ? await this.#sendLocally(local, sent) : undefined;
      if (response) return response;
      const first = this.#local ? undefined : this.#first;
      const answer = first?.isFree ? await first.send(sent) : undefined;
      if (answer) return answer;
      if (this.#isDisposed) throw new Error('the client was closed');
    }
    const connection = this.#speaksHttp1 ? undefined : await whileWanted(this.#connection(), request.signal);
    return connection ? this.#sendHttp2(connection, sent) : this.#sendHttp1(sent);
  }

  /** Undefined when the server is not there: nothing was sent. */
  async #sendLocally(local: FirstConnection, request: HttpRequest): Promise<HttpResponse | undefined> {
    // A certificate is known to the server by then, and wins over a token.
    const { authorization: _, ...headers } = request.headers;
    const response = await local.send({ ...request, headers });
    if (!response) this.#forgetLocal();
    return response;
  }

  #forgetLocal(): void {
    this.#local?.retire();
    this.#local = undefined;
  }

  async #sendHttp1(request: HttpRequest): Promise<HttpResponse> {
    const { agentOver, plainAgent, sendHttp1 } = await http1();
    const open = this.#url.protocol === 'https:' ? () => this.#openSocket(['http/1.1']) : this.#options.openTunnel && (() => this.#openPlain());
    this.#agent ??= open ? agentOver(open) : plainAgent();
    return sendHttp1(this.#url, this.#agent, request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#closing.abort(new Error('the client was closed'));
    await this.#connecting?.catch(() => undefined);
    for (const { session } of this.#connections) session.destroy();
    this.#agent?.destroy();
    this.#first?.[Symbol.dispose]();
    this.#forgetLocal();
  }

  /** A connection with room for one more stream; undefined when the server speaks HTTP/1.1 only. */
  async #connection(): Promise<Connection | undefined> {
    for (const connection of this.#connections) {
      if (connection.active < (connection.session.remoteSettings?.maxConcurrentStreams ?? 100)) return connection;
    }
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #openPlain(): Promise<Socket> {
    return (await this.#options.openTunnel!(hostOf(this.#url), Number(this.#url.port || 80))) as Socket;
  }

  async #openSocket(protocols: string[]): Promise<TLSSocket> {
    const { tls, openTunnel } = this.#options;
    const options = tlsOptionsOf(this.#url, typeof tls === 'function' ? await tls() : tls, protocols);
    const tunnel = await openTunnel?.(options.host!, options.port!);
    return openTls(tunnel ? { ...options, socket: tunnel } : options, this.#closing.signal);
  }

  async #connect(): Promise<Connection | undefined> {
    const socket = await this.#openSocket(['h2', 'http/1.1']);
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy();
      this.#speaksHttp1 = true;
      return undefined;
    }
    const { connect } = await import('node:http2');
    const session = connect(this.#url.origin, { createConnection: () => socket, settings: { initialWindowSize: streamWindowBytes, enablePush: false } });
    const connection: Connection = { session, active: 0 };
    session.on('connect', () => {
      if (!session.destroyed) session.setLocalWindowSize(connectionWindowBytes);
    });
    const forget = (): void => void this.#connections.delete(connection);
    session.on('goaway', forget);
    session.on('error', forget);
    const pings = keepAlive(session);
    session.on('close', () => {
      clearInterval(pings);
      forget();
    });
    if (this.#isDisposed) session.destroy();
    else this.#connections.add(connection);
    return connection;
  }

  #sendHttp2(connection: Connection, request: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      let stream: ClientHttp2Stream;
      try {
        stream = connection.session.request({ ':method': request.method, ':path': request.path, ...request.headers }, { endStream: !request.body });
      } catch (error) {
        this.#connections.delete(connection); // closed or going away between being chosen and being used
        return reject(new RequestNotProcessed(error));
      }
      connection.active++;
      connection.session.ref();
      const onAbort = (): void => void stream.destroy(request.signal?.reason as Error);
      request.signal?.addEventListener('abort', onAbort, { once: true });
      stream.on('response', (headers) => resolve({ status: headers[':status'] ?? 0, headers: headers as IncomingHttpHeaders, body: stream }));
      stream.on('error', (error) =>
        reject(stream.rstCode === refusedStream || isGoingAway(error) ? new RequestNotProcessed(error) : new ConnectionLost(error)),
      );
      stream.on('close', () => {
        request.signal?.removeEventListener('abort', onAbort);
        if (--connection.active === 0) connection.session.unref();
        reject(new ConnectionLost());
      });
      if (request.body) stream.end(request.body);
    });
  }
}

const refusedStream = 7; // RFC 9113, section 7: REFUSED_STREAM
const goingAwayCodes = new Set(['ERR_HTTP2_GOAWAY_SESSION', 'ERR_HTTP2_INVALID_SESSION']);
const isGoingAway = (error: NodeJS.ErrnoException): boolean => goingAwayCodes.has(error.code ?? '');

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** The promise's value, unless the signal is faster: what comes too late stays for others. */
function whileWanted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new NoConnectionYet(signal.reason));
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

function tlsOptionsOf(url: URL, tls: TlsOptions, protocols: string[]): ConnectionOptions {
  const host = hostOf(url);
  return { ...tls, host, port: Number(url.port || 443), servername: tls.servername ?? (isIP(host) ? '' : host), ALPNProtocols: protocols };
}

/** As long as Go waits for each. */
function openTls(options: ConnectionOptions, closing: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // Loaded with the first connection that needs it: a third of a short program's time.
    const socket = process.getBuiltinModule('node:tls').connect(options);
    const close = (): void => void socket.destroy(closing.reason as Error);
    closing.addEventListener('abort', close, { once: true });
    const limit = (milliseconds: number, problem: string): NodeJS.Timeout => setTimeout(() => socket.destroy(new Error(problem)), milliseconds);
    const shaking = (): NodeJS.Timeout => limit(handshakeTimeoutMs, 'net/http: TLS handshake timeout');
    let timer = options.socket ? shaking() : limit(connectTimeoutMs, `dial tcp ${options.host}:${options.port}: i/o timeout`);
    socket.once('connect', () => {
      clearTimeout(timer);
      timer = shaking();
    });
    socket.once('close', () => {
      clearTimeout(timer);
      closing.removeEventListener('abort', close);
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      closing.removeEventListener('abort', close);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Notices a peer that vanished: without it a watch over a dead connection would wait for ever (client-go: ping after 30 s, 15 s to answer). */
function keepAlive(session: ClientHttp2Session): NodeJS.Timeout {
  const timer = setInterval(() => {
    if (session.destroyed) return;
    const late = setTimeout(() => session.destroy(new Error('the server did not answer a ping')), pingTimeoutMs).unref();
    session.ping(() => clearTimeout(late));
  }, pingEveryMs);
  return timer.unref();
}
