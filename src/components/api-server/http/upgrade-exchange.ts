import { STATUS_CODES, type IncomingMessage } from 'node:http';
import { PassThrough, type Duplex, type Readable, type Writable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { ClientGone, splitUrl, type Exchange, type ResponseHeaders, type Upgrade } from './exchange.ts';

/** An exchange of a client that wants to upgrade the connection. Answered plainly, it gets an ordinary response and the connection ends. */
export class UpgradeExchange implements Exchange {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly upgrade: Upgrade;
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

  get body(): Readable {
    return new PassThrough().end();
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

  abort(): void {
    this.#socket.destroy();
  }

  onFinish(callback: () => void): void {
    this.#socket.on('close', callback);
  }
}
