/** A walk over the tokens of a source that reports what does not fit, in the words of upstream's generated parser. */
import type { Problem } from './issues.ts';
import type { Token, TokenKind } from './lexer.ts';

/** Stops the parser; the problem is reported already. */
export class Stop extends Error {}

export class TokenCursor {
  readonly #tokens: readonly Token[];
  readonly #problems: Problem[];
  #at = 0;

  /** The last token is the end. */
  constructor(tokens: readonly Token[], problems: Problem[]) {
    this.#tokens = tokens;
    this.#problems = problems;
  }

  /** A token further on; undefined behind the end. */
  ahead(count: number): Token | undefined {
    return this.#tokens[this.#at + count];
  }

  skip(count: number): void {
    this.#at += count;
  }

  get token(): Token {
    return this.#tokens[this.#at] as Token;
  }

  next(): Token {
    const token = this.token;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  is(text: string): boolean {
    const { kind, text: found } = this.token;
    return found === text && (kind === 'operator' || kind === 'keyword');
  }

  accept(text: string): Token | undefined {
    return this.is(text) ? this.next() : undefined;
  }

  require(text: string, expected = `'${text}'`): Token {
    const found = this.accept(text);
    if (found) return found;
    // A bracket that the end of the text lacks is taken as if it stood there.
    if (this.token.kind === 'end' && /^'[)\]]'$/.test(expected)) this.unexpected(`missing ${expected} at '<EOF>'`);
    return this.unexpected(this.#extraneous(expected));
  }

  requireEnd(): void {
    if (this.token.kind !== 'end') this.unexpected(this.#extraneous('<EOF>'));
  }

  requireKind(kind: TokenKind, expected: string): Token {
    return this.token.kind === kind ? this.next() : this.unexpected(`mismatched input '${this.token.text}' expecting ${expected}`);
  }

  #extraneous(expected: string): string {
    const following = this.ahead(1);
    // A single token too many is skipped by upstream's parser, and said so.
    const isOneTooMany = this.token.kind !== 'end' && following !== undefined && `'${following.text}'` === expected.replace('<EOF>', "'<EOF>'");
    return `${isOneTooMany ? 'extraneous' : 'mismatched'} input '${this.token.text}' expecting ${expected}`;
  }

  unexpected(message: string): never {
    this.#problems.push({ message: `Syntax error: ${message}`, offset: this.token.offset });
    throw new Stop();
  }
}
