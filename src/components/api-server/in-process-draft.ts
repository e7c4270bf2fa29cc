import type { KubernetesObject, UntypedObject } from '../../api/object.ts';
import { badRequest } from '../../api/status.ts';
import { reportStrict, type Strictness } from './http/decode-body.ts';
import { commonFieldOf } from './operations/common-field.ts';
import { mutableCopy } from './operations/mutable-copy.ts';
import { shapeObject } from './operations/shape-object.ts';
import type { ServedResource } from './resource-index.ts';

/** A draft of an object to be created: as `wholeDraft`, but the field it has in common with others may be a common part. */
export function newDraft(served: ServedResource, object: KubernetesObject, how: Strictness): UntypedObject {
  const field = commonFieldOf(served);
  const own: unknown = field && (object as UntypedObject)[field.name];
  if (!field || typeof own !== 'object' || own === null) return wholeDraft(served, object, how);
  const text = JSON.stringify(own);
  const part = field.find(text);
  const { draft, strict } = part ? decode(served, { ...object, [field.name]: null } as KubernetesObject, { [field.name]: part }) : decode(served, object);
  reportStrict(served, strict, how);
  if (!part && strict.length === 0) field.note(text, draft);
  return draft;
}

/** A draft of an object that stays the caller's: copied, decoded and defaulted as a body would be. Throws ApiError 400. */
export function wholeDraft(served: ServedResource, object: KubernetesObject, how: Strictness): UntypedObject {
  const { draft, strict } = decode(served, object);
  reportStrict(served, strict, how);
  return draft;
}

/** `given` are fields that need neither a copy nor decoding. */
function decode(served: ServedResource, object: KubernetesObject, given: Readonly<Record<string, object>> = {}): { draft: UntypedObject; strict: string[] } {
  if (object.apiVersion !== undefined && object.apiVersion !== served.apiVersion)
    throw badRequest(`the API version in the data (${object.apiVersion}) does not match the expected API version (${served.apiVersion})`);
  if (object.kind !== undefined && object.kind !== served.kind)
    throw badRequest(`${object.kind} in version ${JSON.stringify(served.version)} cannot be handled as a ${served.kind}`);
  const draft: UntypedObject = { ...(mutableCopy(object) as UntypedObject), ...given, apiVersion: served.apiVersion, kind: served.kind };
  return { draft, strict: shapeObject(served, draft) };
}
