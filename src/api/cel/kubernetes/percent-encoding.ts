/** Percent-encoding as Go's `net/url` does it. Texts are bytes, one character each. */
import { goQuote, goQuoteBytes } from './go-quote.ts';

export type UrlPart = 'path' | 'host' | 'zone' | 'user' | 'query' | 'fragment';

const unreserved = '\\w.~\\-';
/** The characters that stand for themselves in each part. */
const plain: Readonly<Record<UrlPart, RegExp>> = {
  path: new RegExp(`[${unreserved}$&+,/:;=@]`),
  host: new RegExp(`[${unreserved}!$&'()*+,;=:[\\]<>"]`),
  zone: new RegExp(`[${unreserved}!$&'()*+,;=:[\\]<>"]`),
  user: new RegExp(`[${unreserved}$&+,;=]`),
  query: new RegExp(`[${unreserved}]`),
  fragment: new RegExp(`[${unreserved}$&+,/:;=?@!()*]`),
};

export class UrlProblem extends Error {
  override readonly name = 'UrlProblem';
}

/** Undoes percent-encoding. Throws a UrlProblem. */
export function decodePercent(bytes: string, part: UrlPart): string {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === '%') {
      const code = bytes.slice(at, at + 3);
      if (!/^%[0-9A-Fa-f]{2}$/.test(code) || !mayBeEncoded(code, part)) throw new UrlProblem(`invalid URL escape ${goQuoteBytes(code)}`);
      at += 2;
    } else if ((part === 'host' || part === 'zone') && byte < '\x80' && !plain[part].test(byte)) {
      throw new UrlProblem(`invalid character ${goQuote(byte)} in host name`);
    }
  }
  const spaced = part === 'query' ? bytes.replaceAll('+', ' ') : bytes;
  return spaced.replace(/%(..)/gs, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** RFC 3986 allows in a host only what is not ASCII to be encoded, and RFC 6874 the percent sign before a zone. */
function mayBeEncoded(code: string, part: UrlPart): boolean {
  const byte = Number.parseInt(code.slice(1), 16);
  if (code === '%25') return true;
  if (part === 'host') return byte >= 0x80;
  return part !== 'zone' || byte === 0x20 || plain.host.test(String.fromCharCode(byte));
}

export function encodePercent(bytes: string, part: UrlPart): string {
  const keeps = plain[part];
  return bytes.replace(/[^\w.~-]/g, (byte) => {
    if (keeps.test(byte)) return byte;
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

const encoded: Readonly<Record<'path' | 'fragment', RegExp>> = {
  path: new RegExp(`^[${unreserved}!$&'()*+,/:;=@[\\]%]*$`),
  fragment: new RegExp(`^[${unreserved}!$&'()*+,/:;=?@[\\]%]*$`),
};

/** Whether text is written as some encoder could have: it holds only what may stand in the part. */
export const isPercentEncoded = (bytes: string, part: 'path' | 'fragment'): boolean => encoded[part].test(bytes);
