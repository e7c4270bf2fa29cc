import { type IncomingMessage, STATUS_CODES } from 'node:http';
import { type Duplex, Readable, type Writable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { requestInfo } from '../request-info.ts';
import { ClientGone, type Exchange, type ResponseHeaders, splitUrl, type Upgrade } from './exchange.ts';

const sessionSubresources = new Set(['exec', 'attach', 'portforward', 'log']);
const sessionProtocols = /^\s*(?:websocket|spdy\/3\.1)\s*$/i;

/** Whether a request with an `Upgrade` header may leave HTTP. The header means nothing elsewhere: such a request is answered like any other. */
export function isSession(request: IncomingMessage): boolean {
  const { path, query } = splitUrl(request.url ?? '/');
  try {
    const info = requestInfo(request.method ?? 'GET', path, query);
    if (!info.isResource) return false;
    // What lies behind a proxy may speak anything.
    if (info.subresource === 'proxy') return true;
    return sessionSubresources.has(info.subresource) && sessionProtocols.test(request.headers.upgrade ?? '');
  } catch {
    // The path is refused when the request is answered.
    return false;
  }
}

/** An exchange of a client that wants to upgrade the connection. Answered plainly, it gets an ordinary response and the connection ends. */
export class UpgradeExchange implements Exchange {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly upgrade: Upgrade;
  /** Empty: what follows the head belongs to the protocol upgraded to. */
  readonly body: Readable = Readable.from([]);
  readonly #request: IncomingMessage;
  readonly #socket: Duplex;
  readonly #abort = new AbortController();
  #status = 0;
  #isTaken = false;

  constructor(request: IncomingMessage, socket: Duplex, head: Buffer) {
    this.#request = request;
    this.#socket = socket;
    this.method = request.method ?? 'GET';
    this.url = request.url ?? '/';
    const { path, query } = splitUrl(this.url);
    this.path = path;
    this.query = query;
    const take = (): Duplex => {
      this.#isTaken = true;
      this.#status = 101;
      return socket;
    };
    this.upgrade = { head, rawHeaders: request.rawHeaders, take };
    socket.on('close', () => this.#abort.abort(new ClientGone()));
    // Without a listener a reset connection would end the process.
    socket.on('error', () => socket.destroy());
  }

  get socket(): TLSSocket {
    return this.#socket as TLSSocket;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get hasAnswered(): boolean {
    return this.#status !== 0 || this.#isTaken;
  }

  get status(): number {
    return this.#status;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  headerValues(name: string): string[] {
    return this.#request.headersDistinct[name] ?? [];
  }

  headers(): Record<string, string | string[]> {
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(this.#request.headers)) if (value !== undefined) headers[name] = value;
    return headers;
  }

  send(status: number, headers: ResponseHeaders, body: Buffer | string = ''): void {
    this.open(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
  }

  /** The body ends with the connection. */
  open(status: number, headers: ResponseHeaders): Writable {
    this.#status = status;
    const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((text) => `${name}: ${text}\r\n`));
    this.#socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}connection: close\r\n\r\n`);
    return this.#socket;
  }

  /** A session is waited for by whoever serves it; everything else is small. */
  left(): undefined {
    return undefined;
  }

  abort(): void {
    this.#socket.destroy();
  }

  onFinish(callback: () => void): void {
    this.#socket.on('close', callback);
  }
}
