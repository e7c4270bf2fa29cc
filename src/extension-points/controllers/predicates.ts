import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../../api/object.ts';

/** Decides which changes of watched objects matter. What a predicate does not say matters. */
export interface Predicate<T extends KubernetesObject = KubernetesObject> {
  added?(object: T): boolean;
  updated?(object: T, old: T): boolean;
  deleted?(object: T): boolean;
}

/** Updates that change the desired state, or begin the object's deletion: not those of its status alone. For kinds that keep `metadata.generation`. */
export const generationChanged: Predicate = {
  updated: (object, old) =>
    object.metadata.generation !== old.metadata.generation || object.metadata.deletionTimestamp !== old.metadata.deletionTimestamp || isRecreated(object, old),
};

export const labelsChanged: Predicate = {
  updated: (object, old) => !isDeepStrictEqual(object.metadata.labels, old.metadata.labels) || isRecreated(object, old),
};

export const annotationsChanged: Predicate = {
  updated: (object, old) => !isDeepStrictEqual(object.metadata.annotations, old.metadata.annotations) || isRecreated(object, old),
};

/** Objects for which the function answers true: on updates, the new state or the old one. */
export const matching = <T extends KubernetesObject>(isWanted: (object: T) => boolean): Predicate<T> => ({
  added: isWanted,
  updated: (object, old) => isWanted(object) || isWanted(old),
  deleted: isWanted,
});

/** Changes that matter to every one of them. */
export const all = <T extends KubernetesObject>(...predicates: readonly Predicate<T>[]): Predicate<T> => ({
  added: (object) => predicates.every((predicate) => predicate.added?.(object) ?? true),
  updated: (object, old) => predicates.every((predicate) => predicate.updated?.(object, old) ?? true),
  deleted: (object) => predicates.every((predicate) => predicate.deleted?.(object) ?? true),
});

/** Changes that matter to one of them. */
export const any = <T extends KubernetesObject>(...predicates: readonly Predicate<T>[]): Predicate<T> => ({
  added: (object) => predicates.some((predicate) => predicate.added?.(object) ?? true),
  updated: (object, old) => predicates.some((predicate) => predicate.updated?.(object, old) ?? true),
  deleted: (object) => predicates.some((predicate) => predicate.deleted?.(object) ?? true),
});

export const not = <T extends KubernetesObject>(predicate: Predicate<T>): Predicate<T> => ({
  added: (object) => !(predicate.added?.(object) ?? true),
  updated: (object, old) => !(predicate.updated?.(object, old) ?? true),
  deleted: (object) => !(predicate.deleted?.(object) ?? true),
});

/** An informer that missed a deletion shows another object of the same name as an update. */
const isRecreated = (object: KubernetesObject, old: KubernetesObject): boolean => object.metadata.uid !== old.metadata.uid;
