/** What `apply` sends for kinds that know strategic merge patches. Rules: apimachinery `pkg/util/strategicpatch`, `CreateThreeWayMergePatch`. */
import { isDeepStrictEqual } from 'node:util';
import type { Schema, SchemaSet } from './schema.ts';
import { define, fieldMerge, has, isObject, type JsonObject, keyText, resolve, strategicDifference } from './strategic-merge-difference.ts';
import type { ThreeWays } from './three-way-merge-patch.ts';

/** A field was changed on the server, too, and otherwise. */
export class PatchConflict extends Error {
  readonly patch: JsonObject;
  readonly changes: JsonObject;
  constructor(patch: JsonObject, changes: JsonObject) {
    super('patch: conflict');
    this.name = 'PatchConflict';
    this.patch = patch;
    this.changes = changes;
  }
}

/**
 * The patch that brings what changed from `original` to `modified` into `current`: changes and additions against `current`, deletions against `original`; `{}` when there is
 * nothing to do. `overwrites: false` refuses, with `PatchConflict`, what was changed in `current` meanwhile. Throws as `strategicDifference`.
 */
export function threeWayStrategicPatch(
  { original, modified, current }: ThreeWays,
  schema: Schema | undefined,
  schemas: SchemaSet,
  { overwrites = true }: { readonly overwrites?: boolean } = {},
): Record<string, unknown> {
  const changes = strategicDifference({ original: current, modified }, schema, schemas, { ignoresDeletions: true, setsOrder: true });
  const deletions = strategicDifference({ original, modified }, schema, schemas, { ignoresChanges: true, setsOrder: true });
  const patch = unite(deletions, changes, resolve(schema, schemas), schemas);
  if (!overwrites) {
    const others = strategicDifference({ original, modified: current }, schema, schemas);
    if (conflict(patch, others, resolve(schema, schemas), schemas)) throw new PatchConflict(patch, others);
  }
  return patch;
}

/** Both patches are made against one `modified`, so they never say different things of one value. */
function unite(deletions: JsonObject, changes: JsonObject, schema: Schema | undefined, schemas: SchemaSet): Record<string, unknown> {
  const united: Record<string, unknown> = { ...deletions };
  for (const [name, change] of Object.entries(changes)) {
    const deletion = has(united, name) ? united[name] : undefined;
    if (!name.startsWith('$') && isObject(deletion) && isObject(change)) {
      const { inner, strategy } = fieldMerge(schema, name, schemas);
      define(united, name, strategy === 'replace' ? change : unite(deletion, change, inner, schemas));
    } else if (!name.startsWith('$') && Array.isArray(deletion) && Array.isArray(change)) {
      const { inner, strategy, mergeKey } = fieldMerge(schema, name, schemas);
      const order = (changes[`$setElementOrder/${name}`] ?? deletions[`$setElementOrder/${name}`] ?? []) as readonly unknown[];
      const isMerged = strategy === 'merge' && mergeKey !== undefined;
      define(united, name, isMerged ? uniteLists(deletion as JsonObject[], change as JsonObject[], { inner, mergeKey, order, schemas }) : change);
    } else define(united, name, change);
  }
  return united;
}

interface ListPlace {
  readonly inner: Schema | undefined;
  readonly mergeKey: string;
  readonly order: readonly unknown[];
  readonly schemas: SchemaSet;
}

/** In the order that the patch sets; what is to go stands behind. */
function uniteLists(deletions: readonly JsonObject[], changes: readonly JsonObject[], { inner, mergeKey, order, schemas }: ListPlace): JsonObject[] {
  const items = new Map(deletions.map((item) => [keyText(item[mergeKey]), item] as const));
  for (const change of changes) {
    const key = keyText(change[mergeKey]);
    const deletion = items.get(key);
    items.set(key, deletion ? unite(deletion, change, inner, schemas) : change);
  }
  const places = new Map(order.map((item, index) => [keyText((item as JsonObject)[mergeKey]), index] as const));
  const place = (item: JsonObject): number => ('$patch' in item ? Infinity : (places.get(keyText(item[mergeKey])) ?? order.length));
  return [...items.values()].sort((left, right) => (place(left) === place(right) ? 0 : place(left) - place(right)));
}

/** Whether two patches of one object say different things of one field. */
function conflict(left: JsonObject, right: JsonObject, schema: Schema | undefined, schemas: SchemaSet): boolean {
  return Object.entries(left).some(([name, value]) => {
    if (name === '$patch' || name === '$retainKeys' || !has(right, name)) return false;
    return valuesConflict(value, right[name], fieldMerge(schema, name, schemas), schemas);
  });
}

function valuesConflict(left: unknown, right: unknown, merge: ReturnType<typeof fieldMerge>, schemas: SchemaSet): boolean {
  if (isObject(left)) {
    if (!isObject(right) || left['$patch'] !== right['$patch']) return true;
    return merge.strategy !== 'replace' && conflict(left, right, merge.inner, schemas);
  }
  if (!Array.isArray(left)) return !isDeepStrictEqual(left, right);
  if (!Array.isArray(right)) return true;
  if (merge.strategy !== 'merge') return !isDeepStrictEqual(sortedScalars(left), sortedScalars(right));
  if (!left.some(isObject)) return false;
  const others = new Map((right as JsonObject[]).map((item) => [keyText(item[merge.mergeKey!]), item] as const));
  return (left as JsonObject[]).some((item) => {
    const other = others.get(keyText(item[merge.mergeKey!]));
    return other !== undefined && (item['$patch'] !== other['$patch'] || conflict(item, other, merge.inner, schemas));
  });
}

/** Scalars are compared without regard to their order. */
const sortedScalars = (list: readonly unknown[]): readonly unknown[] =>
  list.some((item) => typeof item === 'object' && item !== null) ? list : [...new Set(list.map(String))].sort();
