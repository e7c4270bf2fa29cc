import { floatText } from '../../../api/go-numbers.ts';

/** Go's `%v` of a JSON value: lists in brackets, objects as `map[a:1 b:2]` with sorted keys, `<nil>`. */
export function goText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? integerText(value) : floatText(value);
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    return `map[${sortedKeys(fields)
      .map((name) => `${name}:${goText(fields[name])}`)
      .join(' ')}]`;
  }
  return String(value);
}

const integerText = (value: number): string => (Number.isSafeInteger(value) ? String(value) : String(BigInt(value)));

/** Keys in the order of their bytes, which is Go's. */
export const sortedKeys = (fields: object): string[] => Object.keys(fields).sort(compareText);

/** The order of code points; JavaScript's is of UTF-16 units, which differs past U+FFFF only. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
