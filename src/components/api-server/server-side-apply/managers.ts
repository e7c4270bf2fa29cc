import { makeCommon } from '../../../api/common-parts.ts';
import type { ManagedFieldsEntry } from '../../../api/generated/meta-v1.ts';
import { deepFreeze } from '../../../api/object.ts';
import { share } from '../operations/mutable-copy.ts';
import { asRoot, type FieldTree, leaf } from './field-tree.ts';
import { readTree } from './path-element.ts';

/** One writer of an object and the fields it owns: an entry of `metadata.managedFields`. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339; absent when the manager never changed a value. */
  readonly time: string | undefined;
  readonly fields: FieldTree | undefined;
  /** The entry this was read from, while it still says the same. */
  readonly entry?: ManagedFieldsEntry;
}

/** What tells managers apart: an applier is the same in every version. */
export const identityOf = ({ name, operation, apiVersion, subresource }: Omit<Manager, 'time' | 'fields' | 'entry'>): string =>
  JSON.stringify({
    ...(name === '' ? {} : { manager: name }),
    operation,
    ...(operation === 'Apply' ? {} : { apiVersion }),
    ...(subresource === '' ? {} : { subresource }),
  });

/** Reads the entries of a stored object: they are good, and their trees are in order. */
export function storedManagers(entries: readonly ManagedFieldsEntry[] | undefined): Manager[] {
  if (entries === undefined) return [];
  if (Object.isFrozen(entries)) share(entries);
  return entries.map((entry) => ({ ...managerOf(entry), fields: asRoot((entry.fieldsV1 ?? leaf) as FieldTree), entry }));
}

const managerOf = (entry: ManagedFieldsEntry): Omit<Manager, 'fields'> => ({
  name: entry.manager ?? '',
  operation: entry.operation as Manager['operation'],
  apiVersion: entry.apiVersion ?? '',
  subresource: entry.subresource ?? '',
  time: entry.time ?? undefined,
});

/** Reads the entries that a client sent. Throws an Error in upstream's words for one that cannot be. */
export function readManagers(entries: readonly ManagedFieldsEntry[]): Manager[] {
  const managers = new Map<string, Manager>();
  for (const [index, entry] of entries.entries()) {
    requireGood(entry, index);
    const manager: Manager = { ...managerOf(entry), time: timeOf(entry), fields: asRoot(fieldsOf(entry)) };
    managers.set(identityOf(manager), manager);
  }
  return [...managers.values()];
}

function requireGood(entry: ManagedFieldsEntry, index: number): void {
  if (entry.operation !== 'Apply' && entry.operation !== 'Update') throw new Error('operation must be `Apply` or `Update`');
  if (!entry.apiVersion) throw new Error('apiVersion must not be empty');
  if (!entry.fieldsType) throw new Error(`missing fieldsType in managed fields entry ${index}`);
  if (entry.fieldsType !== 'FieldsV1') throw new Error(`invalid fieldsType ${JSON.stringify(entry.fieldsType)} in managed fields entry ${index}`);
}

function fieldsOf(entry: ManagedFieldsEntry): FieldTree {
  try {
    return readTree(entry.fieldsV1 ?? {});
  } catch (error) {
    throw new Error(`error decoding versioned set from ${entry.manager ?? ''}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** In UTC and whole seconds, as they are stored. */
function timeOf({ time }: ManagedFieldsEntry): string | undefined {
  if (!time) return undefined;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? time : `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The entries as they are stored: in upstream's order, frozen. Undefined when there are none. */
export function entriesOf(managers: readonly Manager[]): ManagedFieldsEntry[] | undefined {
  if (managers.length === 0) return undefined;
  const entries = [...managers].sort(compareManagers).map(entryOf);
  return Object.freeze(share(entries)) as ManagedFieldsEntry[];
}

function compareManagers(left: Manager, right: Manager): number {
  return (
    compareTexts(left.operation, right.operation) ||
    compareTexts(left.time ?? '', right.time ?? '') ||
    compareTexts(left.name, right.name) ||
    compareTexts(left.apiVersion, right.apiVersion) ||
    compareTexts(left.subresource, right.subresource)
  );
}

const compareTexts = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

function entryOf(manager: Manager): ManagedFieldsEntry {
  const { entry, name, operation, apiVersion, subresource, time } = manager;
  const fields = manager.fields ?? leaf;
  if (entry && Object.isFrozen(entry) && entry.fieldsV1 === fields && entry.time === time && entry.apiVersion === apiVersion) return entry;
  const last = newest.get(fields);
  if (last && saysOf(last, manager)) return makeCommon(last);
  const made: ManagedFieldsEntry = deepFreeze({
    ...(name === '' ? {} : { manager: name }),
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields as Record<string, unknown>,
    ...(subresource === '' ? {} : { subresource }),
  });
  newest.set(fields, made);
  return made;
}

/** The last entry made of a set: objects of one template that are written in the same second have the same. */
const newest = new WeakMap<FieldTree, ManagedFieldsEntry>();

const saysOf = (entry: ManagedFieldsEntry, { name, operation, apiVersion, subresource, time }: Manager): boolean =>
  entry.time === time &&
  entry.operation === operation &&
  entry.apiVersion === apiVersion &&
  (entry.manager ?? '') === name &&
  (entry.subresource ?? '') === subresource;

/** Whether two lists of entries say the same but for times. */
export function sameButTimes(left: readonly ManagedFieldsEntry[] | undefined, right: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (!left || !right || left.length !== right.length || left === right) return false;
  const known = new Map(right.map((entry) => [identityOf(managerOf(entry)), entry]));
  return left.every((entry) => {
    const other = known.get(identityOf(managerOf(entry)));
    return other !== undefined && other.apiVersion === entry.apiVersion && sameTree(entry.fieldsV1 as FieldTree, other.fieldsV1 as FieldTree);
  });
}

/** Whether two sets in order are the same. */
export function sameTree(left: FieldTree | undefined, right: FieldTree | undefined): boolean {
  if (left === right) return true;
  if (left === undefined || right === undefined) return false;
  let count = 0;
  for (const element in left) {
    if (!sameTree(left[element], right[element])) return false;
    count++;
  }
  for (const _ in right) count--;
  return count === 0;
}
