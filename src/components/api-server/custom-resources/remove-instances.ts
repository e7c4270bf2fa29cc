import { setImmediate as nextTurn } from 'node:timers/promises';
import { isNotFound } from '../../../api/status.ts';
import type { AdmissionPlugin } from '../../../extension-points/admission/contract.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import { ExtensionPoint } from '../../../kernel/extension-point.ts';
import { collectionOf, type Machinery, type RequestContext } from '../operations/context.ts';
import { remove } from '../operations/delete.ts';
import type { ServedResource } from '../resource-index.ts';

/** Who acts when the server itself does. */
export const serverUser: UserInfo = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

const noAdmission = new ExtensionPoint<AdmissionPlugin>('admission');
const deletedAtOnce = 32;

/**
 * Deletes all objects of a resource, without asking admission, as upstream does when their definition goes; their own finalizers are respected. Answers how many
 * are left. Throws the first error.
 */
export async function removeInstances(machinery: Machinery, served: ServedResource, signal: AbortSignal): Promise<number> {
  const silent: Machinery = { ...machinery, admission: noAdmission };
  const context: RequestContext = { user: serverUser, requestId: '', signal, warn: () => {} };
  const going = collectionOf(machinery, served).list({}).items;
  for (let start = 0; start < going.length; start += deletedAtOnce) {
    signal.throwIfAborted();
    await Promise.all(
      going.slice(start, start + deletedAtOnce).map(async ({ key, object }) => {
        if (object.metadata.deletionTimestamp !== undefined) return;
        const target = { served, namespace: key.namespace ?? '', name: key.name, subresource: '' };
        await remove(silent, context, target, { dryRun: false }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
      }),
    );
    await nextTurn();
  }
  return collectionOf(machinery, served).size;
}
