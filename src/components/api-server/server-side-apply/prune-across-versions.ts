import { liveFields } from './configuration-fields.ts';
import { difference, type FieldTree, intersection, isMember, leaf, makeTree, union } from './field-tree.ts';
import type { Structure } from './structure.ts';
import { elementOf, type Fields, isMap, kindOf } from './typed-value.ts';

/** Everything that a removal across versions has to ask. */
export interface VersionedPrune {
  /** The merged object in the version that the manager applied last. */
  readonly merged: Fields;
  /** What the manager applied last, in that version. */
  readonly last: FieldTree;
  readonly version: string;
  /** What managers own now, by version. */
  readonly owned: ReadonlyMap<string, FieldTree>;
  readonly structureOf: (version: string) => Structure;
  readonly convert: (object: Fields, from: string, to: string) => Promise<Fields>;
}

/**
 * The same as `prune` where managers own fields in several versions that differ in structure: step by step, as structured-merge-diff does it.
 * Answers the object in the version that was applied last.
 */
export async function pruneAcrossVersions({ merged, last, version, owned, structureOf, convert }: VersionedPrune): Promise<Fields> {
  const structure = structureOf(version);
  let pruned = removeItems(merged, withNamedFields(last, structure), structure) as Fields;
  const versions = [version, ...[...owned.keys()].filter((other) => other !== version)];
  for (const other of versions) {
    const set = owned.get(other);
    if (!set) continue;
    const shape = structureOf(other);
    const whole = await convert(merged, version, other);
    const rest = await convert(pruned, version, other);
    const unowned = difference(fieldsOf(whole, shape), union(fieldsOf(rest, shape), withNamedFields(set, shape)));
    pruned = await convert(removeItems(whole, unowned, shape) as Fields, other, version);
  }
  const dangling = difference(fieldsOf(merged, structure), fieldsOf(pruned, structure));
  return removeItems(merged, intersection(dangling, withNamedFields(last, structure)), structure) as Fields;
}

const fieldsOf = (value: Fields, structure: Structure): FieldTree | undefined => withNamedFields(liveFields(value, structure), structure);

/** The set with every declared field that something within belongs to. */
export function withNamedFields(tree: FieldTree | undefined, structure: Structure | undefined): FieldTree | undefined {
  if (tree === undefined) return undefined;
  const elements: Record<string, FieldTree> = {};
  for (const element in tree) {
    if (element === '.') continue;
    const declared = element.startsWith('f:') ? structure?.map?.declared(element.slice(2)) : undefined;
    const inner = element.startsWith('f:') ? (declared ?? structure?.map?.elements) : element.startsWith('k:') ? structure?.list?.items : undefined;
    const child = withNamedFields(tree[element], inner)!;
    elements[element] = declared && !isMember(child) ? union(child, leaf)! : child;
  }
  return makeTree(isMember(tree), elements);
}

/** Takes fields and items out of a value. A map or list that is emptied becomes null. */
export function removeItems(value: unknown, items: FieldTree | undefined, structure: Structure): unknown {
  if (items === undefined) return value;
  const kind = kindOf(structure, value);
  if (kind === 'map' && isMap(value) && !structure.map!.isAtomic) {
    const result: Record<string, unknown> = {};
    for (const [name, inner] of Object.entries(value)) {
      const gone = items[`f:${name}`];
      if (gone !== undefined && isMember(gone)) continue;
      result[name] = gone === undefined ? inner : removeItems(inner, gone, structure.map!.field(name));
    }
    return Object.keys(result).length > 0 || Object.keys(value).length === 0 ? result : null;
  }
  if (kind === 'list' && Array.isArray(value) && structure.list!.kind !== 'atomic') {
    const list = structure.list!;
    const result = value.flatMap((item) => {
      const gone = items[elementOf(list, item)];
      return gone === undefined ? [item] : isMember(gone) ? [] : [removeItems(item, gone, list.items) ?? {}];
    });
    return result.length > 0 || value.length === 0 ? result : null;
  }
  return value;
}
