import { type FieldTree, hasElements, isMember, leaf, makeTree } from './field-tree.ts';
import { deduced, type Structure } from './structure.ts';

const checked = new WeakMap<FieldTree, Structure>();

/**
 * Fits a set of fields to a schema that changed since it was recorded: what was granular and is atomic now is owned as one. The other way round nothing is done.
 * Rules: structured-merge-diff's ReconcileFieldSetWithSchema.
 */
export function reconcile(tree: FieldTree | undefined, structure: Structure): FieldTree | undefined {
  if (tree === undefined || checked.get(tree) === structure) return tree;
  const fitted = fit(tree, structure, false);
  checked.set(fitted, structure);
  return fitted;
}

function fit(tree: FieldTree, structure: Structure, isWhole: boolean): FieldTree {
  const { map, scalar, list } = structure;
  if (map) {
    if (map.elements === deduced && map.isOpen) return tree;
    if (map.isAtomic) return !isWhole && hasElements(tree) ? leaf : tree;
    return fitElements(tree, (element) => (element.startsWith('f:') ? (map.declared(element.slice(2)) ?? map.elements) : undefined));
  }
  if (scalar || !list) return tree;
  if (list.kind === 'atomic') return leaf;
  return fitElements(tree, () => list.items);
}

function fitElements(tree: FieldTree, typeOf: (element: string) => Structure | undefined): FieldTree {
  let changed: Record<string, FieldTree> | undefined;
  for (const element in tree) {
    const type = element === '.' ? undefined : typeOf(element);
    if (!type) continue;
    const inner = tree[element]!;
    const fitted = fit(inner, type, !hasElements(inner));
    if (fitted === inner || (!hasElements(fitted) && !hasElements(inner))) continue;
    changed ??= { ...tree };
    changed[element] = fitted;
  }
  if (!changed) return tree;
  const { '.': _, ...elements } = changed;
  return makeTree(isMember(tree), elements)!;
}
