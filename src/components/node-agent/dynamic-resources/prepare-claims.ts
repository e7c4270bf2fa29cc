import type { Pod } from '../../../api/generated/core-v1.ts';
import { resourceclaims } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import type { Client } from '../../../client/client.ts';
import type { DriverConnection } from '../../../extension-points/devices/dynamic/contract.ts';
import { podUid } from '../directories.ts';
import type { ClaimLocks } from './claim-locks.ts';
import { type ClaimRecord, type ClaimRecords, claimKey, recordOf } from './claim-record.ts';
import { claimBatches, resultsOf, settled } from './driver-batches.ts';
import { checkMayUse, type PodClaim, podClaims } from './pod-claims.ts';
import type { RegisteredDrivers } from './registered-drivers.ts';

export interface ClaimWork {
  readonly client: Pick<Client, 'get'>;
  readonly records: ClaimRecords;
  readonly locks: ClaimLocks;
  readonly drivers: Pick<RegisteredDrivers, 'get'>;
  /** Resolves when the records are on disk. */
  readonly save: () => Promise<void>;
}

/**
 * Makes all claims of a pod ready. Nothing is noted before every claim was found good and every driver is there: a pod that cannot be prepared for can then be
 * deleted without its drivers. That a pod uses a claim is on disk before its driver is asked, and what the driver answered before it is used.
 */
export async function prepareClaims(pod: Pod, work: ClaimWork, signal: AbortSignal): Promise<void> {
  const wanted = await Promise.all(podClaims(pod).map((claim) => readClaim(pod, claim, work.client)));
  signal.throwIfAborted();
  for (const { drivers } of wanted) for (const driver of drivers.keys()) work.drivers.get(driver);
  using _locked = await work.locks.acquire(
    wanted.map(({ namespace, name }) => claimKey(namespace, name)),
    signal,
  );
  const records = wanted.map((claim) => work.records.refer(claim, podUid(pod)));
  await saved(work, 'cache');
  const missing = [...new Set(records)].filter(({ isPrepared }) => !isPrepared);
  if (missing.length === 0) return;
  await settled([...claimBatches(missing)].map(([driver, claims]) => prepareWith(work.drivers.get(driver), claims, signal)));
  for (const record of missing) record.isPrepared = true;
  try {
    await saved(work, 'state');
  } catch (error) {
    for (const record of missing) record.isPrepared = false; // what is not on disk is asked for again
    throw error;
  }
}

async function saved({ save }: ClaimWork, what: 'cache' | 'state'): Promise<void> {
  try {
    await save();
  } catch (cause) {
    throw new Error(`checkpoint ResourceClaim ${what}: ${(cause as Error).message}`, { cause });
  }
}

async function readClaim(pod: Pod, { claimName, isMadeForPod }: PodClaim, client: ClaimWork['client']): Promise<ClaimRecord> {
  let claim: ResourceClaim;
  try {
    claim = await client.get(resourceclaims, { namespace: pod.metadata.namespace ?? '', name: claimName });
  } catch (cause) {
    throw new Error(`fetch ResourceClaim ${claimName}: ${(cause as Error).message}`, { cause });
  }
  checkMayUse(pod, claim, isMadeForPod);
  return recordOf(claim);
}

async function prepareWith(driver: DriverConnection, claims: readonly ClaimRecord[], signal: AbortSignal): Promise<void> {
  const results = resultsOf('NodePrepareResources', claims, await callNamed('NodePrepareResources', driver.prepare(claims, signal), signal));
  for (const [claim, outcome] of results) if (outcome.kind === 'prepared') claim.drivers.set(driver.driver, outcome.devices);
}

/** What a call failed with, unless it was called off. */
export async function callNamed<T>(call: string, answer: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    signal.throwIfAborted();
    throw new Error(`${call}: ${(cause as Error).message}`, { cause });
  }
}
