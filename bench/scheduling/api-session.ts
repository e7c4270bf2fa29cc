import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { connect } from 'node:http2';

export interface ApiAddress {
  readonly url: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** One HTTP/2 connection to an API server as its administrator. */
export class ApiSession implements Disposable {
  readonly #session: ClientHttp2Session;

  constructor({ url, ca, certificate, key }: ApiAddress) {
    this.#session = connect(url, { ca, cert: certificate, key, settings: { initialWindowSize: 4 * 1024 * 1024 } });
    this.#session.on('connect', () => this.#session.setLocalWindowSize(64 * 1024 * 1024));
  }

  /** Answers the body of a 2xx; throws the body of any other answer. The body of a PATCH is a JSON patch. */
  send(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const contentType = method === 'PATCH' ? 'application/json-patch+json' : 'application/json';
      const stream = this.#session.request({ ':method': method, ':path': path, ...(body === undefined ? {} : { 'content-type': contentType }) });
      let status = 0;
      let text = '';
      stream.setEncoding('utf8');
      stream.on('response', (headers: IncomingHttpHeaders & { ':status'?: number }) => (status = headers[':status'] ?? 0));
      stream.on('data', (part: string) => (text += part));
      stream.on('error', reject);
      stream.on('end', () => (status >= 200 && status < 300 ? resolve(text) : reject(new Error(`${method} ${path} was answered ${status}: ${text}`))));
      stream.end(body);
    });
  }

  /** Reads the lines of a watch until the session ends. Resolves when the server has begun to answer. */
  watch(path: string, onLine: (line: string) => void): Promise<void> {
    const stream = this.#session.request({ ':path': path, accept: 'application/json' });
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) onLine(line);
    });
    return new Promise((resolve, reject) => {
      stream.on('response', () => resolve());
      stream.on('error', reject);
    });
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}

/** Milliseconds since the epoch with fractions, so that processes can compare them. */
export const preciseNow = (): number => performance.timeOrigin + performance.now();
