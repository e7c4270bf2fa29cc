/** What `apply` sends for kinds that know JSON merge patches only. Rules: apimachinery `pkg/util/jsonmergepatch`. */
import { isDeepStrictEqual } from 'node:util';
import { define, has, isObject, type JsonObject } from './strategic-merge-difference.ts';

/** What was applied last, what is to be applied, and what the server has. */
export interface ThreeWays {
  readonly original: JsonObject;
  readonly modified: JsonObject;
  readonly current: JsonObject;
}

/**
 * The patch that brings what changed from `original` to `modified` into `current`: changes and additions against `current`, deletions against `original`; `{}` when there is
 * nothing to do. Lists are replaced whole. Throws when it would change the version, the kind or the name.
 */
export function threeWayMergePatch({ original, modified, current }: ThreeWays): Record<string, unknown> {
  const patch = unite(onlyDeletions(mergePatchBetween(original, modified)), withoutDeletions(mergePatchBetween(current, modified)));
  const metadata = patch['metadata'];
  if (has(patch, 'apiVersion') || has(patch, 'kind') || (isObject(metadata) && has(metadata, 'name')))
    throw new Error('At least one of apiVersion, kind and name was changed');
  return patch;
}

/** The merge patch that makes `after` of `before`; nulls of `after` are kept. */
export function mergePatchBetween(before: JsonObject, after: JsonObject): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(after)) {
    if (value === undefined) continue;
    const old = has(before, name) ? before[name] : undefined;
    if (isObject(old) && isObject(value)) {
      const inner = mergePatchBetween(old, value);
      if (Object.keys(inner).length > 0) define(patch, name, inner);
    } else if (!isDeepStrictEqual(old, value)) define(patch, name, value);
  }
  for (const name of Object.keys(before)) if (has(before, name) && !has(after, name)) define(patch, name, null);
  return patch;
}

function withoutDeletions(patch: JsonObject): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) continue;
    if (!isObject(value) || Object.keys(value).length === 0) define(kept, name, value);
    else {
      const inner = withoutDeletions(value);
      if (Object.keys(inner).length > 0) define(kept, name, inner);
    }
  }
  return kept;
}

function onlyDeletions(patch: JsonObject): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) define(kept, name, null);
    else if (isObject(value)) {
      const inner = onlyDeletions(value);
      if (Object.keys(inner).length > 0) define(kept, name, inner);
    }
  }
  return kept;
}

function unite(deletions: JsonObject, changes: JsonObject): Record<string, unknown> {
  const united: Record<string, unknown> = { ...deletions };
  for (const [name, change] of Object.entries(changes)) {
    const deletion = has(united, name) ? united[name] : undefined;
    define(united, name, isObject(deletion) && isObject(change) ? unite(deletion, change) : change);
  }
  return united;
}
