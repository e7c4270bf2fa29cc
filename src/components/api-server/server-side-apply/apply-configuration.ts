import type { UntypedObject } from '../../../api/object.ts';
import { deepEqual } from '../operations/deep-equal.ts';
import { type Comparison, compare, noDifference } from './compare.ts';
import { fieldsOfConfiguration } from './configuration-fields.ts';
import { ApplyConflicts } from './conflict.ts';
import { type FieldTree, union } from './field-tree.ts';
import { identityOf, type Manager, sameTree } from './managers.ts';
import { merge } from './merge.ts';
import { contestsOf, dispossess, type Endpoint, filtered, reconciled } from './ownership.ts';
import { prune } from './prune.ts';
import { pruneAcrossVersions } from './prune-across-versions.ts';
import { stripped } from './stripped-fields.ts';
import { trackUpdate } from './track-update.ts';
import { comparisonsIn, emptyObject } from './track-write.ts';
import type { Fields } from './typed-value.ts';
import type { Versions } from './versions.ts';

/** One configuration on its way into an object. */
export interface Application {
  /** The stored object in the endpoint's version, or `emptyObject`. */
  readonly live: UntypedObject;
  readonly config: UntypedObject;
  /** Who owns what of the live object. */
  readonly managers: readonly Manager[];
  readonly name: string;
  readonly force: boolean;
  readonly endpoint: Endpoint;
  readonly versions: Versions;
}

export interface Applied {
  /** The merged object, not yet defaulted; the live one itself when nothing changes. Shares parts of both. */
  readonly object: UntypedObject;
  readonly managers: readonly Manager[];
}

/**
 * Merges a configuration into an object: what the manager applied before and no longer mentions goes, unless someone owns it too; fields that others own with other
 * values are conflicts unless `force`. Rules: upstream's FieldManager.Apply and structured-merge-diff's Updater.
 * Throws TypeFaults for a configuration that does not fit its type, ApplyConflicts.
 */
export async function applyConfiguration(application: Application): Promise<Applied> {
  const { endpoint, live, config, name, versions } = application;
  const { apiVersion, subresource, structure } = endpoint;
  const identity = identityOf({ name, operation: 'Apply', apiVersion, subresource });
  const fields = endpoint.filter(fieldsOfConfiguration(config, structure));
  const own = stripped(fields);
  const known = application.managers.length > 0 ? application.managers : before(application);
  const managers = reconciled(known, (version) => versions.structure(version));
  const others = managers.filter((manager) => identityOf(manager) !== identity);
  const last = managers.find((manager) => identityOf(manager) === identity);
  const merged = merge(live, config, structure) as UntypedObject;
  const object = await pruned(application, merged, { last, now: [...others, { apiVersion, fields }], own });
  const comparisonIn = await comparer(application, object, others);
  const contests = contestsOf(others, undefined, comparisonIn);
  if (contests.length > 0 && !application.force) throw new ApplyConflicts(contests);
  const kept = dispossess(others, undefined, comparisonIn);
  const isSame = object === live || deepEqual(live, object);
  if (own === undefined) return { object: isSame ? live : object, managers: kept };
  const time = isSame ? last?.time : endpoint.time;
  const isKnown = last?.apiVersion === apiVersion && sameTree(last.fields, own);
  const manager: Manager = isKnown ? { ...last, time } : { name, operation: 'Apply', apiVersion, subresource, time, fields: own };
  return { object: isSame ? live : object, managers: [...kept, manager] };
}

/** What nobody tracked belongs to one who wrote before the first apply. */
function before({ live, endpoint }: Application): readonly Manager[] {
  if (live === emptyObject) return [];
  const comparison = compare(emptyObject, live, endpoint.structure);
  return trackUpdate([], { name: 'before-first-apply', endpoint, comparison, comparisonIn: () => noDifference });
}

type Owner = Pick<Manager, 'apiVersion' | 'fields'>;

async function pruned(
  { endpoint, versions }: Application,
  merged: UntypedObject,
  { last, now, own }: { last: Manager | undefined; now: readonly Owner[]; own: FieldTree | undefined },
): Promise<UntypedObject> {
  if (last?.fields === undefined || (last.apiVersion === endpoint.apiVersion && sameTree(last.fields, own))) return merged;
  if (last.apiVersion === endpoint.apiVersion && now.every(({ apiVersion }) => apiVersion === endpoint.apiVersion)) {
    const owned = now.reduce<FieldTree | undefined>((all, { fields }) => union(all, fields), undefined);
    return prune(merged, last.fields, owned, endpoint.structure) as UntypedObject;
  }
  const owned = new Map<string, FieldTree>();
  for (const { apiVersion, fields } of now) {
    const all = union(owned.get(apiVersion), fields);
    if (all) owned.set(apiVersion, all);
  }
  const convert = (object: Fields, from: string, to: string): Promise<Fields> => versions.convert(object, from, to);
  const rest = await pruneAcrossVersions({
    merged: await convert(merged, endpoint.apiVersion, last.apiVersion),
    last: last.fields,
    version: last.apiVersion,
    owned,
    structureOf: (version) => versions.structure(version)!,
    convert,
  });
  return versions.convert(rest, last.apiVersion, endpoint.apiVersion);
}

/** Tells what the application changes, in the version of each other manager and within what the endpoint can change. */
async function comparer(
  { endpoint, live, versions }: Application,
  object: UntypedObject,
  others: readonly Manager[],
): Promise<(version: string) => Comparison> {
  if (object === live) return () => noDifference;
  const comparisons = await comparisonsIn(versions, others, { before: live, after: object, endpoint });
  const own = filtered(comparisons.get(endpoint.apiVersion)!, endpoint.filter);
  return (version) => (version === endpoint.apiVersion ? own : comparisons.get(version)!);
}
