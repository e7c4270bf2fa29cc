import type { ManagedFieldsEntry } from '../../../api/generated/meta-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { RequestContext } from '../operations/context.ts';
import { deepEqual } from '../operations/deep-equal.ts';
import { readManagers, sameButTimes } from './managers.ts';

/** Admission may edit the record of managed fields, but not spoil it: then it is as before, and the client is warned. */
export function keepGoodRecord(draft: UntypedObject, before: readonly ManagedFieldsEntry[] | undefined, context: RequestContext): void {
  const after = draft.metadata.managedFields;
  if (after === undefined || after === before) return;
  try {
    readManagers(after);
  } catch (error) {
    if (before) draft.metadata.managedFields = before as ManagedFieldsEntry[];
    else delete draft.metadata.managedFields;
    const why = error instanceof Error ? error.message : String(error);
    context.warn(
      `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${why}`,
    );
  }
}

/** A write that changes nothing but times in the record of managed fields changes nothing. Answers the draft to compare with the stored object. */
export function withoutNewTimes(draft: UntypedObject, old: UntypedObject): UntypedObject {
  const { managedFields } = old.metadata;
  if (!managedFields || !sameButTimes(draft.metadata.managedFields, managedFields)) return draft;
  const same: UntypedObject = { ...draft, metadata: { ...draft.metadata, managedFields } };
  return deepEqual(same, old) ? same : draft;
}
