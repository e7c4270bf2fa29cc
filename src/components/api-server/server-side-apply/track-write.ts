import type { ManagedFieldsEntry } from '../../../api/generated/meta-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { timeText } from '../../../kernel/clock.ts';
import type { Machinery, RequestContext, Target, WriteRequestOptions } from '../operations/context.ts';
import { type Comparison, compare, compareObjects } from './compare.ts';
import { managerName } from './manager-name.ts';
import { entriesOf, type Manager, readManagers, sameTree, storedManagers } from './managers.ts';
import { type Endpoint, filtered, reconciled } from './ownership.ts';
import { fieldFilter } from './reset-fields.ts';
import { structureOf } from './structure.ts';
import { trackUpdate } from './track-update.ts';
import { ElementError } from './typed-value.ts';
import { Versions } from './versions.ts';

export interface TrackedWrite {
  /** What is about to be written, decoded and defaulted, before admission; its `managedFields` are set. */
  readonly draft: UntypedObject;
  /** The stored object; absent on create. */
  readonly old?: UntypedObject;
  readonly options: WriteRequestOptions;
}

/**
 * Records in `metadata.managedFields` of a draft what a create, update or patch changes and who does. Objects without a record get none on update, as upstream has it:
 * they are tracked again from their next apply on. So are those that cannot be compared in the versions of their managers.
 */
export function trackWrite(machinery: Machinery, context: RequestContext, target: Target, write: TrackedWrite): void | Promise<void> {
  const { draft, old } = write;
  const { metadata } = draft;
  const sent = metadata.managedFields;
  const managers = decodeLiveOrSent(target, sent, old?.metadata.managedFields);
  delete metadata.managedFields;
  if (managers.length === 0 && old) return;
  const endpoint = endpointOf(machinery, target);
  const name = managerName(write.options.fieldManager, context.userAgent);
  if (managers.every(({ apiVersion }) => apiVersion === endpoint.apiVersion)) {
    setEntries(machinery, draft, () => trackInOneVersion(managers, write, { name, endpoint }));
    return;
  }
  return trackInVersions(machinery, target, managers, { write, name, endpoint });
}

export const endpointOf = (machinery: Machinery, { served, subresource }: Target): Endpoint => ({
  structure: structureOf(served),
  apiVersion: served.apiVersion,
  subresource,
  filter: fieldFilter(served, subresource),
  time: secondText(machinery.clock.now()),
});

let newest = { second: -1, text: '' };

/** The same text serves all writes of a second. */
function secondText(nowMs: number): string {
  const second = Math.floor(nowMs / 1_000);
  if (newest.second !== second) newest = { second, text: timeText(nowMs) };
  return newest.text;
}

/** What the client sent of the record counts on the main resource when it can be read and says something. An empty entry clears the record. */
function decodeLiveOrSent(target: Target, sent: unknown, live: readonly ManagedFieldsEntry[] | undefined): Manager[] {
  if (target.subresource !== '' || sent === live || !Array.isArray(sent)) return storedManagers(live);
  const entries = sent as ManagedFieldsEntry[];
  if (isReset(entries)) return [];
  try {
    return withKnownTrees(readManagers(entries), live);
  } catch {
    // A client that does not understand the record must not spoil it.
    return storedManagers(live);
  }
}

const isReset = (entries: readonly ManagedFieldsEntry[]): boolean =>
  entries.length === 0 || (entries.length === 1 && Object.values(entries[0] ?? {}).every((value) => value === undefined || value === null || value === ''));

/** Most clients send back what they got: then the stored trees serve on. */
function withKnownTrees(managers: Manager[], live: readonly ManagedFieldsEntry[] | undefined): Manager[] {
  if (managers.length === 0) return storedManagers(live);
  const stored = storedManagers(live);
  return managers.map((manager) => stored.find((known) => isSame(known, manager)) ?? manager);
}

const isSame = (left: Manager, right: Manager): boolean =>
  left.name === right.name &&
  left.operation === right.operation &&
  left.apiVersion === right.apiVersion &&
  left.subresource === right.subresource &&
  left.time === right.time &&
  sameTree(left.fields, right.fields);

/** Before anything wrote to it, an object of a built-in kind has its type's zero values, a custom one nothing. */
export const emptyObject: UntypedObject = Object.freeze({}) as unknown as UntypedObject;

function trackInOneVersion(
  managers: readonly Manager[],
  { draft, old }: TrackedWrite,
  { name, endpoint }: { name: string; endpoint: Endpoint },
): readonly Manager[] {
  const comparison = compareObjects(old ?? emptyObject, draft, endpoint.structure);
  let within: Comparison | undefined;
  return trackUpdate(
    reconciled(managers, () => endpoint.structure),
    { name, endpoint, comparison, comparisonIn: () => (within ??= filtered(comparison, endpoint.filter)) },
  );
}

async function trackInVersions(
  machinery: Machinery,
  target: Target,
  managers: readonly Manager[],
  { write: { draft, old }, name, endpoint }: { write: TrackedWrite; name: string; endpoint: Endpoint },
): Promise<void> {
  const versions = new Versions(machinery.resources, target.served);
  const live = reconciled(managers, (apiVersion) => versions.structure(apiVersion));
  let comparisons: Map<string, Comparison>;
  try {
    comparisons = await comparisonsIn(versions, live, { before: old ?? emptyObject, after: draft, endpoint });
  } catch (error) {
    // Objects can be written, finalizers removed, while what converts them is gone.
    if (!(error instanceof ApiError)) throw error;
    logUntracked(machinery, draft, error);
    return;
  }
  setEntries(machinery, draft, () =>
    trackUpdate(live, {
      name,
      endpoint,
      comparison: comparisons.get(endpoint.apiVersion)!,
      comparisonIn: (apiVersion) =>
        apiVersion === endpoint.apiVersion ? filtered(comparisons.get(apiVersion)!, endpoint.filter) : comparisons.get(apiVersion)!,
    }),
  );
}

/** What differs in each version that a manager wrote in, and in the endpoint's own. */
export async function comparisonsIn(
  versions: Versions,
  managers: readonly Manager[],
  { before, after, endpoint }: { before: UntypedObject; after: UntypedObject; endpoint: Endpoint },
): Promise<Map<string, Comparison>> {
  const comparisons = new Map([[endpoint.apiVersion, compare(before, after, endpoint.structure)]]);
  for (const { apiVersion } of managers) {
    if (comparisons.has(apiVersion)) continue;
    const was = before === emptyObject ? before : await versions.convert(before, endpoint.apiVersion, apiVersion);
    const is = await versions.convert(after, endpoint.apiVersion, apiVersion);
    comparisons.set(apiVersion, compare(was, is, versions.structure(apiVersion)!));
  }
  return comparisons;
}

/** An object that cannot be tracked is written without a record; what is wrong with it is for validation to say. */
function setEntries(machinery: Machinery, draft: UntypedObject, track: () => readonly Manager[]): void {
  try {
    const entries = entriesOf(track());
    if (entries) draft.metadata.managedFields = entries;
  } catch (error) {
    if (!(error instanceof ElementError)) throw error;
    logUntracked(machinery, draft, error);
  }
}

function logUntracked(machinery: Machinery, { kind, metadata: { namespace, name } }: UntypedObject, { message }: Error): void {
  machinery.log.warn('managedFields could not be updated', { kind, namespace, name, error: message });
}
