import type { Duplex, Readable, Writable } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** Header values by lower-case name. */
export type ResponseHeaders = Record<string, string | number | string[]>;

/** One request and its answer, over HTTP/1.1 or HTTP/2. */
export interface Exchange {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  /** The path alone, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The connection; identifies the peer. */
  readonly socket: TLSSocket;
  /** Aborts when the client goes before the answer is complete. */
  readonly signal: AbortSignal;
  header(name: string): string | undefined;
  /** Every occurrence of a header. */
  headerValues(name: string): string[];
  /** All headers, for forwarding. Names are lower case; HTTP/2 pseudo-headers are left out. */
  headers(): Record<string, string | string[]>;
  readonly body: Readable;
  /** The whole body, once somebody asked for it. */
  received?: Promise<Buffer>;
  /** Whether the head of the answer has been sent. */
  readonly hasAnswered: boolean;
  /** The status that was sent; 0 before. */
  readonly status: number;
  /** Answers completely. A HEAD request gets the length of the body alone. */
  send(status: number, headers: ResponseHeaders, body?: Buffer | string): void;
  /** Sends the head and hands out the body to be written to and ended. */
  open(status: number, headers: ResponseHeaders): Writable;
  /**
   * Settles when a large answer is with the kernel or its client has gone; what is called first says after how many seconds it is broken off. `undefined` when
   * there is nothing to wait for: small answers are not waited for. Never rejects.
   */
  left(seconds: number): Promise<void> | undefined;
  /** Breaks the answer off, so that the client does not take what it got for the whole. */
  abort(): void;
  /** There when the client asked to leave HTTP (`Upgrade`): the raw connection, and what it sent already. */
  readonly upgrade?: Upgrade;
  /** Called once when the answer is complete or the client has gone. */
  onFinish(callback: () => void): void;
}

/** A connection that may leave HTTP. Whoever takes it owns the socket from then on. */
export interface Upgrade {
  readonly head: Buffer;
  /** Name, value, name, value; as sent. */
  readonly rawHeaders: readonly string[];
  take(): Duplex;
}

const noQuery = new URLSearchParams();

/** Splits a URL at its question mark. Many requests have no query; they share an empty one. */
export function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: noQuery } : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

/** Answers up to this are small: what their clients have not read yet is no burden. */
export const smallBytes = 16 * 1_024;

/** The error of a signal whose client has gone. */
export class ClientGone extends Error {
  constructor() {
    super('the client closed the connection');
    this.name = 'ClientGone';
  }
}
