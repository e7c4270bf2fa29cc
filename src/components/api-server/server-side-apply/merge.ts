import { deepEqual } from '../operations/deep-equal.ts';
import { TypeFaults } from './configuration-fields.ts';
import type { ListStructure, MapStructure, Structure } from './structure.ts';
import { elementOf, type Fields, haveSameKeys, isMap, kindOf } from './typed-value.ts';

/**
 * Lays an applied configuration over the live value. Neither is changed: the result shares parts of both, and is the live value itself when the configuration says
 * nothing new. Rules: structured-merge-diff's Merge.
 */
export function merge(live: unknown, config: unknown, structure: Structure): unknown {
  if (config === undefined || config === live) return live;
  if (live === undefined) return mergeNew(config, structure);
  const kind = kindOf(structure, config);
  if (kind === 'map') return mergeMaps(live, config, structure.map!);
  if (kind === 'list') return mergeLists(live, config, structure.list!);
  return deepEqual(live, config) ? live : config;
}

/** What is laid over nothing stays as it is; only lists must be in order. */
const mergeNew = (config: unknown, structure: Structure): unknown => {
  if (kindOf(structure, config) === 'list' && Array.isArray(config) && structure.list!.kind !== 'atomic') uniqueElements(config, structure.list!);
  return config;
};

const isEmpty = (map: Fields | undefined): boolean => map === undefined || Object.keys(map).length === 0;

function mergeMaps(live: unknown, config: unknown, structure: MapStructure): unknown {
  const mine = isMap(live) ? live : undefined;
  const theirs = isMap(config) ? config : undefined;
  if (structure.isAtomic || (isEmpty(mine) && isEmpty(theirs))) return deepEqual(live, config) ? live : config;
  let result: Record<string, unknown> | undefined;
  for (const name in theirs) {
    const before = mine?.[name];
    const merged = merge(before, theirs[name], structure.field(name));
    if (merged === before) continue;
    result ??= { ...mine };
    define(result, name, merged);
  }
  return result ?? mine ?? live;
}

function mergeLists(live: unknown, config: unknown, structure: ListStructure): unknown {
  const mine = Array.isArray(live) ? (live as readonly unknown[]) : [];
  const theirs = Array.isArray(config) ? (config as readonly unknown[]) : [];
  if (structure.kind === 'atomic' || (mine.length === 0 && theirs.length === 0)) return deepEqual(live, config) ? live : config;
  const inPlace = mergeInPlace(mine, theirs, structure);
  if (inPlace) return inPlace;
  const result = mergeItems(mine, theirs, structure);
  return Array.isArray(live) && result.length === live.length && result.every((item, index) => item === mine[index]) ? live : result;
}

/** The usual case: the same items in the same order. */
function mergeInPlace(live: readonly unknown[], config: readonly unknown[], structure: ListStructure): readonly unknown[] | undefined {
  if (structure.kind !== 'keyed' || live.length !== config.length) return undefined;
  for (let index = 0; index < live.length; index++) if (!haveSameKeys(structure, live[index], config[index])) return undefined;
  let result: unknown[] | undefined;
  for (let index = 0; index < live.length; index++) {
    const merged = merge(live[index], config[index], structure.items);
    if (merged === live[index]) continue;
    result ??= [...live];
    result[index] = merged;
  }
  return result ?? live;
}

interface Item {
  readonly element: string;
  readonly value: unknown;
}

/**
 * Items that both have come in the configuration's order; items of the live list that it does not name keep their place among them, and so do repeated ones.
 */
function mergeItems(live: readonly unknown[], config: readonly unknown[], structure: ListStructure): unknown[] {
  const theirs = uniqueElements(config, structure);
  const mine = live.map((value): Item => ({ element: elementOf(structure, value), value }));
  const liveOf = liveByElement(mine);
  const configOf = new Map(theirs.map(({ element, value }) => [element, value]));
  const shared = theirs.filter(({ element }) => liveOf.has(element)).map(({ element }) => element);
  const done = new Set<string>();
  const result: unknown[] = [];
  const mergeOne = (element: string): void => {
    done.add(element);
    result.push(merge(liveOf.get(element), configOf.get(element), structure.items));
    if (shared[0] === element) shared.shift();
  };
  for (let left = 0, right = 0; left < mine.length || right < theirs.length; ) {
    const next = mine[left];
    const wanted = theirs[right];
    if (next && wanted) {
      if (next.element === wanted.element) {
        mergeOne(next.element);
        left++;
        right++;
        continue;
      }
      if (configOf.has(next.element) && shared[0] !== undefined && shared[0] !== next.element) {
        left++;
        continue;
      }
    }
    if (next && !configOf.has(next.element)) {
      result.push(next.value);
      left++;
      continue;
    }
    if (next && done.has(next.element)) left++;
    if (wanted) {
      mergeOne(wanted.element);
      right++;
    }
  }
  return result;
}

/** Live items by element. One that is repeated is not merged with: what is applied takes its place. */
function liveByElement(items: readonly Item[]): Map<string, unknown> {
  const known = new Map<string, unknown>();
  for (const { element, value } of items) known.set(element, known.has(element) ? undefined : value);
  return known;
}

function uniqueElements(config: readonly unknown[], structure: ListStructure): Item[] {
  const seen = new Set<string>();
  return config.map((value) => {
    const element = elementOf(structure, value);
    if (seen.has(element)) throw new TypeFaults([{ path: '', text: `duplicate entries for key ${element}` }]);
    seen.add(element);
    return { element, value };
  });
}

function define(fields: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(fields, name, { value, writable: true, enumerable: true, configurable: true });
  else fields[name] = value;
}
