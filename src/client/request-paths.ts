import type { KubernetesObject, ObjectKey } from '../api/object.ts';
import type { ResourceType } from '../api/resource-type.ts';
import type { DeleteOptions, ListOptions, WatchOptions, WriteOptions } from './client.ts';

/** The path of a collection, an object or a sub-resource. Every part is percent-encoded. */
export function resourcePath(type: ResourceType, at: { namespace?: string | undefined; name?: string; subresource?: string | undefined }): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const parts = [type.resource, ...(at.name === undefined ? [] : [at.name]), ...(at.subresource ? [at.subresource] : [])];
  if (type.namespaced && at.namespace) parts.unshift('namespaces', at.namespace);
  return `${root}/${parts.map(encodeURIComponent).join('/')}`;
}

export const objectPath = (type: ResourceType, key: ObjectKey, subresource?: string): string =>
  resourcePath(type, { namespace: key.namespace, name: key.name, subresource });

/** `?a=1&b=2`, or nothing. Absent, false and empty values are left out. */
export function queryText(values: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== false && value !== '') query.set(name, String(value));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

type QueryValues = Record<string, string | number | boolean | undefined>;

export const listQuery = (options: ListOptions): QueryValues => ({
  labelSelector: options.labelSelector,
  fieldSelector: options.fieldSelector,
  resourceVersion: options.resourceVersion,
  resourceVersionMatch: options.resourceVersionMatch,
  limit: options.limit,
  continue: options.continue,
});

export const watchQuery = (options: WatchOptions): QueryValues => ({
  watch: true,
  labelSelector: options.labelSelector,
  fieldSelector: options.fieldSelector,
  resourceVersion: options.resourceVersion,
  allowWatchBookmarks: options.allowWatchBookmarks,
  sendInitialEvents: options.sendInitialEvents,
  // The API refuses sendInitialEvents without this match.
  resourceVersionMatch: options.sendInitialEvents ? 'NotOlderThan' : undefined,
});

export const writeQuery = (options: WriteOptions = {}): QueryValues => ({
  dryRun: options.dryRun ? 'All' : undefined,
  fieldManager: options.fieldManager,
  fieldValidation: options.fieldValidation,
});

/** The body of a DELETE. */
export const deleteBody = (options: DeleteOptions = {}): Record<string, unknown> => ({
  kind: 'DeleteOptions',
  apiVersion: 'v1',
  ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
  ...(options.propagationPolicy ? { propagationPolicy: options.propagationPolicy } : {}),
  ...(options.preconditions ? { preconditions: options.preconditions } : {}),
  ...(options.dryRun ? { dryRun: ['All'] } : {}),
});

export const namespaceOf = (object: KubernetesObject, override?: string): string | undefined => override ?? object.metadata.namespace;
