import { sortedKeys } from './go-values.ts';

/** Marks an object whose keys are written in their own order, as Go writes structs. A copy by `...` keeps the mark. */
export const inOwnOrder = Symbol('in its own order');

/** JSON as Go's encoder writes objects without a type: sorted keys, four blanks a level, `<`, `>` and `&` escaped as kubectl prints them. Ends with a newline. */
export const jsonText = (value: unknown, indentation = 4): string => `${encode(value, '\n', ' '.repeat(indentation))}\n`;

/** On one line, sorted, without a newline at the end. */
export const compactJson = (value: unknown): string => encode(value, '', '');

function encode(value: unknown, newline: string, indentation: string): string {
  if (typeof value === 'string') return stringText(value);
  if (typeof value === 'number') return jsonNumberText(value);
  if (typeof value !== 'object' || value === null) return value === undefined ? 'null' : String(value);
  const inner = newline + indentation;
  const [open, close, parts] = Array.isArray(value)
    ? (['[', ']', value.map((item) => encode(item, inner, indentation))] as const)
    : (['{', '}', memberTexts(value as Record<string, unknown>, inner, indentation)] as const);
  return parts.length === 0 ? open + close : `${open}${inner}${parts.join(`,${inner}`)}${newline}${close}`;
}

const memberTexts = (fields: Record<string, unknown>, newline: string, indentation: string): string[] =>
  (inOwnOrder in fields ? Object.keys(fields) : sortedKeys(fields))
    .filter((name) => fields[name] !== undefined)
    .map((name) => `${stringText(name)}:${indentation === '' ? '' : ' '}${encode(fields[name], newline, indentation)}`);

const escaped: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029' };

const stringText = (text: string): string => {
  const json = JSON.stringify(text);
  return /[<>&\u2028\u2029]/.test(json) ? json.replace(/[<>&\u2028\u2029]/g, (character) => escaped[character]!) : json;
};

/** Go's encoder has an exponent below 1e-6 and from 1e21 on, as JavaScript has. */
export function jsonNumberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return Number.isSafeInteger(value) ? String(value) : String(BigInt(value));
  return String(value);
}
