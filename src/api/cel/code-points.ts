/** Strings as CEL counts them: in code points. Strings without surrogates, nearly all, are counted as JavaScript has them. */
import type { Value } from './values.ts';
import { List, MapValue, ObjectValue, OpaqueValue, OptionalValue } from './values.ts';

const highSurrogate = /[\ud800-\udbff]/;

/** How many code points a string has. */
export function countCodePoints(text: string): number {
  if (!highSurrogate.test(text)) return text.length;
  let count = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    if (isPair(text, at)) {
      count--;
      at++;
    }
  }
  return count;
}

/** Where a code point starts, in UTF-16 units; the text's length for the one behind the last, and -1 for those further on. */
export function unitOffset(text: string, index: number): number {
  if (!highSurrogate.test(text)) return index <= text.length ? index : -1;
  let at = 0;
  for (let left = index; left > 0; left--) {
    if (at >= text.length) return -1;
    at += isPair(text, at) ? 2 : 1;
  }
  return at;
}

function isPair(text: string, at: number): boolean {
  const high = text.charCodeAt(at);
  if (high < 0xd800 || high > 0xdbff) return false;
  const low = text.charCodeAt(at + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}

/** The code points, each as a string. */
export function codePoints(text: string): string[] {
  return highSurrogate.test(text) ? [...text] : text.split('');
}

/** What cost rules take for a value's size: code points, bytes, elements or entries; 1 for what has no size. */
export function sizeForCost(value: Value): number {
  if (typeof value === 'string') return countCodePoints(value);
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof List || value instanceof MapValue) return value.size;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof ObjectValue) return Object.keys(value.native).length;
  if (value instanceof OptionalValue) return value.value === undefined ? 1 : sizeForCost(value.value);
  return value instanceof OpaqueValue ? (value.size ?? 1) : 1;
}
