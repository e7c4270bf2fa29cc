import { goText } from '../go-values.ts';
import { kindOf } from '../jsonpath/compare-values.ts';
import { sprintf, typeName } from './format-verbs.ts';

export type TemplateFunction = (...args: readonly unknown[]) => unknown;

/** Go's functions for templates but `and` and `or`, which do not evaluate all they are given, and kubectl's two. Faults are thrown in Go's words. */
export const functions: Readonly<Record<string, TemplateFunction>> = {
  not: (value) => !isTrue(value),
  len: lengthOf,
  index: (value, ...keys) => keys.reduce(elementOf, value),
  slice: sliceOf,
  print: (...values) => sprint(values),
  println: (...values) => `${values.map(goText).join(' ')}\n`,
  printf: (format, ...values) => sprintf(format as string, values),
  html: (...values) => sprint(values).replace(/[\0"&'<>]/g, (character) => htmlEscapes[character]!),
  js: (...values) => sprint(values).replace(/[\\'"<>&=\p{Cc}]/gu, javaScriptEscape),
  urlquery: (...values) =>
    encodeURIComponent(sprint(values))
      .replace(/%20/g, '+')
      .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`),
  eq: (first, ...others) => {
    if (others.length === 0) throw new Error('missing argument for comparison');
    return others.some((other) => areEqual(first, other));
  },
  ne: (left, right) => !areEqual(left, right),
  lt: isLess,
  le: (left, right) => isLess(left, right) || areEqual(left, right),
  gt: (left, right) => !(isLess(left, right) || areEqual(left, right)),
  ge: (left, right) => !isLess(left, right),
  call: (value) => {
    throw new Error(`non-function of type ${typeName(value)}`);
  },
  exists,
  base64decode,
};

/** Empty texts, lists and objects, zero, false and nothing are not true. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** A blank between neighbours that are no texts. */
function sprint(values: readonly unknown[]): string {
  return values
    .map((value, index) => (index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string' ? ` ${goText(value)}` : goText(value)))
    .join('');
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  if (value === undefined) throw new Error('reflect: call of reflect.Value.Type on zero Value');
  throw new Error(value === null ? 'len of nil pointer' : `len of type ${typeName(value)}`);
}

function elementOf(value: unknown, key: unknown): unknown {
  if (value === null || value === undefined) throw new Error('index of untyped nil');
  if (Array.isArray(value) || typeof value === 'string') {
    if (typeof key !== 'number')
      throw new Error(key === null || key === undefined ? 'cannot index slice/array with nil' : `cannot index slice/array with type ${typeName(key)}`);
    const bytes = typeof value === 'string' ? Buffer.from(value) : (value as unknown[]);
    if (key < 0 || key >= bytes.length) throw new Error(`index out of range: ${key}`);
    return bytes[key];
  }
  if (typeof value !== 'object') throw new Error(`can't index item of type ${typeName(value)}`);
  if (typeof key !== 'string') throw new Error(`value has type ${typeName(key)}; should be string`);
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

function sliceOf(value: unknown, ...bounds: readonly unknown[]): unknown {
  if (value === null || value === undefined) throw new Error('slice of untyped nil');
  if (typeof value !== 'string' && !Array.isArray(value)) throw new Error(`can't slice item of type ${typeName(value)}`);
  const items = typeof value === 'string' ? Buffer.from(value) : (value as unknown[]);
  const [from = 0, to = items.length] = bounds as readonly number[];
  for (const bound of [from, to]) if (!Number.isInteger(bound) || bound < 0 || bound > items.length) throw new Error(`index out of range: ${bound}`);
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  const part = items.slice(from, to);
  return typeof value === 'string' ? part.toString() : part;
}

const htmlEscapes: Readonly<Record<string, string>> = { '\0': '\uFFFD', '"': '&#34;', "'": '&#39;', '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function javaScriptEscape(character: string): string {
  if (character === '\\' || character === "'" || character === '"') return `\\${character}`;
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function areEqual(left: unknown, right: unknown): boolean {
  const isNil = (value: unknown): boolean => value === null || value === undefined;
  if (isNil(left) || isNil(right)) return isNil(left) && isNil(right);
  const [one, other] = [kindOf(left), kindOf(right)];
  if (one === undefined || other === undefined)
    throw new Error(`non-comparable type ${goText(one === undefined ? left : right)}: ${typeName(one === undefined ? left : right)}`);
  if (one !== other && !(typeof left === 'number' && typeof right === 'number')) throw incompatible(left, right);
  return left === right;
}

function isLess(left: unknown, right: unknown): boolean {
  const [one, other] = [kindOf(left), kindOf(right)];
  if (one === undefined || other === undefined) throw new Error('invalid type for comparison');
  if (one !== other && !(typeof left === 'number' && typeof right === 'number')) throw incompatible(left, right);
  if (one === 'bool') throw new Error('invalid type for comparison');
  return (left as number | string) < (right as number | string);
}

const incompatible = (left: unknown, right: unknown): Error => new Error(`incompatible types for comparison: ${typeName(left)} and ${typeName(right)}`);

/** Whether something stands at a path of keys and indices. */
function exists(value: unknown, ...path: readonly unknown[]): boolean {
  let current = value;
  for (const key of path) {
    if (current === null || current === undefined) return false;
    if (Array.isArray(current) || typeof current === 'string') {
      if (typeof key !== 'number' || key < 0 || key >= current.length) return false;
      current = current[key];
    } else if (typeof current === 'object' && typeof key === 'string') current = (current as Record<string, unknown>)[key];
    else return false;
  }
  return current !== null && current !== undefined;
}

function base64decode(value: unknown): string {
  const text = (value as string).replace(/[\r\n]/g, '');
  const wrong = text.search(/[^A-Za-z0-9+/=]|=(?=[^=])/);
  if (wrong >= 0 || text.length % 4 !== 0)
    throw new Error(`base64 decode failed: illegal base64 data at input byte ${wrong >= 0 ? wrong : text.length - (text.length % 4)}`);
  return Buffer.from(text, 'base64').toString('utf8');
}
