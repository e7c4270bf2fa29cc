import { unquote } from '../jsonpath/unquote.ts';

export type TokenKind = 'identifier' | 'field' | 'dot' | 'variable' | 'string' | 'number' | 'character' | 'operator';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Of strings and numbers. */
  readonly value?: string | number;
  readonly hasBlankBefore: boolean;
  /** Where it begins in the template. */
  readonly start: number;
  readonly end: number;
}

/** A piece of a template: text, or the tokens between `{{` and `}}`. */
export type Piece = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'action'; readonly tokens: readonly Token[]; readonly start: number };

/** A fault of a template's text; `position` counts characters. */
export class TemplateSyntaxError extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.name = 'TemplateSyntaxError';
    this.position = position;
  }
}

/** Splits a template at its actions; `{{-` and `-}}` take the blanks beside them away, comments vanish. */
export function readPieces(template: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimsStart = false;
  for (;;) {
    const open = template.indexOf('{{', at);
    const isTrimming = open >= 0 && template[open + 2] === '-' && /\s/.test(template[open + 3] ?? '');
    let text = template.slice(at, open < 0 ? undefined : open);
    if (trimsStart) text = text.trimStart();
    if (isTrimming) text = text.trimEnd();
    if (text !== '') pieces.push({ kind: 'text', text });
    if (open < 0) return pieces;
    const action = readAction(template, open + (isTrimming ? 3 : 2), isTrimming);
    if (action.tokens) pieces.push({ kind: 'action', tokens: action.tokens, start: open });
    at = action.end;
    trimsStart = action.trims;
  }
}

const token =
  /(?<blank>\s+)|(?<close>-?\}\})|(?<raw>`[^`]*`)|(?<quoted>"(?:[^"\\\n]|\\.)*")|(?<character>'(?:[^'\\\n]|\\.)+')|(?<number>[-+]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:[eE][-+]?\d+)?))(?![\p{L}_\d])|(?<field>\.[\p{L}_][\p{L}\p{Nd}_]*)|(?<dot>\.)|(?<variable>\$[\p{L}\p{Nd}_]*)|(?<identifier>[\p{L}_][\p{L}\p{Nd}_]*)|(?<operator>:=|[=|(),])/uy;

function readAction(template: string, start: number, isTrimming: boolean): { tokens: Token[] | undefined; end: number; trims: boolean } {
  // A comment begins at once, or one blank behind the sign that trims.
  if (template.startsWith('/*', isTrimming ? start + 1 : start)) return skipComment(template, start);
  const tokens: Token[] = [];
  let hasBlankBefore = true;
  let parentheses = 0;
  for (let at = start; ; at = token.lastIndex) {
    token.lastIndex = at;
    const groups = token.exec(template)?.groups;
    if (!groups) throw unreadable(template, at);
    const end = token.lastIndex;
    if (groups['close']) {
      const trims = groups['close'].startsWith('-');
      if (trims && !hasBlankBefore) throw new TemplateSyntaxError('bad number syntax: "-"', at);
      return { tokens, end, trims };
    }
    if (groups['blank'] !== undefined) {
      hasBlankBefore = true;
      continue;
    }
    if (groups['operator'] === '(') parentheses++;
    if (groups['operator'] === ')' && --parentheses < 0) throw new TemplateSyntaxError('unexpected right paren', at);
    tokens.push({ ...tokenOf(groups, template, at), hasBlankBefore, start: at, end });
    hasBlankBefore = false;
  }
}

function tokenOf(groups: Record<string, string | undefined>, template: string, at: number): { kind: TokenKind; text: string; value?: string | number } {
  const { raw, quoted, character, number, field, dot, variable, identifier, operator } = groups;
  if (raw) return { kind: 'string', text: raw, value: raw.slice(1, -1) };
  if (quoted) return { kind: 'string', text: quoted, value: textOf(quoted, at) };
  if (character) return { kind: 'character', text: character, value: textOf(character, at).codePointAt(0)! };
  if (number) return { kind: 'number', text: number, value: numberOf(number, at) };
  if (field) return { kind: 'field', text: field };
  if (dot) return { kind: 'dot', text: dot };
  if (variable) return { kind: 'variable', text: variable };
  if (identifier) return { kind: 'identifier', text: identifier };
  if (operator) return { kind: 'operator', text: operator };
  throw unreadable(template, at);
}

function textOf(quoted: string, position: number): string {
  const text = unquote(quoted);
  if (text === undefined) throw new TemplateSyntaxError('invalid syntax', position);
  return text;
}

function numberOf(text: string, position: number): number {
  const digits = text.replaceAll('_', '');
  const unsigned = digits.replace(/^[-+]/, '').replace(/^0(?=\d+$)/, '0o');
  const value = Number(unsigned);
  if (Number.isNaN(value)) throw new TemplateSyntaxError(`bad number syntax: ${JSON.stringify(text)}`, position);
  return digits.startsWith('-') ? -value : value;
}

function unreadable(template: string, at: number): TemplateSyntaxError {
  const character = template[at];
  if (character === undefined) return new TemplateSyntaxError('unclosed action', at);
  if (character === '"') return new TemplateSyntaxError('unterminated quoted string', at);
  if (character === '`') return new TemplateSyntaxError('unterminated raw quoted string', at);
  if (character === "'") return new TemplateSyntaxError('unterminated character constant', at);
  return new TemplateSyntaxError(`unexpected ${JSON.stringify(character)} in command`, at);
}

function skipComment(template: string, start: number): { tokens: undefined; end: number; trims: boolean } {
  const close = template.indexOf('*/', start);
  if (close < 0) throw new TemplateSyntaxError('unclosed comment', start);
  const end = /^(\s+-)?\s*\}\}/.exec(template.slice(close + 2, close + 66));
  if (!end) throw new TemplateSyntaxError('comment ends before closing delimiter', start);
  return { tokens: undefined, end: close + 2 + end[0].length, trims: end[1] !== undefined };
}
