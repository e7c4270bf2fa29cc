import { createMergePatch } from '../../api/merge-patch.ts';
import { type KubernetesObject, keyOf } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import type { Client } from '../../client/client.ts';

/**
 * Gives an object a status by its sub-resource; fields that the new status lacks are removed. Writes nothing when it has that status already. Answers the object
 * with it. Rejects with 409 when the object was changed since it was read: the key comes back and is looked at anew.
 */
export async function updateStatus<T extends KubernetesObject & { status?: unknown }>(
  { client, type }: { readonly client: Client; readonly type: ResourceType<T> },
  object: T,
  status: NonNullable<T['status']>,
): Promise<T> {
  const old = (object.status ?? {}) as Record<string, unknown>;
  const patch = createMergePatch(old, status as Record<string, unknown>);
  if (!patch) return object;
  const { resourceVersion } = object.metadata;
  return client.patch(type, keyOf(object), { type: 'merge', body: { metadata: { resourceVersion }, status: patch } }, { subresource: 'status' });
}
