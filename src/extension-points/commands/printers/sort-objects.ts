import type { UntypedObject } from '../../../api/object.ts';
import { compareQuantities, parseQuantity, quantityProblem } from '../../../api/quantity.ts';
import { findResults } from './jsonpath/evaluate-jsonpath.ts';
import type { TemplateNode } from './jsonpath/nodes.ts';
import { parseJsonPath } from './jsonpath/parse-jsonpath.ts';
import { relaxedPath } from './relaxed-path.ts';
import { isTable } from './table-printer.ts';

/** Puts objects, or the rows of one table, in the order of a field. Throws when no object has the field, or when it is neither text nor number. */
export function sortObjects(objects: readonly UntypedObject[], field: string): UntypedObject[] {
  const tables = objects.filter(isTable);
  if (tables.length === 0) return objects.length < 2 ? [...objects] : sorted(objects, (object) => object, relaxedPath(field));
  if (tables.length < objects.length) throw new Error('sorting is not supported on mixed Table and non-Table object lists');
  const path = tryRelaxed(field);
  return tables.map((table) => (table.rows.length < 2 ? table : { ...table, rows: sorted(table.rows, ({ object }) => object ?? { metadata: {} }, path) }));
}

function tryRelaxed(field: string): string {
  try {
    return relaxedPath(field);
  } catch {
    return field;
  }
}

function sorted<Item>(items: readonly Item[], objectOf: (item: Item) => UntypedObject, path: string): Item[] {
  const nodes = parse(path);
  const keyed = items.map((item) => ({ item, key: findResults(nodes, objectOf(item), { allowsMissingKeys: true })[0] ?? [] }));
  if (keyed.every(({ key }) => key.length === 0)) throw new Error(`couldn't find any field with path ${JSON.stringify(path)} in the list of objects`);
  return keyed.sort((left, right) => compareKeys(left.key, right.key, path)).map(({ item }) => item);
}

function parse(path: string): TemplateNode[] {
  try {
    return parseJsonPath(path);
  } catch (cause) {
    throw new Error(`sorting error: ${(cause as Error).message}`, { cause });
  }
}

/** What lacks the field comes first. */
function compareKeys(left: readonly unknown[], right: readonly unknown[], path: string): number {
  if (left.length === 0 || right.length === 0) return left.length - right.length;
  return compare(left[0], right[0], path);
}

function compare(left: unknown, right: unknown, path: string): number {
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right);
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  throw new Error(
    `Field ${path} in []interface {} is an unsortable type: interface, err: unsortable type: ${Array.isArray(left) ? '[]interface {}' : typeof left}`,
  );
}

/** Quantities by their amount: `100m` before `1`. */
function compareTexts(left: string, right: string): number {
  const areQuantities = quantityProblem(left) === undefined && quantityProblem(right) === undefined;
  if (areQuantities) return compareQuantities(parseQuantity(left), parseQuantity(right));
  return left < right ? -1 : left > right ? 1 : 0;
}
