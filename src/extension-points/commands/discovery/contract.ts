import type { ResourceType } from '../../../api/resource-type.ts';

/** A resource as a server's discovery tells of it, in one version. */
export interface ServedResource extends ResourceType {
  /** Lower case, singular; used in messages. */
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** Names of sub-resources: `status`, `scale`, `log`. */
  readonly subresources: readonly ServedSubresource[];
}

export interface ServedSubresource {
  readonly name: string;
  /** What it reads and writes, where that is not the resource's own kind: `autoscaling/v1` `Scale`. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

export interface ServedGroup {
  /** `''` is the core group. */
  readonly name: string;
  /** Best first; the first is preferred. */
  readonly versions: readonly ServedVersion[];
}

export interface ServedVersion {
  readonly version: string;
  readonly resources: readonly ServedResource[];
  /** The server behind an aggregated API did not answer: `resources` may be old or none. */
  readonly isStale?: boolean;
}

/** Everything a server serves, groups in its order. */
export interface Discovery {
  readonly groups: readonly ServedGroup[];
  /** Groups that could not be asked, as one message each. */
  readonly problems: readonly string[];
}

/**
 * From the words people use to resources. Words may be plural, singular, short names or kinds, in any case, with a group or a version and a group behind:
 * `po`, `pods`, `Deployment.apps`, `deployments.v1.apps`. Answers come from what was learnt before (a file, up to six hours old); a word that is not known is asked for anew.
 */
export interface ResourceMapper {
  /** Throws `the server doesn't have a resource type "x"`. Of several groups the first in the server's order counts, of several versions the preferred one. */
  resourceFor(word: string): Promise<ServedResource>;
  /** The resource of objects of a kind. Throws `no matches for kind "X" in version "g/v"`, with upstream's advice on custom resources. */
  resourceForKind(apiVersion: string, kind: string): Promise<ServedResource>;
  /** What a category stands for (`all`), as `resource.group`; undefined when there is none of that name. */
  category(name: string): Promise<readonly ServedResource[] | undefined>;
  /** `fresh` asks the server whatever is remembered. */
  discovery(options?: { readonly fresh?: boolean }): Promise<Discovery>;
  /** Forgets what is remembered, on disk too. */
  invalidate(): void;
}
