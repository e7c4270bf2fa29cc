import type { ObjectMeta } from '../../api/generated/meta-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';

/**
 * A type in which every field may be absent, at every depth: what a decoded object is before defaulting and validation.
 * Field types are certain (the decoder checked them), presence is not.
 */
export type Loose<T> = T extends readonly (infer Item)[]
  ? Loose<Item>[]
  : T extends object
    ? string extends keyof T
      ? { [key: string]: Loose<T[string]> }
      : { [K in keyof T]?: Loose<T[K]> | undefined }
    : T;

/** An object of a built-in kind as hooks see it: `metadata` is there, all else may be absent. */
export type Draft<T extends KubernetesObject> = Loose<Omit<T, 'metadata'>> & { metadata: ObjectMeta };
