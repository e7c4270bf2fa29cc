import type { Clock } from '../kernel/clock.ts';
import type { TransportOptions } from './http-transport.ts';

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
  /** Sent with every request: basic authentication, impersonation. A list is sent as so many headers of one name. */
  readonly headers?: RequestHeaders | undefined;
  /** Credentials that a program or a file gives, and gives anew; beside the fixed ones. */
  readonly credentials?: CredentialSource | undefined;
  /** Opens the way to the server (a proxy's tunnel). */
  readonly openTunnel?: TransportOptions['openTunnel'];
  /** How long a request may take, watches too; 0 or absent: no limit. */
  readonly requestTimeoutMs?: number | undefined;
  /** Told each warning that the server sends (RFC 7234, code 299). */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** Told of each request when its answer begins: for logs. */
  readonly onRequest?: ((request: SentRequest) => void) | undefined;
  readonly clock?: Clock;
  /** Awaited before the first request; what it throws, every request throws. */
  readonly beforeRequests?: (() => Promise<void>) | undefined;
  /** For programs of which most send one request: the first ones go over HTTP/1.1, which is there sooner, and HTTP/2 is used once two are under way. */
  readonly startsWithOne?: boolean | undefined;
  /** Where those first ones go rather than over TLS, if the server answers there. */
  readonly localSocket?: TransportOptions['localSocket'];
}

/** A request whose answer has begun; headers hold credentials. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body?: Buffer | undefined;
  readonly status: number;
  readonly answerHeaders: Readonly<Record<string, unknown>>;
  readonly tookMs: number;
}

export type RequestHeaders = Readonly<Record<string, string | readonly string[]>>;

/** Credentials that may change while the client is used. PEM text. */
export interface Credentials {
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
}

export interface CredentialSource {
  current(): Promise<Credentials>;
  /** The server did not know the credentials that were used: get others, unless somebody did already. Answers whether it is worth another try. */
  refused(used: Credentials | undefined): Promise<boolean>;
}
