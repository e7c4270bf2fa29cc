import { certificatesigningrequests } from '../../../api/generated/resource-types.ts';
import { isNotFound } from '../../../api/status.ts';
import { defineReconciler, type NamedController } from '../../../extension-points/controllers/reconcile.ts';
import { approveNodeClient } from './approve.ts';
import { removalTimeMs } from './expiry.ts';
import { type Signing, signApproved } from './sign.ts';

/** Upstream's default of `--cluster-signing-duration`. */
const yearMs = 365 * 24 * 3_600_000;
/** Due requests are removed this late at most: others are looked at again then. */
const pollMs = 3_600_000;

/**
 * What becomes of certificate requests: approves those of nodes, signs what was approved for the four signers of Kubernetes, and removes what is done with. Upstream has a
 * controller for each, under one service account.
 */
export function certificateController({ authority, maximumLifeMs = yearMs }: Pick<Signing, 'authority'> & Partial<Signing>): NamedController {
  return defineReconciler({
    name: 'certificate-controller',
    primary: certificatesigningrequests,
    async reconcile(key, deps) {
      const request = deps.informers.informer(certificatesigningrequests).get(key);
      if (!request) return;
      const leftMs = removalTimeMs(request) - deps.clock.now();
      if (leftMs <= 0) return void (await deps.client.delete(certificatesigningrequests, key).catch(ignoreGone));
      await approveNodeClient(request, deps);
      await signApproved(request, { authority, maximumLifeMs }, deps);
      return { requeueAfterMs: Math.min(leftMs, pollMs) };
    },
  });
}

function ignoreGone(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
