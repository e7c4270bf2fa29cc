import { isNotFound } from '../../../api/status.ts';
import type { Machinery, RequestContext, Target } from './context.ts';
import { remove } from './delete.ts';
import type { DeleteRequestOptions } from './delete-options.ts';
import { type ListResult, list } from './list.ts';
import type { ListQuery } from './list-options.ts';

/** Deletes under way at once: they share transactions of the store. */
const atOnce = 16;

/**
 * Deletes every object of a list (with a limit or a token: of that chunk) and answers the list; those that went meanwhile do not count. The first refusal ends
 * it, as upstream: what was deleted before stays deleted, and the refusal is thrown.
 */
export async function removeCollection(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  { query, options }: { query: ListQuery; options: DeleteRequestOptions },
): Promise<ListResult> {
  const result = await list(machinery, target, query);
  const rest = result.items.values();
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    for (const { key } of rest) {
      if (failure) return;
      try {
        await remove(machinery, context, { ...target, namespace: key.namespace ?? '', name: key.name }, options);
      } catch (error) {
        if (!isNotFound(error)) failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, result.items.length) }, worker));
  if (failure) throw failure.error;
  return result;
}
