import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { FlushTurns } from '../watch/flush-turns.ts';
import { departure } from './departure.ts';
import { ClientGone, type Exchange, type ResponseHeaders, smallBytes, splitUrl } from './exchange.ts';

/**
 * Small answers leave together at the end of a turn of the event loop. Written one by one as they become ready, each wakes its client, which under load
 * costs as much as all the rest of a small request. Larger answers leave at once: what is written at the end of a turn counts as unsent until the end of the next one, and Node stops reading from a connection with
 * much unsent when its next request begins: the rest of that request, when it came in the same packet, would be refused.
 */
const answerTurns = new FlushTurns();

/** An exchange over HTTP/1.1. */
export class Http1Exchange implements Exchange {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #abort: AbortController | undefined;
  #isSmall = true;
  #left: Promise<void> | undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
    this.method = request.method ?? 'GET';
    this.url = request.url ?? '/';
    const { path, query } = splitUrl(this.url);
    this.path = path;
    this.query = query;
  }

  get socket(): TLSSocket {
    return this.#request.socket as TLSSocket;
  }

  get signal(): AbortSignal {
    if (this.#abort) return this.#abort.signal;
    const abort = (this.#abort = new AbortController());
    const response = this.#response;
    response.on('close', () => {
      if (!response.writableFinished) abort.abort(new ClientGone());
    });
    return abort.signal;
  }

  get body(): Readable {
    return this.#request;
  }

  get hasAnswered(): boolean {
    return this.#response.headersSent;
  }

  get status(): number {
    return this.#response.headersSent ? this.#response.statusCode : 0;
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

  send(status: number, headers: ResponseHeaders, body?: Buffer | string): void {
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    headers['content-length'] = length;
    this.#response.writeHead(status, headers);
    this.#isSmall = length <= smallBytes;
    if (this.#isSmall) answerTurns.add(() => this.#response.end(body));
    else this.#response.end(body);
  }

  open(status: number, headers: ResponseHeaders): Writable {
    this.#isSmall = false;
    this.#response.writeHead(status, headers);
    this.#response.flushHeaders();
    return this.#response;
  }

  left(seconds: number): Promise<void> | undefined {
    if (this.#isSmall) return undefined;
    return (this.#left ??= departure(this.#response, seconds, () => this.#response.destroy()));
  }

  abort(): void {
    if (!this.#response.writableEnded) this.#response.destroy();
  }

  onFinish(callback: () => void): void {
    this.#response.on('close', callback);
  }
}
