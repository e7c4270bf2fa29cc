import { type FieldTree, hasElements, isMember } from './field-tree.ts';
import type { ListStructure, MapStructure, Structure } from './structure.ts';
import { elementOf, type Fields, isMap, kindOf } from './typed-value.ts';

/**
 * Takes out what a manager applied before (`last`) and nobody owns now (`owned`: what all managers own, the new configuration included). Only fields that the
 * manager named go, and what is within them. The value is not changed; what is not touched is shared.
 *
 * This does in one walk along `last` what structured-merge-diff's prune does in three steps: remove what was applied, add back what is owned, add back what the
 * manager did not name. A field that the schema declares counts as named by what is within it.
 */
export function prune(value: Fields, last: FieldTree | undefined, owned: FieldTree | undefined, structure: Structure): Fields {
  if (last === undefined || !hasElements(last)) return value;
  const pruned = inside(value, structure, { last, owned, isApplied: false, isLost: false });
  return isMap(pruned) ? pruned : {};
}

interface Place {
  readonly last: FieldTree;
  readonly owned: FieldTree | undefined;
  /** Whether something around was applied, and so would go. */
  readonly isApplied: boolean;
  /** Whether something around would go for want of an owner. */
  readonly isLost: boolean;
}

/** What is emptied becomes null, as upstream has it: that is how it differs from what is taken out. Decoding drops it. */
function inside(value: unknown, structure: Structure, place: Place): unknown {
  const kind = kindOf(structure, value);
  if (kind === 'map' && isMap(value) && !structure.map!.isAtomic) return insideMap(value, structure.map!, place);
  if (kind === 'list' && Array.isArray(value) && structure.list!.kind !== 'atomic') return insideList(value, structure.list!, place);
  return value;
}

function insideMap(value: Fields, structure: MapStructure, place: Place): unknown {
  let result: Record<string, unknown> | undefined;
  for (const element in place.last) {
    const name = element.slice(2);
    if (!element.startsWith('f:') || !Object.hasOwn(value, name)) continue;
    const declared = structure.declared(name);
    const step = stepInto(place, element, { isNamed: declared !== undefined, isTracked: declared === undefined || isTracked(value[name], declared) });
    if (step === 'gone') {
      result ??= { ...value };
      delete result[name];
      continue;
    }
    const rest = inside(value[name], structure.field(name), step);
    if (rest === value[name]) continue;
    result ??= { ...value };
    result[name] = rest;
  }
  if (!result) return value;
  return Object.keys(result).length > 0 ? result : null;
}

function insideList(value: readonly unknown[], structure: ListStructure, place: Place): unknown {
  let isChanged = false;
  const result: unknown[] = [];
  for (const item of value) {
    const element = elementOf(structure, item);
    if (place.last[element] === undefined) {
      result.push(item);
      continue;
    }
    const step = stepInto(place, element, { isNamed: false, isTracked: true });
    if (step === 'gone') {
      isChanged = true;
      continue;
    }
    const rest = inside(item, structure.items, step) ?? {};
    isChanged ||= rest !== item;
    result.push(rest);
  }
  if (!isChanged) return value;
  return result.length > 0 ? result : null;
}

/** An empty granular list is in no set of fields. */
const isTracked = (value: unknown, { list }: Structure): boolean => !Array.isArray(value) || value.length > 0 || list?.kind === 'atomic';

function stepInto(place: Place, element: string, about: { isNamed: boolean; isTracked: boolean }): Place | 'gone' {
  const last = place.last[element]!;
  const owned = place.owned?.[element];
  const wasApplied = isMember(last) || about.isNamed;
  const isApplied = place.isApplied || wasApplied;
  const isOwned = owned !== undefined && (isMember(owned) || about.isNamed);
  const isLost = place.isLost || (about.isTracked && isApplied && !isOwned);
  if (isLost && wasApplied && about.isTracked) return 'gone';
  return { last, owned, isApplied, isLost };
}
