import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Readable, Writable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { departure } from './departure.ts';
import { ClientGone, type Exchange, type ResponseHeaders, smallBytes, splitUrl } from './exchange.ts';

/** What the `stream` event of an HTTP/2 server hands over. */
export interface Http2Request {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value. */
  readonly rawHeaders: readonly string[];
}

/** An exchange over one HTTP/2 stream, without Node's compatibility layer (a third of its cost). */
export class Http2Exchange implements Exchange {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly #request: Http2Request;
  #abort: AbortController | undefined;
  #status = 0;
  #isSmall = true;
  #left: Promise<void> | undefined;

  constructor(request: Http2Request) {
    this.#request = request;
    this.method = request.headers[':method'] ?? 'GET';
    this.url = request.headers[':path'] ?? '/';
    const { path, query } = splitUrl(this.url);
    this.path = path;
    this.query = query;
  }

  get socket(): TLSSocket {
    return this.#request.stream.session!.socket as TLSSocket;
  }

  get signal(): AbortSignal {
    if (this.#abort) return this.#abort.signal;
    const abort = (this.#abort = new AbortController());
    const { stream } = this.#request;
    stream.on('close', () => {
      // Whoever has answered in full has nothing left to give up; Node counts an answer as finished only after this.
      if (!stream.writableEnded) abort.abort(new ClientGone());
    });
    return abort.signal;
  }

  get body(): Readable {
    return this.#request.stream;
  }

  get hasAnswered(): boolean {
    return this.#request.stream.headersSent;
  }

  get status(): number {
    return this.#status;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  headerValues(name: string): string[] {
    const raw = this.#request.rawHeaders;
    const values: string[] = [];
    for (let at = 0; at < raw.length; at += 2) if (raw[at]!.toLowerCase() === name) values.push(raw[at + 1]!);
    return values;
  }

  headers(): Record<string, string | string[]> {
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(this.#request.headers)) if (value !== undefined && !name.startsWith(':')) headers[name] = value;
    return headers;
  }

  send(status: number, headers: ResponseHeaders, body?: Buffer | string): void {
    const { stream } = this.#request;
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    if (!this.#begin(status, headers, length)) return;
    this.#isSmall = length <= smallBytes;
    // Node ends the stream of a HEAD request with its head.
    if (this.method !== 'HEAD') stream.end(body);
  }

  open(status: number, headers: ResponseHeaders): Writable {
    this.#isSmall = false;
    this.#begin(status, headers);
    return this.#request.stream;
  }

  left(seconds: number): Promise<void> | undefined {
    if (this.#isSmall) return undefined;
    const { stream } = this.#request;
    return (this.#left ??= departure(stream, seconds, () => stream.close(constants.NGHTTP2_CANCEL)));
  }

  abort(): void {
    const { stream } = this.#request;
    if (!stream.writableEnded) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  onFinish(callback: () => void): void {
    this.#request.stream.on('close', callback);
  }

  /** A stream that the client has reset takes no answer. */
  #begin(status: number, headers: ResponseHeaders, length?: number): boolean {
    const { stream } = this.#request;
    if (stream.destroyed || stream.closed) return false;
    this.#status = status;
    headers[':status'] = status;
    if (length !== undefined) headers['content-length'] = length;
    stream.respond(headers);
    return true;
  }
}
