import type { UntypedObject } from '../../../api/object.ts';
import { isAlreadyExists } from '../../../api/status.ts';
import type { Rendering } from '../rendering.ts';
import { collectionOf, type Machinery, type RequestContext, type Target, targetKey, type WriteRequestOptions } from './context.ts';
import { create } from './create.ts';
import { mutableCopy } from './mutable-copy.ts';
import { uidConflict } from './uid-conflict.ts';
import { checkIdentity, replace } from './update.ts';

/** A PUT. The draft becomes the operation's own. */
export interface Replacement {
  readonly draft: UntypedObject;
  readonly options: WriteRequestOptions;
  /** Throws ApiError 403 when the sender may not create the object. */
  readonly requireCreate: () => Promise<void>;
}

/** Replaces an object; one of a kind that says so is created when it is not there. Throws ApiError as `replace` and `create` do. */
export async function replaceOrCreate(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  { draft, options, requireCreate }: Replacement,
): Promise<{ rendering: Rendering; isCreated: boolean }> {
  const isThere = (): boolean => collectionOf(machinery, target.served).get(targetKey(target)) !== undefined;
  if (target.subresource !== '' || !target.served.definition.createsOnUpdate || isThere()) {
    return { rendering: await replace(machinery, context, target, { draft, options }), isCreated: false };
  }
  checkIdentity(draft, target);
  const { uid } = draft.metadata;
  if (uid) throw uidConflict(target, uid, '');
  await requireCreate();
  const fresh = mutableCopy(draft);
  delete fresh.metadata.resourceVersion;
  try {
    return { rendering: await create(machinery, context, target, { draft: fresh, options }), isCreated: true };
  } catch (error) {
    // Someone else was faster: now there is something to replace.
    if (!isAlreadyExists(error) || !isThere()) throw error;
    return { rendering: await replace(machinery, context, target, { draft, options }), isCreated: false };
  }
}
