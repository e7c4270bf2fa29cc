import { floatText } from '../../../api/go-numbers.ts';
import { jsonNumberText } from './json-text.ts';

const foldAt = 80;

export interface ScalarPlace {
  /** Where its first character stands. */
  readonly column: number;
  /** Of the lines that it goes on with. */
  readonly indent: number;
  /** Keys stay on one line. */
  readonly isKey?: boolean;
}

/** A text, number, boolean or null as libyaml writes it. */
export function scalarText(value: unknown, place: ScalarPlace): string {
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 2 ** 64 ? jsonNumberText(value) : floatText(value);
  if (typeof value !== 'string') return value === null || value === undefined ? 'null' : String(value);
  const about = analyze(value);
  if (value.includes('\n') && !place.isKey) return about.allowsBlock ? literal(value, place.indent) : doubleQuoted(value, place);
  if (value.includes('\n')) return doubleQuoted(value, place);
  if (isReadOtherwise(value)) return doubleQuoted(value, place);
  if (about.allowsPlain) return folded(value, place);
  return about.allowsSingleQuotes ? `'${folded(value.replaceAll("'", "''"), { ...place, column: place.column + 1 }, true)}'` : doubleQuoted(value, place);
}

const words = new Set(
  'y Y yes Yes YES true True TRUE on On ON n N no No NO false False FALSE off Off OFF ~ null Null NULL .nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF <<'.split(
    ' ',
  ),
);
const startOfOther = /^[-+0-9.yYnNtTfFoO~<]/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const integer = /^[-+]?(?:0|[1-9][0-9]*|0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+)$/;
const sexagesimal = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const timestamp =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?$/;

/** Whether a plain text would be read as a number, a boolean, a time or nothing. */
function isReadOtherwise(text: string): boolean {
  if (text === '') return true;
  if (!startOfOther.test(text)) return false;
  if (words.has(text) || sexagesimal.test(text)) return true;
  const bare = text.replaceAll('_', '');
  if (text.startsWith('.')) return float.test(text);
  if (!/^[-+0-9]/.test(text)) return false;
  return integer.test(bare) || float.test(bare) || isTimestamp(text);
}

/** Whether a text is one of YAML's times. */
export function isTimestamp(text: string): boolean {
  const match = timestamp.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number];
  const [hour, minute, second] = (match[4] === undefined ? match.slice(7, 10) : match.slice(4, 7)).map((part) => Number(part ?? 0)) as [number, number, number];
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= lastDay && hour < 24 && minute < 60 && second < 60;
}

interface Analysis {
  readonly allowsPlain: boolean;
  readonly allowsSingleQuotes: boolean;
  readonly allowsBlock: boolean;
}

const unprintable = /[^\n\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;
const breaks = '\\n\\r\\u0085\\u2028\\u2029';
const indicatorFirst = /^(?:[#,[\]{}&*!|>'"%@`]|[?:](?:[ \t]|$)|-(?:[ \t]|$)|---|\.\.\.)/;
const indicatorInside = /:(?:[ \t]|$)|[ \t\n\r\u0085\u2028\u2029]#/;

/** What libyaml allows for a text (yaml_emitter_analyze_scalar). */
function analyze(text: string): Analysis {
  const hasIndicators = indicatorFirst.test(text) || indicatorInside.test(text.slice(1)) || (text.length > 1 && text[1] === '#' && /[ \t]/.test(text[0]!));
  const isSpecial = unprintable.test(text);
  const [first, last] = [text[0] ?? '', text.at(-1) ?? ''];
  const hasBreaks = breakCharacter.test(text);
  const isEdged = first === ' ' || last === ' ' || breakCharacter.test(first) || breakCharacter.test(last);
  const hasSpaceBehindBreak = spaceBehindBreak.test(text);
  const hasBreakBehindSpace = breakBehindSpace.test(text);
  return {
    allowsPlain: !hasIndicators && !isSpecial && !isEdged && !hasBreaks && !hasSpaceBehindBreak,
    allowsSingleQuotes: !isSpecial && !hasSpaceBehindBreak && !hasBreakBehindSpace,
    allowsBlock: !isSpecial && last !== ' ' && !hasBreakBehindSpace,
  };
}

const breakCharacter = new RegExp(`[${breaks}]`);
const spaceBehindBreak = new RegExp(`[${breaks}] `);
const breakBehindSpace = new RegExp(` [${breaks}]`);

/** Breaks at a single blank past the width. */
function folded(text: string, { column, indent, isKey }: ScalarPlace, isQuoted = false): string {
  if (isKey || column + text.length <= foldAt) return text;
  let result = '';
  let at = column;
  let isAfterSpace = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    const isInside = !isQuoted || (index > 0 && index < text.length - 1);
    if (character === ' ' && !isAfterSpace && at > foldAt && isInside && text[index + 1] !== ' ') {
      result += `\n${' '.repeat(indent)}`;
      at = indent;
      isAfterSpace = true;
      continue;
    }
    result += character;
    if (character < '\udc00' || character > '\udfff') at++;
    isAfterSpace = character === ' ';
  }
  return result;
}

function literal(text: string, indent: number): string {
  const hint = /^[ \n\r\u0085\u2028\u2029]/.test(text) ? '2' : '';
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  const lines = body.split('\n').map((line) => (line === '' ? '' : ' '.repeat(indent) + line));
  return `|${hint}${chomp}\n${lines.join('\n')}`;
}

const shortEscapes: Readonly<Record<string, string>> = {
  '\0': '0',
  '\u0007': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\u001b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

function doubleQuoted(text: string, { column, indent, isKey }: ScalarPlace): string {
  let result = '"';
  let at = column + 1;
  let isAfterSpace = false;
  const characters = [...text];
  for (const [index, character] of characters.entries()) {
    if (character === ' ' && !isKey && !isAfterSpace && at > foldAt && index > 0 && index < characters.length - 1) {
      const isNextSpace = characters[index + 1] === ' ';
      result += `\n${' '.repeat(indent)}${isNextSpace ? '\\' : ''}`;
      at = indent + (isNextSpace ? 1 : 0);
      isAfterSpace = true;
      continue;
    }
    const written = escapeOf(character);
    result += written;
    at += written.length;
    isAfterSpace = character === ' ';
  }
  return `${result}"`;
}

function escapeOf(character: string): string {
  const isSpecial = unprintable.test(character) || /["\\\n\r\u0085\u2028\u2029\ufeff]/.test(character);
  if (!isSpecial) return character;
  const short = shortEscapes[character];
  if (short) return `\\${short}`;
  const code = character.codePointAt(0)!;
  const [letter, width] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return `\\${letter}${code
    .toString(16)
    .toUpperCase()
    .padStart(width as number, '0')}`;
}
