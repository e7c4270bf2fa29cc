import { type FieldError, fieldError } from '../../../api/status.ts';
import { duplicates, eachAt } from '../core/field-checks.ts';

/** `Too many`, with how many there are instead of all of them. */
export const tooManyAt = (count: number, limit: number, path: string): FieldError => ({
  path,
  type: 'FieldValueTooMany',
  value: count,
  detail: `must have at most ${limit} item${limit === 1 ? '' : 's'}`,
});

/** `Too long` when a text has more bytes than allowed. */
export const tooLongAt = (text: string | undefined, limit: number, path: string): FieldError[] =>
  Buffer.byteLength(text ?? '') > limit ? [fieldError.tooLong(path, limit)] : [];

type Check<Item> = (item: Item, path: string) => readonly FieldError[];

/** Checks every item of a list; past the limit only its length, so that a refusal costs little. */
export const limitedAt = <Item>(items: readonly Item[] | undefined, limit: number, path: string, check: Check<Item>): FieldError[] =>
  (items?.length ?? 0) > limit ? [tooManyAt(items?.length ?? 0, limit, path)] : eachAt(items, path, check);

/** The same for lists whose items differ in a key. */
export function setAt<Item>(
  items: readonly Item[] | undefined,
  { limit, path, key, check }: { limit: number; path: string; key: (item: Item) => string; check: Check<Item> },
): FieldError[] {
  const errors = limitedAt(items, limit, path, check);
  if ((items?.length ?? 0) > limit) return errors;
  const duplicate = duplicates();
  return [...errors, ...eachAt(items, path, (item, at) => duplicate(key(item), at))];
}

/** The items of a map: keys are checked at the path of the map. */
export function mapAt<Value>(
  map: Readonly<Record<string, Value>> | undefined,
  { limit, path, key, check }: { limit: number; path: string; key: Check<string>; check: Check<Value> },
): FieldError[] {
  const entries = Object.entries(map ?? {});
  if (entries.length > limit) return [tooManyAt(entries.length, limit, path)];
  return entries.flatMap(([name, value]) => [...key(name, path), ...check(value, `${path}[${shortened(name)}]`)]);
}

/** Names too long to be valid are cut in the middle. */
const shortened = (name: string): string => (name.length <= 96 ? name : `${name.slice(0, 47)}...${name.slice(-46)}`);
