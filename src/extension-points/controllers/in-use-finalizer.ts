import type { KubernetesObject } from '../../api/object.ts';

/** Whether a finalizer that holds an object while it is in use has to be looked at: the object goes and is held, or stays and is not. */
export const isUnsettled = ({ metadata: { finalizers, deletionTimestamp } }: KubernetesObject, finalizer: string): boolean =>
  Boolean(deletionTimestamp) === (finalizers?.includes(finalizer) ?? false);

/** The object as it should be written: held while it stays, let go when it goes. */
export function settled<T extends KubernetesObject>(object: T, finalizer: string): T {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  const others = finalizers.filter((name) => name !== finalizer);
  return { ...object, metadata: { ...object.metadata, finalizers: deletionTimestamp ? others : [...others, finalizer] } };
}
