import { badRequest, notFound } from '../../../api/status.ts';
import { type Rendering, render } from '../rendering.ts';
import type { Stored } from '../store/contract.ts';
import { collectionOf, type Machinery, type Target, targetKey } from './context.ts';
import { parseRevision } from './query-numbers.ts';

const freshnessTimeoutMs = 3_000;

/** Reads one object, at least as new as `resourceVersion` when given. Synchronous on the usual path. Throws 404. */
export function get(machinery: Machinery, target: Target, resourceVersion?: string): Rendering | Promise<Rendering> {
  const wanted = parseRevision(resourceVersion) ?? 0;
  if (wanted > machinery.store.revision) return machinery.store.waitFor(wanted, freshnessTimeoutMs).then(() => get(machinery, target));
  return render(target.served, storedObject(machinery, target));
}

/** The stored object of a target. Throws 404 `pods "x" not found`. */
export function storedObject(machinery: Machinery, target: Target): Stored {
  if (target.served.namespaced && target.namespace === '') throw badRequest('namespace may not be empty');
  const stored = collectionOf(machinery, target.served).get(targetKey(target));
  if (!stored) throw notFound(target.served, target.name);
  return stored;
}
