/** The values of literal tokens. */
import type { TokenKind } from './lexer.ts';
import { Double, maximumInt, maximumUint, minimumInt, toInt, Uint, type Value } from './values.ts';

export type ReadLiteral = { readonly value: Value; readonly problem?: undefined } | { readonly problem: string };

/** The value of a token; `text` is the token's, a minus before it where one belongs to the number. */
export function readLiteral(kind: TokenKind, text: string): ReadLiteral {
  switch (kind) {
    case 'integer':
      return valueOr(readInteger(text), 'invalid int literal');
    case 'unsigned':
      return valueOr(readUnsigned(text), 'invalid uint literal');
    case 'double':
      return valueOr(readDouble(text), 'invalid double literal');
    case 'bytes':
      return valueOr(readBytes(text), cannotUnescape);
    default:
      return readString(text);
  }
}

const cannotUnescape = 'unable to unescape string';

const valueOr = (value: Value | undefined, problem: string): ReadLiteral => (value === undefined ? { problem } : { value });

/** Undefined: out of range. `text` may start with a minus. */
function readInteger(text: string): number | bigint | undefined {
  const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
  return value < minimumInt || value > maximumInt ? undefined : toInt(value);
}

/** Undefined: out of range. */
function readUnsigned(text: string): Uint | undefined {
  const value = BigInt(text.slice(0, -1));
  return value > maximumUint ? undefined : new Uint(value);
}

/** Undefined: out of range. */
function readDouble(text: string): Double | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? new Double(value) : undefined;
}

function readString(token: string): ReadLiteral {
  const { body, isRaw } = stringBody(token);
  if (isRaw || !body.includes('\\')) return { value: body };
  let text = '';
  for (let at = 0; at < body.length; at++) {
    const character = body[at] as string;
    if (character !== '\\') {
      text += character;
      continue;
    }
    const escape = readEscape(body, at + 1);
    if (!escape) return { problem: cannotUnescape };
    if (escape.code > 0x10ffff || (escape.code >= 0xd800 && escape.code <= 0xdfff)) return { problem: 'invalid unicode code point' };
    text += String.fromCodePoint(escape.code);
    at = escape.end - 1;
  }
  return { value: text };
}

/** The bytes of a bytes token: characters in UTF-8, `\x` and octal escapes as bytes. */
function readBytes(token: string): Uint8Array | undefined {
  const { body, isRaw } = stringBody(token.slice(1));
  if (isRaw || !body.includes('\\')) return new Uint8Array(Buffer.from(body));
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = body.indexOf('\\'); at >= 0; at = body.indexOf('\\', from)) {
    const escape = readEscape(body, at + 1);
    if (!escape || escape.isCodePoint) return undefined;
    parts.push(Buffer.from(body.slice(from, at)), Buffer.from([escape.code]));
    from = escape.end;
  }
  parts.push(Buffer.from(body.slice(from)));
  return new Uint8Array(Buffer.concat(parts));
}

function stringBody(token: string): { body: string; isRaw: boolean } {
  const isRaw = token.startsWith('r') || token.startsWith('R');
  const quoted = isRaw ? token.slice(1) : token;
  const quotes = quoted.length >= 6 && (quoted.startsWith('"""') || quoted.startsWith("'''")) ? 3 : 1;
  return { body: quoted.slice(quotes, -quotes).replace(/\r\n?/g, '\n'), isRaw };
}

const simpleEscapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 0x5c,
  "'": 0x27,
  '"': 0x22,
  '`': 0x60,
  '?': 0x3f,
};
const hexadecimalLengths: Readonly<Record<string, number>> = { x: 2, X: 2, u: 4, U: 8 };

/** Reads an escape sequence behind its backslash. */
function readEscape(body: string, at: number): { code: number; end: number; isCodePoint: boolean } | undefined {
  const letter = body[at] ?? '';
  const simple = simpleEscapes[letter];
  if (simple !== undefined) return { code: simple, end: at + 1, isCodePoint: false };
  const length = hexadecimalLengths[letter];
  if (length !== undefined) {
    const digits = body.slice(at + 1, at + 1 + length);
    if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits)) return undefined;
    return { code: Number.parseInt(digits, 16), end: at + 1 + length, isCodePoint: length > 2 };
  }
  const octal = body.slice(at, at + 3);
  return /^[0-3][0-7][0-7]$/.test(octal) ? { code: Number.parseInt(octal, 8), end: at + 3, isCodePoint: false } : undefined;
}
