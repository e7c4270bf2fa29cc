import type { KubernetesObject } from './object.ts';

/** Names one kind of object on the wire. `T` is the shape of its objects; it exists in types only. */
export interface ResourceType<T extends KubernetesObject = KubernetesObject> {
  /** `''` is the core group. */
  readonly group: string;
  readonly version: string;
  /** The plural, lower-case name used in paths. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never set; carries `T` for inference. */
  readonly object?: T;
}

/** `v1` or `apps/v1`, as it stands in `apiVersion`. */
export const groupVersion = (type: { group: string; version: string }): string => (type.group === '' ? type.version : `${type.group}/${type.version}`);

/** `pods` or `deployments.apps`, as error messages and RBAC rules name a resource. */
export const groupResource = (type: { group: string; resource: string }): string => (type.group === '' ? type.resource : `${type.resource}.${type.group}`);

/** Splits `apps/v1` or `v1`. */
export function parseGroupVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}
