import type { Comparison } from './compare.ts';
import { difference, type FieldTree, intersection, sizeOf, union } from './field-tree.ts';
import { identityOf, type Manager } from './managers.ts';
import { reconcile } from './reconcile-structure.ts';
import type { FieldFilter } from './reset-fields.ts';
import type { Structure } from './structure.ts';

/** The endpoint that a write came in by. */
export interface Endpoint {
  readonly structure: Structure;
  readonly apiVersion: string;
  readonly subresource: string;
  /** What the endpoint can change of a set of fields. */
  readonly filter: FieldFilter;
  /** The time of the write, RFC 3339. */
  readonly time: string;
}

/** Fields of another manager that a write changes. */
export interface Contest {
  readonly manager: Manager;
  readonly fields: FieldTree;
}

export const filtered = ({ added, modified, removed }: Comparison, filter: FieldFilter): Comparison => ({
  added: filter(added),
  modified: filter(modified),
  removed: filter(removed),
});

/** Which fields that managers other than `self` own are added or changed. `comparisonIn` tells what differs in the version that a manager wrote in. */
export function contestsOf(managers: readonly Manager[], self: string | undefined, comparisonIn: (apiVersion: string) => Comparison): Contest[] {
  return managers.flatMap((manager) => {
    if (identityOf(manager) === self) return [];
    const { added, modified } = comparisonIn(manager.apiVersion);
    const fields = intersection(manager.fields, union(modified, added));
    return sizeOf(fields) === 0 ? [] : [{ manager, fields: fields! }];
  });
}

/** The managers other than `self` without what a write takes from them. Those that own nothing any more are gone. */
export function dispossess(managers: readonly Manager[], self: string | undefined, comparisonIn: (apiVersion: string) => Comparison): Manager[] {
  return managers.flatMap((manager) => {
    if (identityOf(manager) === self) return [manager];
    const { added, modified, removed } = comparisonIn(manager.apiVersion);
    const fields = difference(difference(difference(manager.fields, modified), added), removed);
    return sizeOf(fields) === 0 ? [] : fields === manager.fields ? [manager] : [{ ...manager, fields }];
  });
}

/** The managers with sets that fit the schema as it is now. `structureIn` is undefined for versions that are no longer there; their managers are dropped. */
export function reconciled(managers: readonly Manager[], structureIn: (apiVersion: string) => Structure | undefined): Manager[] {
  return managers.flatMap((manager) => {
    const structure = structureIn(manager.apiVersion);
    if (!structure) return [];
    const fields = reconcile(manager.fields, structure);
    return fields === manager.fields ? [manager] : [{ ...manager, fields }];
  });
}
