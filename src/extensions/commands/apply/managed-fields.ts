import { isDeepStrictEqual } from 'node:util';
import type { ManagedFieldsEntry } from '../../../api/generated/meta-v1.ts';
import { lastAppliedAnnotation } from '../../../extension-points/commands/last-applied/last-applied.ts';

/** A tree of `fieldsV1`: `f:name` and the like; an empty tree, or `.` in one, is the field itself. */
interface FieldTree {
  readonly [element: string]: FieldTree;
}

/** The entries of an operation that own the annotation of client-side apply. */
export const ownersOfAnnotation = (entries: readonly ManagedFieldsEntry[], operation: 'Apply' | 'Update'): ManagedFieldsEntry[] =>
  entries.filter((entry) => {
    const fields = treeOf(entry)['f:metadata']?.['f:annotations']?.[`f:${lastAppliedAnnotation}`];
    return entry.operation === operation && fields !== undefined && isMember(fields);
  });

/**
 * The entries after what `updaters` own by updates has become `applier`'s by apply; `undefined` when nothing changes. Rules: client-go `util/csaupgrade`.
 */
export function withUpdatesApplied(
  entries: readonly ManagedFieldsEntry[],
  updaters: readonly string[],
  applier: string,
): readonly ManagedFieldsEntry[] | undefined {
  let result = [...entries];
  for (const updater of updaters) result = handedOver(result, updater, applier);
  return isDeepStrictEqual(result, entries) ? undefined : result;
}

function handedOver(entries: ManagedFieldsEntry[], updater: string, applier: string): ManagedFieldsEntry[] {
  const isWhole = ({ subresource = '' }: ManagedFieldsEntry): boolean => subresource === '';
  const isUpdate = (entry: ManagedFieldsEntry): boolean => entry.manager === updater && entry.operation === 'Update' && isWhole(entry);
  let place = entries.findIndex((entry) => entry.manager === applier && entry.operation === 'Apply' && isWhole(entry));
  if (place < 0) place = entries.findIndex(isUpdate);
  if (place < 0) return entries;
  const target: ManagedFieldsEntry = { ...entries[place]!, operation: 'Apply', manager: applier };
  const others = entries.filter((entry, index) => index !== place && isUpdate(entry) && entry.apiVersion === target.apiVersion).slice(0, 1);
  const fieldsV1 = others.reduce((tree, entry) => union(tree, treeOf(entry)), treeOf(target));
  return entries.map((entry, index) => (index === place ? { ...target, fieldsV1 } : entry)).filter((entry, index) => index === place || !isUpdate(entry));
}

const treeOf = ({ fieldsV1 }: ManagedFieldsEntry): FieldTree => (fieldsV1 ?? {}) as FieldTree;
const isMember = (tree: FieldTree): boolean => Object.keys(tree).length === 0 || Object.hasOwn(tree, '.');

function union(left: FieldTree, right: FieldTree): FieldTree {
  const result: Record<string, FieldTree> = { ...left };
  for (const [element, tree] of Object.entries(right)) {
    const known = Object.hasOwn(result, element) ? result[element]! : undefined;
    result[element] = known ? unionOfFields(known, tree) : tree;
  }
  return result;
}

/** A field that one of them owns itself stays so when the other brings what is below it. */
function unionOfFields(left: FieldTree, right: FieldTree): FieldTree {
  const both = union(left, right);
  return (isMember(left) || isMember(right)) && Object.keys(both).length > 0 ? { '.': {}, ...both } : both;
}
