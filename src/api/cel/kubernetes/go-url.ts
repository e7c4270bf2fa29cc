/** URLs (`kubernetes.URL`) as Go's `net/url` (1.26) reads and writes them. */
import { opaqueType } from '../types.ts';
import { OpaqueValue } from '../values.ts';
import { goQuote } from './go-quote.ts';
import { parseAddress } from './ip-address.ts';
import { decodePercent, encodePercent, isPercentEncoded, UrlProblem } from './percent-encoding.ts';

export const urlType = opaqueType('kubernetes.URL');

/** The parts of a URL: bytes, one character each. */
interface Parts {
  scheme: string;
  /** What follows the scheme when it does not start with a slash. */
  opaque: string;
  user: { readonly name: string; readonly password: string | undefined } | undefined;
  host: string;
  /** The scheme is followed by a path without `//`. */
  hasNoAuthority: boolean;
  path: string;
  /** The path as it was written. */
  writtenPath: string;
  query: string;
  endsInQuestionMark: boolean;
  fragment: string;
  writtenFragment: string;
}

/** Go's limit: a query of more parameters reads as an empty one. */
const maximumParameters = 10_000;

export class GoUrl extends OpaqueValue {
  override readonly type = urlType;
  readonly #parts: Parts;
  // Asking a URL costs expressions next to nothing, however long it is: what takes long is done once.
  #query: ReadonlyMap<string, readonly string[]> | undefined;
  #escapedPath: string | undefined;
  #text: string | undefined;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  get scheme(): string {
    return this.#parts.scheme;
  }

  /** With the port. */
  get host(): string {
    return fromBytes(this.#parts.host);
  }

  /** Without the port, and without the brackets of an IPv6 address. */
  get hostname(): string {
    const [host] = splitPort(this.#parts.host);
    return fromBytes(/^\[.*\]$/s.test(host) ? host.slice(1, -1) : host);
  }

  get port(): string {
    return splitPort(this.#parts.host)[1];
  }

  get escapedPath(): string {
    this.#escapedPath ??= escaped(this.#parts.path, this.#parts.writtenPath, 'path');
    return this.#escapedPath;
  }

  /** The values of each key, in their order. Parameters that are not well-formed are left out. */
  get query(): ReadonlyMap<string, readonly string[]> {
    this.#query ??= readQuery(this.#parts.query);
    return this.#query;
  }

  override equals(other: OpaqueValue): boolean {
    return other instanceof GoUrl && this.toString() === other.toString();
  }

  override toString(): string {
    this.#text ??= write(this.#parts);
    return this.#text;
  }
}

function readQuery(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  const parameters = query.split('&');
  if (parameters.length > maximumParameters) return values;
  for (const parameter of parameters) {
    if (parameter === '' || parameter.includes(';')) continue;
    const [key, value] = cut(parameter, '=').map(decodedOrNothing);
    if (key === undefined || value === undefined) continue;
    const known = values.get(key);
    if (known) known.push(value);
    else values.set(key, [value]);
  }
  return values;
}

function write(parts: Parts): string {
  const query = parts.endsInQuestionMark || parts.query !== '' ? `?${parts.query}` : '';
  const fragment = parts.fragment === '' ? '' : `#${escaped(parts.fragment, parts.writtenFragment, 'fragment')}`;
  return fromBytes(`${parts.scheme === '' ? '' : `${parts.scheme}:`}${parts.opaque === '' ? hierarchy(parts) : parts.opaque}${query}${fragment}`);
}

/** Reads an absolute URI or an absolute path, as in an HTTP request. Answers why when the text is none, in Go's words. */
export function parseRequestUrl(text: string): GoUrl | string {
  const bytes = toBytes(text);
  const [before, fragment] = cut(bytes, '#');
  try {
    // The text must be good as a whole, as if `#` were an ordinary character, and then its fragment is told apart.
    readParts(bytes, true);
  } catch (error) {
    return told(text, error);
  }
  try {
    const parts = readParts(before, false);
    if (fragment === '') return new GoUrl(parts);
    return new GoUrl({ ...parts, fragment: decodePercent(fragment, 'fragment'), writtenFragment: fragment });
  } catch (error) {
    return told(text, error);
  }
}

/** Whether text is an absolute URI or an absolute path; why not, in Go's words, or undefined. */
export function requestUrlProblem(text: string): string | undefined {
  try {
    readParts(toBytes(text), true);
    return undefined;
  } catch (error) {
    return told(text, error);
  }
}

function told(text: string, error: unknown): string {
  if (error instanceof UrlProblem) return `parse ${goQuote(text)}: ${error.message}`;
  throw error;
}

function readParts(bytes: string, isRequest: boolean): Parts {
  if (/[^ -~\u0080-\u00ff]/.test(bytes)) throw new UrlProblem('net/url: invalid control character in URL');
  if (bytes === '' && isRequest) throw new UrlProblem('empty url');
  const parts: Parts = { ...empty };
  if (bytes === '*') return { ...parts, path: '*', writtenPath: '*' };
  if (bytes.startsWith(':')) throw new UrlProblem('missing protocol scheme');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(bytes)?.[1];
  parts.scheme = (scheme ?? '').toLowerCase();
  const afterScheme = scheme === undefined ? bytes : bytes.slice(scheme.length + 1);
  parts.endsInQuestionMark = afterScheme.indexOf('?') === afterScheme.length - 1 && afterScheme !== '';
  const [rest, query] = cut(afterScheme, '?');
  parts.query = query;
  if (!rest.startsWith('/')) {
    if (parts.scheme !== '') return { ...parts, opaque: rest };
    if (isRequest) throw new UrlProblem('invalid URI for request');
    if (cut(rest, '/')[0].includes(':')) throw new UrlProblem('first path segment in URL cannot contain colon');
  }
  return readHierarchy(parts, rest, isRequest);
}

const empty: Parts = {
  scheme: '',
  opaque: '',
  user: undefined,
  host: '',
  hasNoAuthority: false,
  path: '',
  writtenPath: '',
  query: '',
  endsInQuestionMark: false,
  fragment: '',
  writtenFragment: '',
};

function readHierarchy(parts: Parts, rest: string, isRequest: boolean): Parts {
  let path = rest;
  if ((parts.scheme !== '' || (!isRequest && !rest.startsWith('///'))) && rest.startsWith('//')) {
    const end = rest.indexOf('/', 2);
    const authority = end < 0 ? rest.slice(2) : rest.slice(2, end);
    path = end < 0 ? '' : rest.slice(end);
    const at = authority.lastIndexOf('@');
    parts.host = readHost(parts.scheme, authority.slice(at + 1));
    if (at >= 0) parts.user = readUser(authority.slice(0, at));
  } else if (parts.scheme !== '' && rest.startsWith('/')) parts.hasNoAuthority = true;
  parts.path = decodePercent(path, 'path');
  parts.writtenPath = path;
  return parts;
}

function readUser(user: string): Parts['user'] {
  if (!/^[\w.:~!$&'()*+,;=%@-]*$/.test(user)) throw new UrlProblem('net/url: invalid userinfo');
  const [name, password] = cut(user, ':');
  return { name: decodePercent(name, 'user'), password: user.includes(':') ? decodePercent(password, 'user') : undefined };
}

function readHost(scheme: string, host: string): string {
  const bracket = host.lastIndexOf('[');
  if (bracket > 0) throw new UrlProblem('invalid IP-literal');
  if (bracket === 0) return readAddressHost(host);
  const colon = scheme === 'http' || scheme === 'https' ? host.indexOf(':') : host.lastIndexOf(':');
  if (colon >= 0) checkPort(host.slice(colon));
  return decodePercent(host, 'host');
}

/** `[fe80::1%25eth0]:80`. */
function readAddressHost(host: string): string {
  const end = host.lastIndexOf(']');
  if (end < 0) throw new UrlProblem("missing ']' in host");
  const port = host.slice(end + 1);
  checkPort(port);
  const name = host.slice(1, end);
  const zone = name.indexOf('%25');
  const address = zone < 0 ? decodePercent(name, 'host') : decodePercent(name.slice(0, zone), 'host') + decodePercent(name.slice(zone), 'zone');
  const parsed = parseAddress(fromBytes(address));
  if (typeof parsed === 'string') throw new UrlProblem(`invalid host: ${parsed}`);
  if (parsed.bytes.length === 4) throw new UrlProblem('invalid IP-literal');
  return `[${address}]${port}`;
}

function checkPort(port: string): void {
  if (!/^(?::\d*)?$/.test(port)) throw new UrlProblem(`invalid port ${goQuote(fromBytes(port))} after host`);
}

function splitPort(host: string): readonly [string, string] {
  const match = /^(.*):(\d*)$/s.exec(host);
  return match ? [match[1]!, match[2]!] : [host, ''];
}

/** Everything between the scheme and the query. */
function hierarchy(parts: Parts): string {
  const path = escaped(parts.path, parts.writtenPath, 'path');
  const { user, host } = parts;
  const hasAuthority = (parts.scheme !== '' || host !== '' || user !== undefined) && !(parts.hasNoAuthority && host === '' && user === undefined);
  const slashes = hasAuthority && (host !== '' || parts.path !== '' || user !== undefined) ? '//' : '';
  const login = user ? `${encodePercent(user.name, 'user')}${user.password === undefined ? '' : `:${encodePercent(user.password, 'user')}`}@` : '';
  const authority = hasAuthority ? `${slashes}${login}${encodePercent(host, 'host')}` : '';
  return `${authority}${path !== '' && !path.startsWith('/') && host !== '' ? '/' : ''}${path}`;
}

/** A part as it was written if that is well-formed, else encoded anew. */
function escaped(value: string, written: string, part: 'path' | 'fragment'): string {
  if (isPercentEncoded(written, part)) return written;
  return value === '*' && part === 'path' ? value : encodePercent(value, part);
}

function decodedOrNothing(bytes: string): string | undefined {
  try {
    return fromBytes(decodePercent(bytes, 'query'));
  } catch (error) {
    if (error instanceof UrlProblem) return undefined;
    throw error;
  }
}

function cut(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

const toBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const fromBytes = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
