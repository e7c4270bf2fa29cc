import { isCommon } from '../../../api/common-parts.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { ServedResource } from '../resource-index.ts';

/** Those that were frozen before they could be marked. Few, since the garbage collector has to look through all entries of weak collections at once. */
const shared = new WeakSet<object>();
const sharedMark = Symbol('shared');

/** Marks a value that is replaced, never edited, and deep-frozen from now on: copies of what holds it hold the same one. Answers it. */
export function share<T extends object>(value: T): T {
  if (Object.isExtensible(value)) Object.defineProperty(value, sharedMark, { value: true });
  else if (!isShared(value)) shared.add(value);
  return value;
}

const isShared = (value: object): boolean => sharedMark in value || shared.has(value);

/** Copies a JSON value so that the copy may be changed. Fields that are undefined are left out, as JSON would. */
export function mutableCopy<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return isShared(value) ? value : value.map((item) => (item === undefined ? null : copy(item)));
  const result: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[name];
    if (inner === undefined) continue;
    if (name === '__proto__') Object.defineProperty(result, name, { value: copy(inner), enumerable: true, configurable: true, writable: true });
    else result[name] = copy(inner);
  }
  return result;
}

/** The same of an object, but a common part in the field that its kind has for one stays: there it may be replaced, not edited. */
export function draftOf(served: ServedResource, object: UntypedObject): UntypedObject {
  return copyBut(served, object, isCommon);
}

/** The same of a stored object, for a change that only ever replaces that field: what is in it stays even when no other object has it in common. */
export function draftOfStored(served: ServedResource, object: UntypedObject): UntypedObject {
  return copyBut(served, object, Object.isFrozen);
}

function copyBut({ definition: { commonField } }: ServedResource, object: UntypedObject, stays: (part: unknown) => boolean): UntypedObject {
  const part = commonField === undefined ? undefined : object[commonField];
  if (part === undefined || !stays(part)) return mutableCopy(object);
  const draft = mutableCopy({ ...object, [commonField!]: null });
  draft[commonField!] = part;
  return draft;
}

/** The same JSON value with every frozen part of it but common ones replaced by a copy, so that it may be changed. What is not frozen stays, and is the caller's to give. */
export function thawed<T extends object>(value: T): T {
  if (Object.isFrozen(value)) return isShared(value) || isCommon(value) ? value : mutableCopy(value);
  if (Array.isArray(value)) {
    value.forEach((item: unknown, index) => {
      if (typeof item === 'object' && item !== null) value[index] = thawed(item);
      else if (item === undefined) value[index] = null;
    });
    return value;
  }
  const fields = value as Record<string, unknown>;
  for (const name in fields) {
    const inner = fields[name];
    if (inner === undefined) delete fields[name];
    else if (typeof inner === 'object' && inner !== null) {
      const own = thawed(inner);
      if (own !== inner) fields[name] = own;
    }
  }
  return value;
}
