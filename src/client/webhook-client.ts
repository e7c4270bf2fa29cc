import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';

/** Where a webhook is and how it is known to be the right one. Certificates and keys are PEM. */
export interface WebhookTarget {
  /** `https://host[:port][/path]`. Of a service: `https://name.namespace.svc:port/path`. */
  readonly url: string;
  /** Dialled instead of the host and port of the URL: a service's endpoint. The certificate must still be for the URL's host. */
  readonly connectTo?: { readonly host: string; readonly port: number };
  /** Authorities that may have signed the server's certificate. Absent: the machine's. */
  readonly ca?: string;
  /** What the server shows as its name, when that is not the URL's host. */
  readonly serverName?: string;
  /** Takes any certificate (kubeconfig files may say so). */
  readonly isUnverified?: boolean;
  /** Who asks, where the webhook wants to know. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
  /** More headers, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WebhookCall {
  /** JSON. */
  readonly body: Buffer;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Longer answers are refused. Default 32 MiB. */
  readonly maximumAnswerBytes?: number;
}

/** A webhook could not be asked, or did not answer with a 2xx. The message is worded as client-go words it. */
export class WebhookError extends Error {
  /** The HTTP status that came, if one did. */
  readonly status: number | undefined;

  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WebhookError';
    this.status = options.status;
  }
}

const defaultAnswerBytes = 32 * 1024 * 1024;
const maximumErrorText = 1_024;

/** Posts JSON to webhooks over HTTPS and keeps connections open for the next call. One client serves one set of trust settings; make a new one when they change. */
export class WebhookClient implements Disposable {
  readonly #target: WebhookTarget;
  readonly #url: URL;
  readonly #agent: HttpsAgent;

  /** Throws TypeError for a URL that is none. */
  constructor(target: WebhookTarget) {
    this.#target = target;
    this.#url = new URL(target.url);
    this.#agent = new HttpsAgent({ keepAlive: true, maxSockets: 64, scheduling: 'lifo' });
  }

  /**
   * Posts `body` and answers the body of a 2xx answer. `connectTo` of the call goes before that of the target: endpoints of services come and go.
   * Rejects with `WebhookError`, or with the signal's reason.
   */
  async post(call: WebhookCall, connectTo = this.#target.connectTo): Promise<Buffer> {
    const { body, timeoutMs, signal, maximumAnswerBytes = defaultAnswerBytes } = call;
    signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(timeoutMs);
    const isOver = signal ? AbortSignal.any([timeout, signal]) : timeout;
    try {
      const { status, bytes } = await this.#send(body, { isOver, maximumAnswerBytes, connectTo });
      if (status >= 200 && status < 300) return bytes;
      throw statusError(status, bytes);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof WebhookError) throw error;
      const why = timeout.aborted ? 'context deadline exceeded' : transportText(error, connectTo);
      throw new WebhookError(`Post ${JSON.stringify(this.#target.url)}: ${why}`, { cause: error });
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #send(
    body: Buffer,
    how: { isOver: AbortSignal; maximumAnswerBytes: number; connectTo: WebhookTarget['connectTo'] },
  ): Promise<{ status: number; bytes: Buffer }> {
    const { isOver, maximumAnswerBytes, connectTo } = how;
    return new Promise((resolve, reject) => {
      const outgoing = httpsRequest(this.#requestOptions(body.length, { isOver, connectTo }), (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > maximumAnswerBytes) return answer.destroy(new Error(`the answer is longer than ${maximumAnswerBytes} bytes`));
          chunks.push(chunk);
          return answer;
        });
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, bytes: Buffer.concat(chunks) }));
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The server closed an idle connection just when it was taken: it has not seen the call, and reviews may be asked twice.
        if (outgoing.reusedSocket && error.code === 'ECONNRESET' && !isOver.aborted) resolve(this.#send(body, how));
        else reject(error);
      });
      outgoing.end(body);
    });
  }

  #requestOptions(length: number, { isOver, connectTo }: { isOver: AbortSignal; connectTo: WebhookTarget['connectTo'] }): RequestOptions {
    const { ca, serverName, isUnverified, clientCertificate, headers } = this.#target;
    const host = bareHost(this.#url.hostname);
    const name = serverName ?? host;
    return {
      agent: this.#agent,
      method: 'POST',
      host: connectTo?.host ?? host,
      port: connectTo?.port ?? (this.#url.port || 443),
      path: this.#url.pathname + this.#url.search,
      // An address is no server name, but the certificate must be for it all the same.
      servername: isIP(name) === 0 ? name : '',
      signal: isOver,
      headers: { host: this.#url.host, 'content-type': 'application/json', accept: 'application/json', 'content-length': length, ...headers },
      ...(ca === undefined ? {} : { ca }),
      ...(isUnverified ? { rejectUnauthorized: false } : {}),
      ...(clientCertificate ? { cert: clientCertificate.certificate, key: clientCertificate.key } : {}),
    };
  }
}

const bareHost = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

/** Node's errors in the words that Go has for them: people search for these. */
export function transportText(error: unknown, connectTo: WebhookTarget['connectTo']): string {
  const { code = '', message, address, port, hostname } = error as NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string };
  const at = address === undefined ? `${connectTo?.host ?? ''}:${connectTo?.port ?? ''}` : `${address.includes(':') ? `[${address}]` : address}:${port ?? ''}`;
  if (code === 'ECONNREFUSED') return `dial tcp ${at}: connect: connection refused`;
  if (code === 'EHOSTUNREACH') return `dial tcp ${at}: connect: no route to host`;
  if (code === 'ENETUNREACH') return `dial tcp ${at}: connect: network is unreachable`;
  if (code === 'ETIMEDOUT') return `dial tcp ${at}: i/o timeout`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${hostname ?? ''}: no such host`;
  if (code === 'ECONNRESET') return 'EOF';
  if (certificateCodes.has(code)) return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
  if (code === 'CERT_HAS_EXPIRED') return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `tls: failed to verify certificate: x509: ${message}`;
  return message;
}

const certificateCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]);

/** A refusal by status: a `Status` in the body speaks for itself, other answers are worded as client-go does. */
function statusError(status: number, bytes: Buffer): WebhookError {
  const text = bytes.subarray(0, maximumErrorText).toString().trim();
  return new WebhookError(statusMessage(bytes) ?? wordsOf(status, text), { status });
}

function statusMessage(bytes: Buffer): string | undefined {
  try {
    const value = JSON.parse(bytes.toString()) as { kind?: unknown; message?: unknown } | null;
    return value?.kind === 'Status' && typeof value.message === 'string' ? value.message : undefined;
  } catch {
    return undefined; // most servers answer an error with plain text
  }
}

function wordsOf(status: number, text: string): string {
  const quoted = text === '' ? 'unknown' : text;
  switch (status) {
    case 401:
      return 'the server has asked for the client to provide credentials';
    case 403:
      return `forbidden: ${quoted}`;
    case 404:
      return 'the server could not find the requested resource';
    case 405:
      return 'the server does not allow this method on the requested resource';
    case 429:
      return 'the server has received too many requests and has asked us to try again later';
    case 503:
      return 'the server is currently unable to handle the request';
    default:
      return status >= 500
        ? `an error on the server (${JSON.stringify(quoted)}) has prevented the request from succeeding`
        : `the server responded with the status code ${status} but did not return more information`;
  }
}
