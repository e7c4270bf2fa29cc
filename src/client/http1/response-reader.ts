/** Status and headers of a response. Names of headers are in small letters; values of one name are joined by commas. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ResponseParts {
  head(head: ResponseHead): void;
  data(bytes: Buffer): void;
}

type State = 'head' | 'counted' | 'chunk size' | 'chunk' | 'chunk end' | 'trailers' | 'until the end' | 'done';

const maximumHeadBytes = 256 * 1024;
const maximumSizeLineBytes = 4096;
// The first one counts (as Node has it); values of others are lists.
const singular = new Set(['content-length', 'content-type', 'etag', 'expires', 'last-modified', 'location', 'retry-after', 'server']);

/**
 * Reads one HTTP/1.1 response (RFC 9112) from the bytes of a connection, in whatever pieces they come. It is all that one request needs: Node's own HTTP takes longer to
 * load than the request takes. What the RFC calls malformed is thrown as an error.
 */
export class ResponseReader {
  readonly #method: string;
  readonly #parts: ResponseParts;
  #state: State = 'head';
  #pending: Buffer | undefined;
  /** Of the counted body, or of the chunk. */
  #bytesLeft = 0;
  #isReusable = true;

  constructor(method: string, parts: ResponseParts) {
    this.#method = method;
    this.#parts = parts;
  }

  /** Whether the response is there in full. */
  get isDone(): boolean {
    return this.#state === 'done';
  }

  /** Whether another request may be sent over the connection once this response is done. */
  get isReusable(): boolean {
    return this.#isReusable;
  }

  push(bytes: Buffer): void {
    let rest = this.#pending ? Buffer.concat([this.#pending, bytes]) : bytes;
    this.#pending = undefined;
    while (rest.length > 0) {
      if (this.isDone) {
        this.#isReusable = false; // nobody asked for more
        return;
      }
      const taken = this.#take(rest);
      if (taken < 0) {
        this.#pending = rest;
        return;
      }
      rest = rest.subarray(taken);
    }
  }

  /** The connection has ended. Answers whether the response is complete by it. */
  end(): boolean {
    this.#isReusable = false;
    if (this.#state === 'until the end') this.#state = 'done';
    return this.isDone;
  }

  /** Answers how many bytes were used, or -1 when they are not enough. */
  #take(bytes: Buffer): number {
    switch (this.#state) {
      case 'head':
        return this.#takeLines(bytes, '\r\n\r\n', maximumHeadBytes, (text) => this.#readHead(text));
      case 'chunk size':
        return this.#takeLines(bytes, '\r\n', maximumSizeLineBytes, (line) => this.#readChunkSize(line));
      case 'chunk end':
        return this.#takeLines(bytes, '\r\n', 0, () => (this.#state = 'chunk size'));
      case 'trailers':
        return this.#takeLines(bytes, '\r\n', maximumHeadBytes, (line) => line === '' && (this.#state = 'done'));
      case 'until the end':
        this.#parts.data(bytes);
        return bytes.length;
      default:
        return this.#takeData(bytes);
    }
  }

  #takeLines(bytes: Buffer, end: string, maximum: number, read: (text: string) => void): number {
    const length = bytes.indexOf(end, 0, 'latin1');
    if (length > maximum || (length < 0 && bytes.length > maximum + end.length)) throw malformed('HTTP response: a line or head is too long');
    if (length < 0) return -1;
    read(bytes.toString('latin1', 0, length));
    return length + end.length;
  }

  #takeData(bytes: Buffer): number {
    const data = bytes.length > this.#bytesLeft ? bytes.subarray(0, this.#bytesLeft) : bytes;
    this.#bytesLeft -= data.length;
    this.#parts.data(data);
    if (this.#bytesLeft === 0) this.#state = this.#state === 'chunk' ? 'chunk end' : 'done';
    return data.length;
  }

  #readHead(text: string): void {
    const [statusLine = '', ...lines] = text.split('\r\n');
    const [, minor, code] = /^HTTP\/1\.(\d) (\d{3})(?: |$)/.exec(statusLine) ?? [];
    if (code === undefined) throw malformed(`HTTP response ${JSON.stringify(statusLine.slice(0, 100))}`);
    const status = Number(code);
    const headers = readHeaders(lines);
    if (status === 101) throw malformed('HTTP response: the server switched protocols unasked');
    if (status < 200) return; // an interim response; the real one follows
    const connection = (headers['connection'] ?? '').toLowerCase();
    if (/\bclose\b/.test(connection) || (minor === '0' && !/\bkeep-alive\b/.test(connection))) this.#isReusable = false;
    this.#state = this.#bodyState(status, headers);
    this.#parts.head({ status, headers });
  }

  /** RFC 9112, section 6.3. */
  #bodyState(status: number, headers: ResponseHead['headers']): State {
    if (this.#method === 'HEAD' || status === 204 || status === 304) return 'done';
    const coding = headers['transfer-encoding'];
    const length = headers['content-length'];
    if (coding !== undefined) {
      if (length !== undefined) this.#isReusable = false;
      if (coding.trim().toLowerCase() !== 'chunked') throw malformed(`HTTP response: unsupported transfer encoding: ${JSON.stringify(coding)}`);
      return 'chunk size';
    }
    if (length === undefined) return 'until the end';
    if (!/^\d{1,15}$/.test(length)) throw malformed(`HTTP response: bad Content-Length ${JSON.stringify(length)}`);
    this.#bytesLeft = Number(length);
    return this.#bytesLeft === 0 ? 'done' : 'counted';
  }

  #readChunkSize(line: string): void {
    const [, size] = /^([\da-f]{1,12})[ \t]*(?:;|$)/i.exec(line) ?? [];
    if (size === undefined) throw malformed(`chunked encoding: ${JSON.stringify(line.slice(0, 100))}`);
    this.#bytesLeft = Number.parseInt(size, 16);
    this.#state = this.#bytesLeft === 0 ? 'trailers' : 'chunk';
  }
}

function readHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (colon <= 0 || !/^[!#$%&'*+\-.^_`|~\da-z]+$/.test(name)) throw malformed(`MIME header line: ${line.slice(0, 100)}`);
    const value = line.slice(colon + 1).trim();
    const earlier = headers[name];
    if (earlier === undefined) headers[name] = value;
    else if (!singular.has(name)) headers[name] = `${earlier}, ${value}`;
    else if (name === 'content-length' && earlier !== value) throw malformed('HTTP response: multiple Content-Length headers');
  }
  return headers;
}

/** The code begins as those of Node's own parser. */
const malformed = (what: string): Error => Object.assign(new Error(`malformed ${what}`), { code: 'HPE_MALFORMED' });
