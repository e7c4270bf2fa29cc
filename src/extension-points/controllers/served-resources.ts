import type { ResourceType } from '../../api/resource-type.ts';

/** One resource the API serves now, in its preferred version. */
export interface ServedResource {
  readonly type: ResourceType;
  readonly verbs: readonly string[];
}

export interface ServedResources {
  readonly resources: readonly ServedResource[];
  /** Groups whose resources could not be found out, by `group/version`, with why. */
  readonly failures: ReadonlyMap<string, string>;
}

/** Finds out which resources the API serves. Asked again whenever it may have changed. Throws when nothing at all can be found out. */
export type DiscoverResources = () => ServedResources | Promise<ServedResources>;
