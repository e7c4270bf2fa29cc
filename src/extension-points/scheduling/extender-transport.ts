import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { transportText } from '../../client/webhook-client.ts';
import type { ExtenderConfiguration } from './configuration/configuration.ts';

const maximumAnswerBytes = 64 * 1024 * 1024;

type Post = Pick<ExtenderConfiguration, 'urlPrefix' | 'httpTimeoutMs'>;

/** Posts JSON to one extender and keeps its connections open. Disposing closes them. */
export class ExtenderTransport implements Disposable {
  readonly #prefix: string;
  readonly #timeoutMs: number;
  readonly #agents: { readonly http: HttpAgent; readonly https: HttpsAgent };

  /** Throws, in upstream's words, for TLS settings that cannot be used. */
  constructor({ urlPrefix, httpTimeoutMs, ...tls }: Post & Pick<ExtenderConfiguration, 'tlsConfig' | 'enableHTTPS'>) {
    this.#prefix = urlPrefix.replace(/\/+$/, '');
    this.#timeoutMs = httpTimeoutMs;
    this.#agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true, ...tlsOptions(tls) }) };
  }

  /** The JSON value that is answered with 200. Anything else, silence and nonsense reject, worded as Go words them; so does the signal. */
  async post(verb: string, value: object, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    const url = `${this.#prefix}/${verb}`;
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    try {
      const { status, text } = await this.#send(url, Buffer.from(JSON.stringify(value)), AbortSignal.any([timeout, signal]));
      if (status !== 200) throw new ExtenderError(`failed ${verb} with extender at URL ${url}, code ${status}`);
      return parsed(text);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ExtenderError) throw error;
      const why = timeout.aborted ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)' : transportText(error, undefined);
      throw new ExtenderError(`Post ${JSON.stringify(url)}: ${why}`, { cause: error });
    }
  }

  [Symbol.dispose](): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  async #send(url: string, body: Buffer, signal: AbortSignal): Promise<{ status: number; text: string }> {
    const { protocol } = targetOf(url);
    const options: RequestOptions = { method: 'POST', signal, headers: { 'content-type': 'application/json', 'content-length': body.length } };
    return new Promise((resolve, reject) => {
      const onAnswer = (answer: IncomingMessage): void => {
        textOf(answer).then((text) => resolve({ status: answer.statusCode ?? 0, text }), reject);
      };
      const outgoing =
        protocol === 'https:'
          ? httpsRequest(url, { ...options, agent: this.#agents.https }, onAnswer)
          : httpRequest(url, { ...options, agent: this.#agents.http }, onAnswer);
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The server closed an idle connection just when it was taken: it has not seen the call.
        if (outgoing.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted) resolve(this.#send(url, body, signal));
        else reject(error);
      });
      outgoing.end(body);
    });
  }
}

/** An extender could not be asked, or answered what it may not. */
export class ExtenderError extends Error {}

function targetOf(url: string): URL {
  const target = URL.parse(url);
  if (!target || (target.protocol !== 'http:' && target.protocol !== 'https:'))
    throw new ExtenderError(`Post ${JSON.stringify(url)}: unsupported protocol scheme ${JSON.stringify(target?.protocol.replace(/:$/, '') ?? '')}`);
  return target;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maximumAnswerBytes) throw new ExtenderError(`the extender's answer is longer than ${maximumAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') throw new ExtenderError('EOF');
  try {
    return JSON.parse(trimmed);
  } catch (cause) {
    const [first = ''] = trimmed;
    const why = /[{["\dtfn-]/.test(first) ? (cause as Error).message : `invalid character ${quoted(first)} looking for beginning of value`;
    throw new ExtenderError(why, { cause });
  }
}

const quoted = (character: string): string => (character === "'" ? "'\\''" : `'${character}'`);

/** What Node's TLS needs of upstream's `tlsConfig`; data goes before files. HTTPS without an authority trusts anybody, as upstream does. */
function tlsOptions({ tlsConfig = {}, enableHTTPS }: Pick<ExtenderConfiguration, 'tlsConfig' | 'enableHTTPS'>): {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  servername?: string;
  rejectUnauthorized?: boolean;
} {
  const ca = bytesOf(tlsConfig.caData, tlsConfig.caFile);
  const cert = bytesOf(tlsConfig.certData, tlsConfig.certFile);
  const key = bytesOf(tlsConfig.keyData, tlsConfig.keyFile);
  const isInsecure = tlsConfig.insecure === true || (enableHTTPS && !ca);
  if (ca && isInsecure) throw new Error("couldn't build extenders: specifying a root certificates file with the insecure flag is not allowed");
  if (Boolean(cert) !== Boolean(key))
    throw new Error(`couldn't build extenders: tls: ${cert ? 'a certificate without its key' : 'a key without its certificate'}`);
  return {
    ...(ca ? { ca } : {}),
    ...(cert && key ? { cert, key } : {}),
    ...(tlsConfig.serverName ? { servername: tlsConfig.serverName } : {}),
    ...(isInsecure ? { rejectUnauthorized: false } : {}),
  };
}

function bytesOf(data: string | undefined, file: string | undefined): Buffer | undefined {
  if (data) return Buffer.from(data, 'base64');
  if (!file) return undefined;
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Error(`couldn't build extenders: open ${file}: ${(cause as NodeJS.ErrnoException).code ?? 'unknown'}`, { cause });
  }
}
