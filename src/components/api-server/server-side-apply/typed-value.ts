import { goJson, keyElement, memberElement } from './path-element.ts';
import type { ListStructure, Structure } from './structure.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** As what a structure takes a value: what the value is if the structure allows that, else the first that it allows. */
export function kindOf(structure: Structure, value: unknown): 'map' | 'scalar' | 'list' {
  if (Array.isArray(value)) {
    if (structure.list) return 'list';
  } else if (typeof value === 'object') {
    if (structure.map) return 'map';
  } else if (structure.scalar && value !== undefined) return 'scalar';
  return structure.map ? 'map' : structure.scalar ? 'scalar' : 'list';
}

/** An item or member that cannot be told from others; the text is upstream's. */
export class ElementError extends Error {}

/** The path element of an item of a granular list. Throws ElementError. */
export function elementOf(list: ListStructure, item: unknown): string {
  if (list.kind === 'keyed') return keyedElement(list, item);
  if (Array.isArray(item)) throw new ElementError('not supported: associative list with lists as elements');
  if (item === null || item === undefined) throw new ElementError("associative list without keys has an element that's an explicit null");
  if (typeof item === 'object') throw new ElementError("associative list without keys has an element that's a map type");
  return memberElement(item);
}

function keyedElement(list: ListStructure, item: unknown): string {
  if (item === null || item === undefined) throw new ElementError('associative list with keys may not have a null element');
  if (!isMap(item)) throw new ElementError('associative list with keys may not have non-map elements');
  if (list.onlyKey !== undefined) {
    const value = keyValue(list, item, list.onlyKey);
    if (value !== undefined) return list.prefix + goJson(value) + '}';
  }
  const values = list.sortedKeys.map((key) => keyValue(list, item, key));
  if (values.every((value) => value === undefined)) {
    const names = `[${list.keys.map((key) => JSON.stringify(key)).join(' ')}]`;
    throw new ElementError(`associative list with keys has an element that omits all key fields ${names} (and doesn't have default values for any key fields)`);
  }
  return keyElement(list.sortedKeys, values);
}

const keyValue = (list: ListStructure, item: Fields, key: string): unknown => item[key] ?? list.defaultOf(key);

/** Whether two items of a keyed list have the same keys; cheaper than comparing their elements. */
export function haveSameKeys(list: ListStructure, left: unknown, right: unknown): boolean {
  if (!isMap(left) || !isMap(right)) return false;
  for (const key of list.sortedKeys) if (keyValue(list, left, key) !== keyValue(list, right, key)) return false;
  return true;
}
