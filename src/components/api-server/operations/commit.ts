import type { ObjectKey, UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { LazyRendering, type Rendering, render } from '../rendering.ts';
import type { ServedResource } from '../resource-index.ts';
import { WriteConflict } from '../store/contract.ts';
import type { Machinery } from './context.ts';
import { mutableCopy } from './mutable-copy.ts';

/** `conflict`: the object was not what the write expected. */
export type CommitOutcome = { readonly kind: 'committed'; readonly rendering: Rendering } | { readonly kind: 'conflict' };

/** Commits one object in its stored form, or its removal when `draft` is absent. `expectedRevision` 0: it must not exist. */
export async function commitObject(
  machinery: Machinery,
  served: ServedResource,
  write: { key: ObjectKey; expectedRevision: number; draft?: UntypedObject },
): Promise<CommitOutcome> {
  const { key, expectedRevision, draft } = write;
  // Its definition was removed meanwhile, with all its objects: one that came after them would be found by a later definition of the name.
  if (draft && served.isCustom && !machinery.resources.storageOf(served))
    throw new ApiError(404, 'NotFound', 'the server could not find the requested resource', { details: {} });
  try {
    const [stored] = await machinery.store.commit([
      draft === undefined
        ? { prefix: served.prefix, key, expectedRevision }
        : { prefix: served.prefix, key, expectedRevision, object: await served.toStorage(draft) },
    ]);
    return { kind: 'committed', rendering: await render(served, stored!) };
  } catch (error) {
    if (error instanceof WriteConflict) return { kind: 'conflict' };
    throw error;
  }
}

/** What a dry run answers. A custom resource takes the way to its stored form and back, as if it had been stored: a conversion that fails is told. */
export async function rehearseCommit(served: ServedResource, draft: UntypedObject): Promise<Rendering> {
  if (!served.isCustom || served.storage === served) return new LazyRendering(draft);
  return new LazyRendering(await served.fromStorage(await served.toStorage(mutableCopy(draft))));
}
