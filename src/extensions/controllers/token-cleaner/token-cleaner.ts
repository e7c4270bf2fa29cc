import { secrets } from '../../../api/generated/resource-types.ts';
import { isConflict, isNotFound } from '../../../api/status.ts';
import { bootstrapTokenEndMs, bootstrapTokenNamespace, bootstrapTokenType } from '../../../extension-points/authentication/bootstrap-token.ts';
import { defineStatefulReconciler, type NamedController } from '../../../extension-points/controllers/reconcile.ts';

const selection = { namespace: bootstrapTokenNamespace, fieldSelector: `type=${bootstrapTokenType}` };
/** Timers go no further. */
const longestWaitMs = 12 * 3_600_000;

/** Removes the Secrets of bootstrap tokens that have expired. */
export function tokenCleanerController(): NamedController {
  return defineStatefulReconciler({ name: 'token-cleaner', primary: secrets, selection, workers: 1 }, ({ client, clock, informers }) => {
    const tokens = informers.informer(secrets, selection);
    return async (key) => {
      const secret = tokens.get(key);
      if (!secret || secret.metadata.deletionTimestamp) return;
      const leftMs = bootstrapTokenEndMs(secret) - clock.now();
      if (leftMs === Infinity) return;
      if (leftMs > 0) return { requeueAfterMs: Math.min(leftMs, longestWaitMs) };
      const { uid } = secret.metadata;
      await client.delete(secrets, key, uid ? { preconditions: { uid } } : {}).catch(ignoreGone);
    };
  });
}

function ignoreGone(error: unknown): void {
  if (!isNotFound(error) && !isConflict(error)) throw error;
}
