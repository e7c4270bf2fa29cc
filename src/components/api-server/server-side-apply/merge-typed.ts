import type { Schema, SchemaSet } from '../../../api/schema.ts';
import { FieldSet } from './field-set.ts';
import { itemElement, memberElement, type Structure, structureOf } from './typed-structure.ts';

type Fields = Record<string, unknown>;

/** Lays an applied configuration over the live value. Neither is changed; the result shares parts of both. */
export function mergeTyped(live: unknown, config: unknown, schema: Schema | undefined, schemas: SchemaSet): unknown {
  if (live === undefined || live === null || Array.isArray(live) !== Array.isArray(config)) return config;
  const structure = structureOf(config, schema, schemas);
  if (structure.kind === 'atomic' || typeof live !== 'object') return config;
  if (structure.kind === 'map') {
    const result: Fields = { ...(live as Fields) };
    for (const [name, value] of Object.entries(config as Fields)) result[name] = mergeTyped(result[name], value, structure.field(name), schemas);
    return result;
  }
  if (structure.kind === 'set') {
    const known = new Set((live as unknown[]).map(memberElement));
    return [...(live as unknown[]), ...(config as unknown[]).filter((member) => !known.has(memberElement(member)))];
  }
  return mergeItems(live as unknown[], config as unknown[], structure, schemas);
}

/** Applied items come in the configuration's order; live items that it does not name keep their place relative to those before them. */
function mergeItems(live: unknown[], config: unknown[], structure: Extract<Structure, { kind: 'list' }>, schemas: SchemaSet): unknown[] {
  const wanted = new Map(config.map((item) => [itemElement(item, structure), item]));
  const merged = new Map<string, unknown>();
  const result: unknown[] = [];
  for (const item of live) {
    const element = itemElement(item, structure);
    const match = wanted.get(element);
    if (match === undefined) result.push(item);
    else {
      merged.set(element, mergeTyped(item, match, structure.items, schemas));
      result.push(merged.get(element));
    }
  }
  const liveOrder = [...merged.keys()];
  const wantedOrder = [...wanted.keys()].filter((element) => merged.has(element));
  const reordered = liveOrder.every((element, index) => element === wantedOrder[index]) ? result : inOrder(result, merged, wantedOrder);
  for (const [element, item] of wanted) if (!merged.has(element)) reordered.push(item);
  return reordered;
}

function inOrder(items: unknown[], merged: ReadonlyMap<string, unknown>, order: readonly string[]): unknown[] {
  const places = new Set(merged.values());
  let next = 0;
  return items.map((item) => (places.has(item) ? merged.get(order[next++]!) : item));
}

/** Takes the members of a set out of a value. Answers what is left; undefined when nothing is. */
export function removeFields(value: unknown, fields: FieldSet, schema: Schema | undefined, schemas: SchemaSet): unknown {
  if (fields.isMember && (fields.children.size === 0 || typeof value !== 'object' || value === null)) return undefined;
  if (typeof value !== 'object' || value === null) return value;
  const structure = structureOf(value, schema, schemas);
  switch (structure.kind) {
    case 'atomic':
      return value;
    case 'map':
      return removeFromMap(value as Fields, fields, structure, schemas);
    case 'set':
      return (value as unknown[]).filter((member) => !fields.children.has(memberElement(member)));
    case 'list':
      return removeItems(value as unknown[], fields, structure, schemas);
  }
}

function removeFromMap(value: Fields, fields: FieldSet, structure: Extract<Structure, { kind: 'map' }>, schemas: SchemaSet): Fields | undefined {
  const result: Fields = { ...value };
  for (const [element, child] of fields.children) {
    const name = element.slice(2);
    if (!element.startsWith('f:') || !(name in result)) continue;
    const rest = removeFields(result[name], child, structure.field(name), schemas);
    const isEmptied = typeof rest === 'object' && rest !== null && Object.keys(rest).length === 0;
    if (rest === undefined || isEmptied) delete result[name];
    else result[name] = rest;
  }
  return result;
}

function removeItems(value: unknown[], fields: FieldSet, structure: Extract<Structure, { kind: 'list' }>, schemas: SchemaSet): unknown[] {
  const result: unknown[] = [];
  for (const item of value) {
    const gone = fields.children.get(itemElement(item, structure));
    if (!gone) result.push(item);
    else if (!gone.isMember) result.push(removeFields(item, gone, structure.items, schemas));
  }
  return result;
}

/** The value at each member of a set, compared between two objects: the members whose values differ. */
export function differing(
  left: unknown,
  right: unknown,
  fields: FieldSet,
  how: { schema: Schema | undefined; schemas: SchemaSet; equal: (a: unknown, b: unknown) => boolean },
): FieldSet {
  const result = new FieldSet();
  if (fields.children.size === 0) {
    result.isMember = fields.isMember && !how.equal(left, right);
    return result;
  }
  const structure = structureOf(right ?? left, how.schema, how.schemas);
  for (const [element, child] of fields.children) {
    const schema = structure.kind === 'map' ? structure.field(element.slice(2)) : structure.kind === 'list' ? structure.items : undefined;
    const inner = differing(valueAt(left, element, structure), valueAt(right, element, structure), child, { ...how, schema });
    if (!inner.isEmpty) result.children.set(element, inner);
  }
  return result;
}

function valueAt(value: unknown, element: string, structure: Structure): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (structure.kind === 'map') return (value as Fields)[element.slice(2)];
  if (!Array.isArray(value)) return undefined;
  if (structure.kind === 'list') return value.find((item) => itemElement(item, structure) === element);
  return value.find((member) => memberElement(member) === element);
}
