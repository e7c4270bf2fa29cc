import type { PersistentVolume, PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims } from '../../../api/generated/resource-types.ts';
import { keyOf, keyText, nameOf } from '../../../api/object.ts';
import { isPodFinished } from '../../../extension-points/controllers/pod-state.ts';
import { podsByClaim } from '../../../extension-points/scheduling/volumes/claims-of-pod.ts';
import { classOfClaim, classOfVolume, defaultStorageClass, namesClass, waitsForConsumer } from '../../../extension-points/scheduling/volumes/storage-class.ts';
import { bindCompleted, boundByController, selectedNode } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import { capacityOf, hasAccessModes, hasSameMode, isBoundTo, requestOf } from '../../../extension-points/scheduling/volumes/volume-matching.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { bind, setClaimStatus } from './bind.ts';
import { type BinderContext, index } from './binder-context.ts';
import { findVolume } from './find-volume.ts';
import { annotateClaim } from './migration.ts';
import { requestVolume } from './provision.ts';

/** Upstream's `--pvclaimbinder-sync-period`: what a claim waits for is said again at this interval. */
export const syncEveryMs = 15_000;
const pending: WorkOutcome = { requeueAfterMs: syncEveryMs };

/** Brings a claim closer to its volume. */
export async function syncClaim(claim: PersistentVolumeClaim, context: BinderContext): Promise<WorkOutcome | void> {
  const current = await annotateClaim(claim, context);
  if (current.metadata.annotations?.[bindCompleted] !== undefined) return syncBoundClaim(current, context);
  return current.spec.volumeName ? syncClaimOf(current.spec.volumeName, current, context) : syncFreeClaim(current, context);
}

/** It was bound once: it has its volume, or lost it. */
async function syncBoundClaim(claim: PersistentVolumeClaim, context: BinderContext): Promise<WorkOutcome | void> {
  const { volumeName } = claim.spec;
  if (!volumeName) return lose(claim, 'ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!', context);
  const volume = context.volumes.get({ name: volumeName });
  if (!volume) return lose(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!', context);
  const { claimRef } = volume.spec;
  if (claimRef && claimRef.uid !== claim.metadata.uid)
    return lose(claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly', context);
  return bind(volume, claim, context);
}

async function lose(claim: PersistentVolumeClaim, reason: string, message: string, context: BinderContext): Promise<void> {
  if (claim.status?.phase === 'Lost') return;
  context.events.record(await setClaimStatus(claim, 'Lost', undefined, context), 'Warning', reason, message);
}

/** It names the volume it wants. */
async function syncClaimOf(volumeName: string, claim: PersistentVolumeClaim, context: BinderContext): Promise<WorkOutcome | void> {
  const volume = context.volumes.get({ name: volumeName });
  if (!volume) return wait(claim, context);
  if (!volume.spec.claimRef) {
    const problem = mismatch(volume, claim);
    if (problem === undefined) return bind(volume, claim, context);
    context.events.record(claim, 'Warning', 'VolumeMismatch', `Cannot bind to requested volume ${JSON.stringify(volumeName)}: ${problem}`);
    return wait(claim, context);
  }
  if (isBoundTo(volume, claim)) return bind(volume, claim, context);
  context.events.record(claim, 'Warning', 'FailedBinding', `volume ${JSON.stringify(volumeName)} already bound to a different claim.`);
  if (claim.metadata.annotations?.[boundByController] === undefined) return wait(claim, context);
  const { namespace, name } = volume.spec.claimRef;
  throw new Error(`invalid binding of claim "${keyText(keyOf(claim))}" to volume "${volumeName}": volume already claimed by "${namespace}/${name}"`);
}

/** Why a volume that a claim names does not do, in upstream's words. */
function mismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (volume.metadata.deletionTimestamp) return `the volume is marked for deletion ${JSON.stringify(volume.metadata.name)}`;
  if (capacityOf(volume) < requestOf(claim)) return 'requested PV is too small';
  if (classOfVolume(volume) !== classOfClaim(claim)) return 'storageClassName does not match';
  if ((volume.spec.volumeAttributesClassName ?? '') !== (claim.spec.volumeAttributesClassName ?? '')) return 'volumeAttributesClassName does not match';
  if (!hasSameMode(volume, claim)) return 'incompatible volumeMode';
  return hasAccessModes(volume, claim) ? undefined : 'incompatible accessMode';
}

/** Any volume will do. */
async function syncFreeClaim(claim: PersistentVolumeClaim, context: BinderContext): Promise<WorkOutcome | void> {
  const isDelayed = waitsForConsumer(context.classes.get({ name: classOfClaim(claim) }));
  const volume = findVolume(claim, candidatesFor(claim, context), isDelayed);
  if (volume) return bind(volume, claim, context);
  if (await assignDefaultClass(claim, context)) return;
  if (isDelayed && claim.metadata.annotations?.[selectedNode] === undefined) sayWhatIsWaitedFor(claim, context);
  else if (classOfClaim(claim) === '')
    context.events.record(claim, 'Normal', 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set');
  else {
    await requestVolume(claim, context);
    return pending;
  }
  return wait(claim, context);
}

/** Volumes of its class, and those set aside for it whatever their class. Those that others are being bound to are not to be had any more. */
function candidatesFor(claim: PersistentVolumeClaim, { volumes, atWork }: BinderContext): readonly PersistentVolume[] {
  const own = volumes.byIndex(index.claim, keyText(keyOf(claim)));
  const free = volumes.byIndex(index.storageClass, classOfClaim(claim)).filter((volume) => !atWork.get(nameOf(volume))?.isBinding);
  return [...new Set([...free, ...own])];
}

/** A claim that names no class gets the default one when there is one, be it made later than the claim. */
async function assignDefaultClass(claim: PersistentVolumeClaim, { classes, claims, client }: BinderContext): Promise<boolean> {
  const storageClassName = namesClass(claim) ? undefined : defaultStorageClass(classes.list())?.metadata.name;
  if (storageClassName === undefined) return false;
  claims.wrote(await client.replace(persistentvolumeclaims, { ...claim, spec: { ...claim.spec, storageClassName } }));
  return true;
}

function sayWhatIsWaitedFor(claim: PersistentVolumeClaim, { events, pods }: BinderContext): void {
  const waiting = pods
    .byIndex(podsByClaim, keyText(keyOf(claim)))
    .filter((pod) => !isPodFinished(pod) && !pod.metadata.deletionTimestamp && !pod.spec?.nodeName);
  const names = waiting.map(({ metadata }) => metadata.name).join(',');
  if (waiting.length === 0) events.record(claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
  else events.record(claim, 'Normal', 'WaitForPodScheduled', `waiting for ${waiting.length > 1 ? 'pods' : 'pod'} ${names} to be scheduled`);
}

async function wait(claim: PersistentVolumeClaim, context: BinderContext): Promise<WorkOutcome> {
  await setClaimStatus(claim, 'Pending', undefined, context);
  return pending;
}
