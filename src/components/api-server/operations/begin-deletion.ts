import type { UntypedObject } from '../../../api/object.ts';
import { groupResource } from '../../../api/resource-type.ts';
import type { WriteContext } from '../../../extension-points/resources/contract.ts';
import { timeText } from '../../../kernel/clock.ts';
import type { ServedResource } from '../resource-index.ts';
import type { DeleteRequestOptions } from './delete-options.ts';
import { mutableCopy } from './mutable-copy.ts';

/**
 * What a delete request makes of an object: `remove` takes it out at once, `update` stores the marked object first (grace period, finalizers),
 * `pending` leaves it as it is because its deletion is under way already.
 */
export type DeletionStep =
  | { readonly kind: 'remove'; readonly last: UntypedObject }
  | { readonly kind: 'update'; readonly draft: UntypedObject }
  | { readonly kind: 'pending' };

const orphan = 'orphan';
const foreground = 'foregroundDeletion';

/** Decides the step (upstream's BeforeDelete and deletionFinalizersForGarbageCollection). `old` is frozen. */
export function beginDeletion(served: ServedResource, old: UntypedObject, options: DeleteRequestOptions, about: WriteContext): DeletionStep {
  const draft = mutableCopy(old);
  const grace = markGracefully(served, draft, options, about.nowMs);
  // What becomes of dependents cannot be said any more either.
  if (grace === 'pending') return { kind: 'pending' };
  const finalizersChanged = setFinalizers(served, draft, options);
  const isFirst = old.metadata.deletionTimestamp === undefined;
  if (grace === 'none') markNow(served, draft, about.nowMs);
  if (isFirst) {
    if ((draft.metadata.generation ?? 0) > 0) draft.metadata.generation = (draft.metadata.generation ?? 0) + 1;
    served.definition.beginDelete?.(draft, about);
  }
  const hasFinalizers = (draft.metadata.finalizers?.length ?? 0) > 0;
  const isReady = (draft.metadata.deletionGracePeriodSeconds ?? 0) === 0 && !hasFinalizers && (served.definition.mayRemove?.(draft) ?? true);
  if (isReady) return { kind: 'remove', last: old };
  return isFirst || finalizersChanged || grace !== 'none' || hasChangedMark(draft, old) ? { kind: 'update', draft } : { kind: 'pending' };
}

const hasChangedMark = (draft: UntypedObject, old: UntypedObject): boolean =>
  draft.metadata.deletionTimestamp !== old.metadata.deletionTimestamp || draft.metadata.deletionGracePeriodSeconds !== old.metadata.deletionGracePeriodSeconds;

/** Sets the deletion mark with a grace period. `none`: the kind has no grace, or it is over; `pending`: nothing to shorten. */
function markGracefully(served: ServedResource, draft: UntypedObject, options: DeleteRequestOptions, nowMs: number): 'marked' | 'pending' | 'none' {
  const { metadata } = draft;
  if (metadata.deletionTimestamp !== undefined) {
    const current = metadata.deletionGracePeriodSeconds ?? 0;
    if (current === 0) return 'none';
    // A deletion under way may only be made shorter.
    const requested = options.gracePeriodSeconds;
    if (requested === undefined || requested >= current) return 'pending';
    const endMs = Date.parse(metadata.deletionTimestamp) + (requested - current) * 1_000;
    const isOver = endMs < nowMs;
    metadata.deletionTimestamp = timeText(isOver ? nowMs : endMs);
    // A graceful request stays graceful: someone else makes the end of it.
    metadata.deletionGracePeriodSeconds = isOver && requested !== 0 ? 1 : requested;
    return 'marked';
  }
  const seconds = served.definition.deletionGracePeriodSeconds?.(draft, options.gracePeriodSeconds) ?? 0;
  if (seconds === 0) return 'none';
  metadata.deletionTimestamp = timeText(nowMs + seconds * 1_000);
  metadata.deletionGracePeriodSeconds = seconds;
  return 'marked';
}

/** Namespaces go when their content has gone: upstream gives them no grace period, not even zero. */
function markNow(served: ServedResource, draft: UntypedObject, nowMs: number): void {
  const { metadata } = draft;
  if (metadata.deletionTimestamp === undefined || Date.parse(metadata.deletionTimestamp) > nowMs) metadata.deletionTimestamp = timeText(nowMs);
  if (served.group !== '' || served.resource !== 'namespaces') metadata.deletionGracePeriodSeconds = 0;
}

/** Kinds whose dependents stay when a delete does not say what becomes of them, as they did before there was a garbage collector. */
const orphaning = new Set(['jobs.batch', 'replicationcontrollers']);
/** Kinds that the garbage collector leaves alone. */
const uncollected = new Set(['events', 'events.events.k8s.io']);

export const orphansByDefault = (served: ServedResource, { propagationPolicy }: DeleteRequestOptions): boolean =>
  propagationPolicy === undefined && orphaning.has(groupResource(served));

/** The garbage collector's finalizers follow the propagation policy; without one they stay as they are, or become the kind's default. Answers whether they changed. */
function setFinalizers(served: ServedResource, draft: UntypedObject, options: DeleteRequestOptions): boolean {
  const before = draft.metadata.finalizers ?? [];
  const isSettled = before.includes(orphan) || before.includes(foreground);
  const propagationPolicy = uncollected.has(groupResource(served))
    ? 'Background'
    : !isSettled && orphansByDefault(served, options)
      ? 'Orphan'
      : options.propagationPolicy;
  if (propagationPolicy === undefined) return false;
  const wanted = propagationPolicy === 'Orphan' ? orphan : propagationPolicy === 'Foreground' ? foreground : undefined;
  const after = before.filter((finalizer) => (finalizer !== orphan && finalizer !== foreground) || finalizer === wanted);
  if (wanted !== undefined && !after.includes(wanted)) after.push(wanted);
  if (after.length === before.length && after.every((finalizer, index) => finalizer === before[index])) return false;
  if (after.length > 0) draft.metadata.finalizers = after;
  else delete draft.metadata.finalizers;
  return true;
}
