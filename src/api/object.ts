import type { ListMeta, ObjectMeta } from './generated/meta-v1.ts';

/** Any object the API serves. Stored objects are deep-frozen and shared: never write to one, spread it into a new one. */
export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

/** An object whose fields are reached by name; what generic code (pipeline, patches, printers) works on. */
export interface UntypedObject extends KubernetesObject {
  [field: string]: unknown;
}

export interface KubernetesList<T extends KubernetesObject = KubernetesObject> {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: T[];
}

/** Identifies an object within its resource. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace?: string;
  readonly name: string;
}

export const keyOf = (object: KubernetesObject): ObjectKey => {
  const { namespace, name } = object.metadata;
  return namespace ? { namespace, name: name ?? '' } : { name: name ?? '' };
};

/** `namespace/name`, or `name` for cluster-scoped objects; the form work queues and indexes use. */
export const keyText = (key: ObjectKey): string => (key.namespace ? `${key.namespace}/${key.name}` : key.name);

/** Reads back what `keyText` wrote. */
export const parseKey = (text: string): ObjectKey => {
  const slash = text.indexOf('/');
  return slash < 0 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
};

/** The name of an object that the API server returned; `''` only for an object not created yet. */
export const nameOf = (object: KubernetesObject): string => object.metadata.name ?? '';

/** Freezes a JSON value and all it holds; returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  // No list of the values is made: every write comes through here.
  for (const name in value) {
    const inner: unknown = value[name];
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  return value;
}
