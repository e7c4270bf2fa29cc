/** Splits a source text into tokens. */
import type { Problem } from './issues.ts';

export type TokenKind = 'integer' | 'unsigned' | 'double' | 'string' | 'bytes' | 'identifier' | 'quoted-identifier' | 'operator' | 'keyword' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As it is written. */
  readonly text: string;
  readonly offset: number;
}

const keywords = new Set(['true', 'false', 'null', 'in']);
const whitespace = /(?:[\t \r\n\f]+|\/\/[^\n]*)+/y;
const number = /0x[0-9a-fA-F]+[uU]?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|\d+[uU]?/y;
const identifier = /[A-Za-z_][A-Za-z0-9_]*/y;
const quotedIdentifier = /`[A-Za-z0-9_.\-/ ]+`/y;
const operator = /==|!=|<=|>=|&&|\|\||[[\]{}().,\-!?:+*/%<>]/y;
const stringStart = /([bB]?)([rR]?)("""|'''|"|')/y;

/** The tokens, an `end` token last. What is no token is left out and reported. */
export function tokenize(source: string, problems: Problem[]): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  while (at < source.length) {
    const space = match(whitespace);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const token = readString(source, at) ?? readToken(match, at);
    if (token) {
      tokens.push(token);
      at += token.text.length;
      continue;
    }
    const wrong = String.fromCodePoint(source.codePointAt(at) as number);
    const skipped = unrecognized(source, at, wrong);
    problems.push({ message: `Syntax error: token recognition error at: '${skipped}'`, offset: at });
    at += skipped.length;
  }
  tokens.push({ kind: 'end', text: '<EOF>', offset: source.length });
  return tokens;
}

function readToken(match: (pattern: RegExp) => string | undefined, offset: number): Token | undefined {
  const numeric = match(number);
  if (numeric !== undefined) return { kind: numberKind(numeric), text: numeric, offset };
  const word = match(identifier);
  if (word !== undefined) return { kind: keywords.has(word) ? 'keyword' : 'identifier', text: word, offset };
  const quoted = match(quotedIdentifier);
  if (quoted !== undefined) return { kind: 'quoted-identifier', text: quoted, offset };
  const sign = match(operator);
  return sign === undefined ? undefined : { kind: 'operator', text: sign, offset };
}

function numberKind(text: string): TokenKind {
  if (/[uU]$/.test(text)) return 'unsigned';
  return !text.startsWith('0x') && /[.eE]/.test(text) ? 'double' : 'integer';
}

/** An unfinished string is wrong as a whole up to its line's end, half an operator together with what follows, anything else by its character. */
function unrecognized(source: string, at: number, character: string): string {
  if ('=&|'.includes(character)) return character + (source[at + 1] ?? '');
  if (character !== '"' && character !== "'") return character;
  const end = source.indexOf('\n', at);
  return source.slice(at, end < 0 ? Math.min(source.length, at + 200) : Math.min(end, at + 200));
}

function readString(source: string, offset: number): Token | undefined {
  stringStart.lastIndex = offset;
  const start = stringStart.exec(source);
  if (!start) return undefined;
  const [all, bytes, raw, quote] = start as unknown as [string, string, string, string];
  let end = findQuote(source, offset + all.length, quote, raw !== '');
  // An empty string looks like the start of a long one whose end is missing.
  if (end < 0 && quote.length === 3) end = offset + all.length - 2;
  if (end < 0) return undefined;
  const closing = end === offset + all.length - 2 && quote.length === 3 ? 1 : quote.length;
  return { kind: bytes === '' ? 'string' : 'bytes', text: source.slice(offset, end + closing), offset };
}

/** The offset of the closing quote, or -1. */
function findQuote(source: string, start: number, quote: string, isRaw: boolean): number {
  for (let at = start; at < source.length; at++) {
    const character = source[at];
    if (character === '\\' && !isRaw) at++;
    else if (quote.length === 1 && (character === '\n' || character === '\r')) return -1;
    else if (source.startsWith(quote, at)) return at;
  }
  return -1;
}
