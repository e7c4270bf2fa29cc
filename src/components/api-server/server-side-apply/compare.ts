import { isCommon } from '../../../api/common-parts.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { deepEqual } from '../operations/deep-equal.ts';
import { type FieldTree, leaf, makeTree, union } from './field-tree.ts';
import type { ListStructure, MapStructure, Structure } from './structure.ts';
import type { TreeState } from './tree-cache.ts';
import { elementOf, type Fields, haveSameKeys, isMap, kindOf } from './typed-value.ts';

/** What differs between an object before and after. No field is in two of them. */
export interface Comparison {
  readonly added: FieldTree | undefined;
  readonly modified: FieldTree | undefined;
  readonly removed: FieldTree | undefined;
}

export const noDifference: Comparison = Object.freeze({ added: undefined, modified: undefined, removed: undefined });
const isAdded: Comparison = Object.freeze({ added: leaf, modified: undefined, removed: undefined });
const isModified: Comparison = Object.freeze({ added: undefined, modified: leaf, removed: undefined });
const isRemoved: Comparison = Object.freeze({ added: undefined, modified: undefined, removed: leaf });

/**
 * Walks two values of a type together. Undefined stands for absent; parts that are the same object on both sides are not looked at.
 * Rules: structured-merge-diff's Compare. Throws ElementError when an item of a granular list has no key.
 */
export function compare(before: unknown, after: unknown, structure: Structure): Comparison {
  if (before === after) return noDifference;
  if (before === undefined) return { added: allFields(after, structure), modified: undefined, removed: undefined };
  if (after === undefined) return { added: undefined, modified: undefined, removed: allFields(before, structure) };
  const was = kindOf(structure, before);
  const is = kindOf(structure, after);
  const outcome = compareAs(is, before, after, structure);
  return was === is ? outcome : joined(compareAs(was, before, after, structure), outcome);
}

/** The same for whole objects: what a common part differs in is remembered, mostly from nothing. */
export function compareObjects(before: UntypedObject, after: UntypedObject, structure: Structure): Comparison {
  if (before === after || kindOf(structure, before) !== 'map' || kindOf(structure, after) !== 'map') return compare(before, after, structure);
  return compareMaps(before, after, structure.map!, compareParts);
}

interface KnownComparison {
  readonly before: unknown;
  readonly structure: Structure;
  readonly comparison: Comparison;
}

/** By what they are after. */
const known = new WeakMap<object, KnownComparison>();

function compareParts(before: unknown, after: unknown, structure: Structure): Comparison {
  if (!isCommon(after)) return compare(before, after, structure);
  const last = known.get(after);
  if (last && last.before === before && last.structure === structure) return last.comparison;
  const comparison = compare(before, after, structure);
  known.set(after, { before, structure, comparison });
  return comparison;
}

function compareAs(kind: ReturnType<typeof kindOf>, before: unknown, after: unknown, structure: Structure): Comparison {
  if (kind === 'map') return compareMaps(before, after, structure.map!);
  if (kind === 'list') return compareLists(before, after, structure.list!);
  return compareLeaves(before, after);
}

const compareLeaves = (before: unknown, after: unknown): Comparison => (deepEqual(before, after) ? noDifference : isModified);

const joined = (left: Comparison, right: Comparison): Comparison => ({
  added: union(left.added, right.added),
  modified: union(left.modified, right.modified),
  removed: union(left.removed, right.removed),
});

function isEmptyMap(value: Fields | undefined, structure: MapStructure): boolean {
  if (value === undefined) return true;
  if (structure.zeros.size > 0) return false;
  for (const name in value) if (value[name] !== undefined) return false;
  return true;
}

function compareMaps(before: unknown, after: unknown, structure: MapStructure, compareFields = compare): Comparison {
  const was = isMap(before) ? before : undefined;
  const is = isMap(after) ? after : undefined;
  if (structure.isAtomic || (isEmptyMap(was, structure) && isEmptyMap(is, structure))) return compareLeaves(before, after);
  const walk = new MapWalk(structure, compareFields);
  const { zeros } = structure;
  for (const name in is) {
    walk.field(name, was && valueIn(was, name, zeros), valueIn(is, name, zeros));
  }
  for (const name in was) if (is?.[name] === undefined) walk.field(name, valueIn(was, name, zeros), is && zeros.get(name));
  // What neither side writes down has its zero value on both, unless one of them is not there at all.
  if (!was || !is) for (const [name, zero] of zeros) if ((was ?? is)![name] === undefined) walk.field(name, was && zero, is && zero);
  return walk.comparison;
}

const valueIn = (map: Fields, name: string, zeros: ReadonlyMap<string, unknown>): unknown => {
  const value = map[name];
  return value === undefined ? zeros.get(name) : value;
};

class MapWalk {
  readonly #structure: MapStructure;
  #added: TreeState | undefined;
  #modified: TreeState | undefined;
  #removed: TreeState | undefined;
  readonly #compare: typeof compare;

  constructor(structure: MapStructure, compareFields: typeof compare) {
    this.#structure = structure;
    this.#compare = compareFields;
  }

  field(name: string, before: unknown, after: unknown): void {
    if (before === after || name === this.#structure.ignored) return;
    const { added, modified, removed } = this.#compare(before, after, this.#structure.field(name));
    const { partial } = this.#structure;
    if (added) this.#added = partial.step(this.#added, name, added);
    if (modified) this.#modified = partial.step(this.#modified, name, modified);
    if (removed) this.#removed = partial.step(this.#removed, name, removed);
  }

  get comparison(): Comparison {
    const { partial } = this.#structure;
    if (!this.#added && !this.#modified && !this.#removed) return noDifference;
    return { added: partial.finish(this.#added), modified: partial.finish(this.#modified), removed: partial.finish(this.#removed) };
  }
}

function compareLists(before: unknown, after: unknown, structure: ListStructure): Comparison {
  const was = Array.isArray(before) ? (before as readonly unknown[]) : [];
  const is = Array.isArray(after) ? (after as readonly unknown[]) : [];
  if (structure.kind === 'atomic' || (was.length === 0 && is.length === 0)) return compareLeaves(before, after);
  return compareInPlace(was, is, structure) ?? compareByElement(was, is, structure);
}

/** The usual case: the same items at the same places. Undefined when it is not, or when repeated items cannot be excluded. */
function compareInPlace(was: readonly unknown[], is: readonly unknown[], structure: ListStructure): Comparison | undefined {
  if (was.length !== is.length) return undefined;
  if (structure.kind === 'set') return was.every((member, index) => member === is[index]) ? noDifference : undefined;
  for (let index = 0; index < was.length; index++) {
    if (was[index] === is[index]) continue;
    if (!haveSameKeys(structure, was[index], is[index])) return undefined;
    const outcome = compare(was[index], is[index], structure.items);
    if (outcome !== noDifference) return undefined;
  }
  return noDifference;
}

function compareByElement(was: readonly unknown[], is: readonly unknown[], structure: ListStructure): Comparison {
  const before = byElement(was, structure);
  const after = byElement(is, structure);
  const { partial } = structure;
  let added: TreeState | undefined;
  let modified: TreeState | undefined;
  let removed: TreeState | undefined;
  const item = (element: string, mine: readonly unknown[], yours: readonly unknown[]): void => {
    const outcome = compareItems(mine, yours, structure);
    if (outcome.added) added = partial.step(added, element, outcome.added);
    if (outcome.modified) modified = partial.step(modified, element, outcome.modified);
    if (outcome.removed) removed = partial.step(removed, element, outcome.removed);
  };
  for (const [element, items] of after) item(element, before.get(element) ?? nothing, items);
  for (const [element, items] of before) if (!after.has(element)) item(element, items, nothing);
  return { added: partial.finish(added), modified: partial.finish(modified), removed: partial.finish(removed) };
}

const nothing: readonly unknown[] = [];

/** Items of one element on both sides. Repeated ones are taken together, as one. */
function compareItems(was: readonly unknown[], is: readonly unknown[], { items }: ListStructure): Comparison {
  if (was.length <= 1 && is.length <= 1) return compare(was[0], is[0], items);
  if (was.length >= 2 && is.length >= 2) return deepEqual(was, is) ? noDifference : isModified;
  return was.length >= 2 ? joined(compare(undefined, is[0], items), isRemoved) : joined(compare(was[0], undefined, items), isAdded);
}

export function byElement(list: readonly unknown[], structure: ListStructure): Map<string, unknown[]> {
  const items = new Map<string, unknown[]>();
  for (const [index, item] of list.entries()) {
    const element = elementAt(structure, item, index);
    const known = items.get(element);
    if (known) known.push(item);
    else items.set(element, [item]);
  }
  return items;
}

function elementAt(structure: ListStructure, item: unknown, index: number): string {
  try {
    return elementOf(structure, item);
  } catch (error) {
    if (error instanceof Error) error.message = `element ${index}: ${error.message}`;
    throw error;
  }
}

/** Every field of a value that is new as a whole: it and all within are members. Undefined for an absent value. */
export function allFields(value: unknown, structure: Structure): FieldTree | undefined {
  if (value === undefined) return undefined;
  const kind = kindOf(structure, value);
  if (kind === 'map' && isMap(value)) return structure.map!.isAtomic ? leaf : allOfMap(value, structure.map!);
  if (kind === 'list' && Array.isArray(value)) return structure.list!.kind === 'atomic' ? leaf : allOfList(value, structure.list!);
  return leaf;
}

function allOfMap(value: Fields, structure: MapStructure): FieldTree {
  const { whole, zeros, ignored } = structure;
  let state: TreeState | undefined;
  for (const name in value) {
    const inner = valueIn(value, name, zeros);
    if (inner === undefined || name === ignored) continue;
    state = whole.step(state, name, typeof inner === 'object' ? allFields(inner, structure.field(name))! : leaf);
  }
  for (const [name, zero] of zeros) if (value[name] === undefined) state = whole.step(state, name, allFields(zero, structure.field(name))!);
  return whole.finish(state) ?? leaf;
}

function allOfList(value: readonly unknown[], structure: ListStructure): FieldTree {
  const { whole, items } = structure;
  const seen = new Map<string, FieldTree>();
  for (const [index, item] of value.entries()) {
    const element = elementAt(structure, item, index);
    seen.set(element, seen.has(element) ? leaf : allFields(item, items)!);
  }
  let state: TreeState | undefined;
  for (const [element, tree] of seen) state = whole.step(state, element, tree);
  return whole.finish(state) ?? leaf;
}

/** A difference in one field alone; for callers that know where it is. */
export const treeAt = (path: readonly string[], inner: FieldTree = leaf): FieldTree =>
  path.reduceRight<FieldTree>((tree, name) => makeTree(false, { [`f:${name}`]: tree })!, inner);
