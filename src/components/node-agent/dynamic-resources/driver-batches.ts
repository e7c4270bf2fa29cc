import type { PrepareOutcome, UnprepareOutcome } from '../../../extension-points/devices/dynamic/contract.ts';
import type { ClaimRecord } from './claim-record.ts';

/** Claims by driver: each driver is asked once for all of them. */
export function claimBatches(claims: readonly ClaimRecord[]): ReadonlyMap<string, readonly ClaimRecord[]> {
  const batches = new Map<string, ClaimRecord[]>();
  for (const claim of claims)
    for (const driver of claim.drivers.keys()) {
      const batch = batches.get(driver);
      if (batch) batch.push(claim);
      else batches.set(driver, [claim]);
    }
  return batches;
}

/** What a driver answered for each claim. Throws in upstream's words when it says anything else than that all went well. */
export function resultsOf<Outcome extends PrepareOutcome | UnprepareOutcome>(
  call: 'NodePrepareResources' | 'NodeUnprepareResources',
  claims: readonly ClaimRecord[],
  outcomes: ReadonlyMap<string, Outcome>,
): readonly (readonly [ClaimRecord, Outcome])[] {
  const results: (readonly [ClaimRecord, Outcome])[] = [];
  for (const [uid, outcome] of outcomes) {
    const claim = claims.find((candidate) => candidate.uid === uid);
    if (!claim) throw new Error(`${call} returned result for unknown claim UID ${uid}`);
    if (outcome.kind === 'failed') throw new Error(`${call} failed for ResourceClaim ${claim.name}: ${outcome.error}`);
    results.push([claim, outcome]);
  }
  const unfinished = claims.length - results.length;
  if (unfinished > 0) throw new Error(`${call} skipped ${unfinished} ResourceClaims`);
  return results;
}

/** Waits for all, also when one fails; then throws the first failure. */
export async function settled(work: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) if (outcome.status === 'rejected') throw outcome.reason;
}
