import type { QuantityText } from '../../../api/quantity.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { ApiError } from '../../../api/status.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import { queryText } from '../../../client/request-paths.ts';
import { collectionPath, getObject } from '../../../extension-points/commands/resources/object-requests.ts';

export type Usage = Readonly<Record<string, QuantityText>>;

export interface NodeMetrics {
  readonly metadata: { readonly name: string };
  readonly usage: Usage;
}

export interface PodMetrics {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly containers: readonly { readonly name: string; readonly usage: Usage }[];
}

const metrics = { group: 'metrics.k8s.io', version: 'v1beta1' };
export const nodeMetrics: ResourceType = { ...metrics, resource: 'nodes', kind: 'NodeMetrics', namespaced: false };
export const podMetrics: ResourceType = { ...metrics, resource: 'pods', kind: 'PodMetrics', namespaced: true };

interface GroupList {
  readonly groups: readonly { readonly name: string; readonly versions: readonly { readonly version: string }[] }[];
}

/** Throws `Metrics API not available` where no server provides it. */
export async function requireMetrics(client: HttpsClient): Promise<void> {
  const { groups } = await client.json<GroupList>({ method: 'GET', path: '/apis' });
  const isServed = groups.some(({ name, versions }) => name === metrics.group && versions.some(({ version }) => version === metrics.version));
  if (!isServed) throw new Error('Metrics API not available');
}

export interface MetricsQuery {
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** The metrics of one object, or of all that the selectors choose. */
export async function readMetrics<T>(client: HttpsClient, resource: ResourceType, query: MetricsQuery): Promise<T[]> {
  const { namespace, name, labelSelector, fieldSelector } = query;
  if (name !== '') return [(await getObject(client, { resource, namespace, name })) as T];
  const path = collectionPath({ resource, namespace }) + queryText({ labelSelector, fieldSelector });
  return (await client.json<{ items?: T[] }>({ method: 'GET', path })).items ?? [];
}

/** Refuses selectors that make no sense, in the words of the command line. */
export function requireSelector(read: (text: string) => unknown, text: string): void {
  try {
    read(text);
  } catch (error) {
    throw error instanceof ApiError ? new Error(error.message) : error;
  }
}

export const requireSortField = (field: string): void => {
  if (field !== '' && field !== 'cpu' && field !== 'memory') throw new Error('--sort-by accepts only cpu or memory');
};
