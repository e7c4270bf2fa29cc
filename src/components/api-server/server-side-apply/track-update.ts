import { capManagers } from './cap-managers.ts';
import type { Comparison } from './compare.ts';
import { type FieldTree, union } from './field-tree.ts';
import { identityOf, type Manager } from './managers.ts';
import { dispossess, type Endpoint } from './ownership.ts';
import { stripped } from './stripped-fields.ts';

/** A write that is not an apply. */
export interface TrackedUpdate {
  readonly name: string;
  readonly endpoint: Endpoint;
  /** What differs, in the endpoint's version and within what it can change. */
  readonly comparison: Comparison;
  readonly comparisonIn: (apiVersion: string) => Comparison;
}

/** Gives what a write changed to its manager and takes it from all others (upstream's FieldManager.Update). */
export function trackUpdate(managers: readonly Manager[], { name, endpoint, comparison, comparisonIn }: TrackedUpdate): readonly Manager[] {
  const others = dispossess(managers, undefined, comparisonIn);
  const fields = ownedBy(comparison, endpoint);
  if (fields === undefined) return capManagers(others);
  const manager: Manager = {
    name: name === '' ? 'unknown' : name,
    operation: 'Update',
    apiVersion: endpoint.apiVersion,
    subresource: endpoint.subresource,
    time: endpoint.time,
    fields,
  };
  const self = identityOf(manager);
  const before = others.find((other) => identityOf(other) === self);
  return capManagers([...others.filter((other) => other !== before), before ? { ...manager, fields: union(before.fields, fields) } : manager]);
}

/** Objects of a kind are mostly made of the same fields, and their comparisons of the same trees: so are the sets made of those. */
const known = new WeakMap<
  FieldTree,
  { readonly modified: FieldTree | undefined; readonly filter: Endpoint['filter']; readonly fields: FieldTree | undefined }
>();

function ownedBy({ added, modified }: Comparison, { filter }: Endpoint): FieldTree | undefined {
  const remembered = added && known.get(added);
  if (remembered && remembered.modified === modified && remembered.filter === filter) return remembered.fields;
  const fields = stripped(filter(union(modified, added)));
  if (added) known.set(added, { modified, filter, fields });
  return fields;
}
