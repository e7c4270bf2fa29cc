/**
 * A set of fields of an object in the form `managedFields` records it (FieldsV1): a tree of path elements `f:name`, `k:{"key":"value"}` (item of a keyed list) and
 * `v:value` (member of a set). A node without inner elements belongs to the set; one with inner elements does when it holds `.`. The empty set is `undefined`.
 * Trees are frozen and shared, and their elements stand in upstream's order.
 */
export interface FieldTree {
  readonly [element: string]: FieldTree;
}

/** A field of its own: a member without inner fields. */
export const leaf: FieldTree = Object.freeze({});

export const hasElements = (tree: FieldTree): boolean => {
  for (const _ in tree) return true;
  return false;
};

/** Whether the node itself belongs to the set. */
export const isMember = (tree: FieldTree): boolean => tree['.'] !== undefined || !hasElements(tree);

/** Makes a node. `elements` may be in any order and holds no `.`; undefined when the node says nothing. */
export function makeTree(member: boolean, elements: Readonly<Record<string, FieldTree>>): FieldTree | undefined {
  const names = Object.keys(elements);
  if (names.length === 0) return member ? leaf : undefined;
  const tree: Record<string, FieldTree> = {};
  if (member) tree['.'] = leaf;
  for (const name of inOrder(names)) tree[name] = elements[name]!;
  return Object.freeze(tree);
}

function inOrder(names: string[]): string[] {
  for (let index = 1; index < names.length; index++) if (compareElements(names[index - 1]!, names[index]!) > 0) return names.sort(compareElements);
  return names;
}

/** Upstream's order of path elements: fields by name, then keyed items by their keys' values, then members by value. */
export function compareElements(left: string, right: string): number {
  if (left.startsWith('f:') || right.startsWith('f:')) {
    if (!right.startsWith('f:')) return -1;
    if (!left.startsWith('f:')) return 1;
    return compareTexts(left, right);
  }
  if (left[0] !== right[0]) return left[0] === 'k' ? -1 : 1;
  if (left === right) return 0;
  // All characters that a plain text may hold come after the quote that ends it.
  if (plainElement.test(left) && plainElement.test(right)) return compareTexts(left, right);
  const [mine, yours] = [left, right].map((element) => JSON.parse(element.slice(2)) as unknown);
  return left[0] === 'k' ? compareKeys(mine as Record<string, unknown>, yours as Record<string, unknown>) : compareValues(mine, yours);
}

/** A member that is a plain text, or an item with one such key. */
const plainElement = /^[kv]:(?:\{"[\w.-]+":)?"[\w./:+-]*"\}?$/;

const compareTexts = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

function compareKeys(left: Record<string, unknown>, right: Record<string, unknown>): number {
  const mine = Object.keys(left).sort();
  const yours = Object.keys(right).sort();
  for (let index = 0; index < Math.min(mine.length, yours.length); index++) {
    const order = compareTexts(mine[index]!, yours[index]!) || compareValues(left[mine[index]!], right[yours[index]!]);
    if (order !== 0) return order;
  }
  return mine.length - yours.length;
}

const ranks: Readonly<Record<string, number>> = { number: 0, string: 1, boolean: 2 };

function compareValues(left: unknown, right: unknown): number {
  const rank = (ranks[typeof left] ?? 3) - (ranks[typeof right] ?? 3);
  if (rank !== 0) return rank;
  if (typeof left === 'number') return left - (right as number);
  return compareTexts(String(left), String(right));
}

/** Members of either. Answers `left` itself when `right` adds nothing. */
export function union(left: FieldTree | undefined, right: FieldTree | undefined): FieldTree | undefined {
  if (left === undefined || left === right) return right;
  if (right === undefined) return left;
  let changed: Record<string, FieldTree> | undefined;
  for (const element in right) {
    if (element === '.') continue;
    const mine = left[element];
    const merged = union(mine, right[element])!;
    if (merged === mine) continue;
    changed ??= elementsOf(left);
    changed[element] = merged;
  }
  const member = isMember(left) || isMember(right);
  if (changed === undefined && member === isMember(left)) return left;
  return makeTree(member, changed ?? elementsOf(left));
}

/** Members of `left` that are not in `right`. A field that goes leaves its inner fields in the set. Answers `left` itself when nothing goes. */
export const difference = (left: FieldTree | undefined, right: FieldTree | undefined): FieldTree | undefined => subtract(left, right, false);

/** The same, but what is in `right` goes with all that is in it. */
export const recursiveDifference = (left: FieldTree | undefined, right: FieldTree | undefined): FieldTree | undefined => subtract(left, right, true);

function subtract(left: FieldTree | undefined, right: FieldTree | undefined, isRecursive: boolean): FieldTree | undefined {
  if (left === undefined || right === undefined) return left;
  const lost = isMember(right);
  if (lost && isRecursive) return undefined;
  let changed: Record<string, FieldTree> | undefined;
  for (const element in right) {
    if (element === '.') continue;
    const mine = left[element];
    if (mine === undefined) continue;
    const rest = subtract(mine, right[element], isRecursive);
    if (rest === mine) continue;
    changed ??= elementsOf(left);
    if (rest === undefined) delete changed[element];
    else changed[element] = rest;
  }
  const wasMember = isMember(left);
  const member = wasMember && !lost;
  if (changed === undefined && member === wasMember) return left;
  return makeTree(member, changed ?? elementsOf(left));
}

/** Members of both. */
export function intersection(left: FieldTree | undefined, right: FieldTree | undefined): FieldTree | undefined {
  if (left === undefined || right === undefined) return undefined;
  const elements: Record<string, FieldTree> = {};
  for (const element in left) {
    if (element === '.') continue;
    const both = intersection(left[element], right[element]);
    if (both !== undefined) elements[element] = both;
  }
  return makeTree(isMember(left) && isMember(right), elements);
}

function elementsOf(tree: FieldTree): Record<string, FieldTree> {
  const { '.': _, ...elements } = tree;
  return elements;
}

/** The same as a root: the whole object is no member, so a set without fields is `undefined`. */
export const asRoot = (tree: FieldTree | undefined): FieldTree | undefined => (tree === undefined || !hasElements(tree) ? undefined : tree);

/** How many fields belong to the set. */
export function sizeOf(tree: FieldTree | undefined): number {
  if (tree === undefined) return 0;
  let size = isMember(tree) ? 1 : 0;
  for (const element in tree) if (element !== '.') size += sizeOf(tree[element]);
  return size;
}
