import type { PersistentVolume, PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import type { StorageClass } from '../../../api/generated/storage-v1.ts';

// The annotation came before the field and still goes before it.
const betaClass = 'volume.beta.kubernetes.io/storage-class';
const defaultMarks = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

/** The class a claim asks for; `''` when it asks for none. */
export const classOfClaim = ({ metadata, spec }: PersistentVolumeClaim): string => metadata.annotations?.[betaClass] ?? spec.storageClassName ?? '';

/** Whether a claim says which class it wants, be it none. */
export const namesClass = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  metadata.annotations?.[betaClass] !== undefined || spec.storageClassName !== undefined;

/** The class a volume belongs to; `''` when it belongs to none. */
export const classOfVolume = ({ metadata, spec }: PersistentVolume): string => metadata.annotations?.[betaClass] ?? spec.storageClassName ?? '';

/** Whether claims of a class are bound only when a pod that uses them is scheduled. */
export const waitsForConsumer = (storageClass: StorageClass | undefined): boolean => storageClass?.volumeBindingMode === 'WaitForFirstConsumer';

/** The class of claims that do not name one: the newest that is marked as default, of several as old the first by name. */
export function defaultStorageClass(classes: readonly StorageClass[]): StorageClass | undefined {
  const createdMs = ({ metadata }: StorageClass): number => Date.parse(metadata.creationTimestamp ?? '') || 0;
  const marked = classes.filter(({ metadata }) => defaultMarks.some((mark) => metadata.annotations?.[mark] === 'true'));
  return marked.sort((left, right) => createdMs(right) - createdMs(left) || ((left.metadata.name ?? '') < (right.metadata.name ?? '') ? -1 : 1))[0];
}
