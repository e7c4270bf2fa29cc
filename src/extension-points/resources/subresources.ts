import type { LabelSelector } from '../../api/generated/meta-v1.ts';
import type { KubernetesObject, UntypedObject } from '../../api/object.ts';
import type { FieldError } from '../../api/status.ts';
import type { ResourceDefinition, Subresource, WriteContext } from './contract.ts';
import type { Draft } from './draft.ts';
import { labelSelectorText } from './printer.ts';

/** A check of an update through a sub-resource; paths start at the object's root. */
export type UpdateCheck<T extends KubernetesObject> = (object: Draft<T>, old: Draft<T>, context: WriteContext) => readonly FieldError[];

export interface StatusOptions<T extends KubernetesObject> {
  /** What only `/status` checks. */
  readonly validateUpdate?: UpdateCheck<T>;
  /** More to do after everything but `metadata` and `status` was restored. */
  readonly prepareForUpdate?: (draft: Draft<T>, old: Draft<T>, context: WriteContext) => void;
}

/** The sub-resources of one version of a kind. */
export const subresourcesOf = (definition: ResourceDefinition, version: string): Readonly<Record<string, Subresource>> =>
  definition.versions.find(({ name }) => name === version)?.subresources ?? definition.subresources ?? none;

const none: Readonly<Record<string, Subresource>> = Object.freeze({});

/** `/status`: takes `metadata` and `status` from the client and every other field from the stored object. */
export function statusSubresource<T extends KubernetesObject>(options: StatusOptions<T> = {}): Subresource {
  return updateSubresource<T>({ ...options, takes: ['metadata', 'status'] });
}

export interface UpdateOptions<T extends KubernetesObject> extends StatusOptions<T> {
  /** Top-level fields taken from the client. */
  readonly takes: readonly string[];
}

/** A sub-resource that changes only some top-level fields of the object. */
export function updateSubresource<T extends KubernetesObject>({ takes, validateUpdate, prepareForUpdate }: UpdateOptions<T>): Subresource {
  const kept = new Set([...takes, 'apiVersion', 'kind']);
  return {
    kind: 'update',
    prepareForUpdate(draft, old, context) {
      restoreFields(
        draft,
        old,
        [...new Set([...Object.keys(draft), ...Object.keys(old)])].filter((field) => !kept.has(field)),
      );
      prepareForUpdate?.(typedDraft<T>(draft), typedDraft<T>(old), context);
    },
    ...(validateUpdate ? { validateUpdate: (object, old, context) => validateUpdate(typedDraft<T>(object), typedDraft<T>(old), context) } : {}),
  };
}

/** Where a scalable kind keeps its selector: in a LabelSelector, or (replication controllers) in plain labels. */
export type SelectorOf = (object: UntypedObject) => LabelSelector | undefined;

/** `/scale` of a kind with `spec.replicas`, `status.replicas` and a selector. */
export function scaleSubresource(selectorOf: SelectorOf): Subresource {
  return {
    kind: 'scale',
    specReplicasPath: ['spec', 'replicas'],
    statusReplicasPath: ['status', 'replicas'],
    selector(object) {
      const text = labelSelectorText(selectorOf(object));
      return text.startsWith('<') ? '' : text;
    },
  };
}

/** Puts fields of the stored object back into a draft, or removes them where the stored object has none. */
export function restoreFields(draft: UntypedObject, old: UntypedObject, fields: readonly string[]): void {
  for (const field of fields) {
    if (old[field] === undefined) delete draft[field];
    else draft[field] = old[field];
  }
}

/** The edge between objects reached by name and typed ones: the decoder has checked the types of all fields that are there. */
export const typedDraft = <T extends KubernetesObject>(object: UntypedObject): Draft<T> => object as unknown as Draft<T>;
