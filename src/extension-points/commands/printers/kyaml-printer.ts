import type { ResourcePrinter } from './contract.ts';
import { sortedKeys } from './go-values.ts';
import { inOwnOrder, jsonNumberText } from './json-text.ts';
import { type PlainOptions, shown } from './plain-printers.ts';
import { isTimestamp } from './yaml-scalars.ts';

/** Each object is a document. */
export const kyamlPrinter = (options: PlainOptions): ResourcePrinter => ({ print: (object) => kyamlText(shown(object, options)), flush: () => '' });

/**
 * KYAML, a YAML that does not depend on blanks: braces and brackets, texts always in quotes, keys only where they would be read as something else, a comma behind everything.
 * Texts of several lines stand line by line. Ends with a newline.
 */
export const kyamlText = (value: unknown): string => `---\n${nodeText(value, 0)}\n`;

const indentation = (level: number): string => '  '.repeat(level);

function nodeText(value: unknown, level: number): string {
  if (typeof value === 'string') return value.includes('\n') ? linesText(value, level + 1) : `"${escaped(value)}"`;
  if (typeof value === 'number') return jsonNumberText(value);
  if (typeof value !== 'object' || value === null) return value === undefined ? 'null' : String(value);
  return Array.isArray(value) ? listText(value, level) : mappingText(value as Record<string, unknown>, level);
}

/** Lists that hold nothing but lists and mappings share their brackets' lines. */
function listText(items: readonly unknown[], level: number): string {
  if (items.length === 0) return '[]';
  if (items.every((item) => typeof item === 'object' && item !== null)) return `[${items.map((item) => nodeText(item, level)).join(', ')}]`;
  const lines = items.map((item) => `${indentation(level + 1)}${nodeText(item, level + 1)},\n`);
  return `[\n${lines.join('')}${indentation(level)}]`;
}

function mappingText(fields: Record<string, unknown>, level: number): string {
  const names = (inOwnOrder in fields ? Object.keys(fields) : sortedKeys(fields)).filter((name) => fields[name] !== undefined);
  if (names.length === 0) return '{}';
  const lines = names.map((name) => `${indentation(level + 1)}${keyText(name)}: ${nodeText(fields[name], level + 1)},\n`);
  return `{\n${lines.join('')}${indentation(level)}}`;
}

/** Each line ends with `\n\`. The first blank of a line is escaped; others move one column to the right, so that all stay below each other. */
function linesText(text: string, level: number): string {
  const lines = text.split('\n');
  const last = lines.pop()!;
  const margin = indentation(level);
  const start = (line: string): string => (/^\p{White_Space}/u.test(line) ? '\\' : ' ');
  const full = lines.map((line) => `${margin}${start(line)}${escaped(line)}\\n\\\n`).join('');
  const open = last === '' ? '' : `${margin}${start(last)}${escaped(last)}\\\n`;
  return `"\\\n${full}${open}${margin}"`;
}

const keyText = (name: string): string => (needsQuotes(name) ? `"${escaped(name).replaceAll('\t', '\\t')}"` : name);

const plainKey = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_\-./]*[\p{L}\p{N}_])?$/u;
const needsQuotes = (name: string): boolean => !plainKey.test(name) || isReadOtherwise(name);

const words = new Set(['null', 't', 'f', 'true', 'false', 'y', 'yes', 'on', 'n', 'no', 'off', 'inf', 'infinity', 'nan']);
const integer = /^(?:0x[\da-f]+|0b[01]+|0(?:o?[0-7]+)?|[1-9]\d*)$/i;
const float = /^(?:(?:\d+\.?\d*|\.\d+)(?:e\d+)?|0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)p\d+)$/i;

/** Whether a plain key would be read as a boolean, a number, a time or nothing by some YAML or other. */
function isReadOtherwise(name: string): boolean {
  const bare = name.replaceAll('_', '');
  return words.has(name.toLowerCase()) || integer.test(bare) || float.test(bare) || isTimestamp(name);
}

const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} \t]|["\\]/gu;
const short: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '\u0007': 'a',
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\v': 'v',
  '\0': '0',
  '\u001b': 'e',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

const escaped = (text: string): string => text.replace(unprintable, (character) => `\\${short[character] ?? numbered(character.codePointAt(0)!)}`);

function numbered(code: number): string {
  const [letter, width] = code < 0x80 ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return letter + code.toString(16).padStart(width as number, '0');
}
