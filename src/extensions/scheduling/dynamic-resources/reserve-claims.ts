import { type Status, success } from '../../../extension-points/scheduling/contract.ts';
import { claimFinalizer } from '../../../extension-points/scheduling/devices/claims-of-pod.ts';
import type { ClaimLedger } from './claim-ledger.ts';
import { usesOf } from './device-uses.ts';
import { type PodCycle, toAllocate } from './pod-cycle.ts';
import { failure } from './read-pod.ts';

/** Keeps what Filter found on the chosen node from all others until PreBind has written it. */
export function reserveClaims(cycle: PodCycle, nodeName: string, ledger: ClaimLedger): Status {
  const wanted = toAllocate(cycle);
  if (wanted.length === 0) return success;
  const found = cycle.byNode.get(nodeName);
  // The node has device plugins for all that the pod wants.
  if (!found) return wanted.every(({ isExtended }) => isExtended) ? success : failure(new Error('claim allocation not found for node'));
  const results = found.results();
  for (const entry of wanted) {
    const allocation = results[found.wanted.indexOf(entry)];
    if (!allocation) {
      if (entry.isExtended) continue;
      return failure(new Error(`internal error, couldn't signal allocation for claim ${entry.claim.metadata.name}`));
    }
    const lost = usesOf(allocation).find(({ id, share }) => !share && ledger.inUse.isTaken(id));
    if (lost) return failure(new Error(`device ${lost.id} was given to another claim in the meantime`));
    entry.allocation = allocation;
    const claim = entry.isExtended ? found.extended!.claim : entry.claim;
    const finalizers = [...new Set([...(claim.metadata.finalizers ?? []), claimFinalizer])];
    ledger.reserve(entry.uid, { ...claim, metadata: { ...claim.metadata, finalizers }, status: { ...claim.status, allocation } });
  }
  return success;
}
