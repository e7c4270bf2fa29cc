import type { ConfigMap, Secret } from '../../api/generated/core-v1.ts';
import { configmaps, secrets } from '../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import type { Client } from '../../client/client.ts';

/** Reads the objects that pods refer to. Refusals are the client's `ApiError`s. */
export interface ObjectReader {
  configMap(namespace: string, name: string): Promise<ConfigMap>;
  secret(namespace: string, name: string): Promise<Secret>;
}

/** Reads straight from the API: over the in-process client that is a look-up, and it is always current. Reads of one object at the same time share one request. */
export function createObjectReader(client: Client): ObjectReader {
  const pending = new Map<string, Promise<KubernetesObject>>();
  const read = <T extends KubernetesObject>(type: ResourceType<T>, namespace: string, name: string): Promise<T> => {
    const key = `${type.resource}/${namespace}/${name}`;
    const shared = pending.get(key) as Promise<T> | undefined;
    if (shared) return shared;
    const request = client.get(type, { namespace, name }).finally(() => pending.delete(key));
    pending.set(key, request);
    return request;
  };
  return {
    configMap: (namespace, name) => read(configmaps, namespace, name),
    secret: (namespace, name) => read(secrets, namespace, name),
  };
}
