import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { type ListRequest, listPages } from '../../../extension-points/commands/resources/object-requests.ts';
import type { DescribeContext } from './contract.ts';

/** All objects that a query finds, page by page. */
export async function listObjects<T extends KubernetesObject>(
  { client, chunkSize }: DescribeContext,
  at: { readonly resource: ResourceType<T>; readonly namespace?: string | undefined },
  selectors: Pick<ListRequest, 'labelSelector' | 'fieldSelector'> = {},
): Promise<T[]> {
  const found: T[] = [];
  for await (const page of listPages(client, at, { ...selectors, chunkSize })) found.push(...(page.items as KubernetesObject[] as T[]));
  return found;
}
