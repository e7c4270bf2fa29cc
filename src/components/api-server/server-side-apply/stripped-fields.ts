import { treeAt } from './compare.ts';
import { asRoot, difference, type FieldTree, union } from './field-tree.ts';

const metadataFields = ['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion'];

/** What every object has and nobody owns. */
const unowned = [['apiVersion'], ['kind'], ['metadata'], ...metadataFields.map((name) => ['metadata', name])].reduce<FieldTree | undefined>(
  (tree, path) => union(tree, treeAt(path)),
  undefined,
);

export const stripped = (fields: FieldTree | undefined): FieldTree | undefined => asRoot(difference(fields, unowned));
