import type { DriverConnection } from '../../../extension-points/devices/dynamic/contract.ts';
import { type ClaimRecord, claimKey } from './claim-record.ts';
import { claimBatches, resultsOf, settled } from './driver-batches.ts';
import { type ClaimWork, callNamed } from './prepare-claims.ts';

/**
 * Gives up the claims of a pod, and has those undone that no other pod of the node uses. A claim is forgotten only when all of its drivers have done so: whatever fails,
 * all is done again.
 */
export async function unprepareClaims(podUid: string, work: Omit<ClaimWork, 'client'>, signal: AbortSignal): Promise<void> {
  const used = work.records.usedBy(podUid);
  if (used.length === 0) return;
  using _locked = await work.locks.acquire(
    used.map(({ namespace, name }) => claimKey(namespace, name)),
    signal,
  );
  const held = work.records.usedBy(podUid); // some may have been given up meanwhile
  const last = held.filter(({ podUids }) => podUids.size === 1);
  // Where only some of the drivers undo a claim, a pod that comes next must have it prepared anew.
  for (const claim of last) claim.isPrepared = false;
  await settled([...claimBatches(last)].map(async ([driver, claims]) => unprepareWith(work.drivers.get(driver), claims, signal)));
  for (const claim of held)
    if (last.includes(claim)) work.records.remove(claim);
    else claim.podUids.delete(podUid);
  try {
    await work.save();
  } catch (cause) {
    // Whoever comes next finds the claim as it is on disk.
    for (const claim of held) work.records.refer({ ...claim, isPrepared: false }, podUid);
    throw new Error(`checkpoint ResourceClaim state: ${(cause as Error).message}`, { cause });
  }
}

async function unprepareWith(driver: DriverConnection, claims: readonly ClaimRecord[], signal: AbortSignal): Promise<void> {
  resultsOf('NodeUnprepareResources', claims, await callNamed('NodeUnprepareResources', driver.unprepare(claims, signal), signal));
}
