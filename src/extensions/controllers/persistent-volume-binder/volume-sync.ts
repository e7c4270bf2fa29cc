import type { PersistentVolume, PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims } from '../../../api/generated/resource-types.ts';
import { isNotFound } from '../../../api/status.ts';
import { provisionedBy } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import { hasSameMode } from '../../../extension-points/scheduling/volumes/volume-matching.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { setVolumePhase, unbind } from './bind.ts';
import type { BinderContext } from './binder-context.ts';
import { annotateVolume } from './migration.ts';
import { reclaim } from './reclaim.ts';

/** Gives a volume the phase that its claim makes for, and reclaims it when the claim is gone. */
export async function syncVolume(volume: PersistentVolume, context: BinderContext): Promise<WorkOutcome | void> {
  const current = await annotateVolume(volume, context);
  // Without a claim, or set aside for one that has yet to come.
  if (!current.spec.claimRef?.uid) return void (await setVolumePhase(current, 'Available', context));
  const claim = await claimOf(current, context);
  if (!claim) return release(current, context);
  if (!claim.spec.volumeName) return sayMismatch(current, claim, context);
  if (claim.spec.volumeName === current.metadata.name) return void (await setVolumePhase(current, 'Bound', context));
  // The claim has another volume. One that was made for it is of no use to anybody.
  if (current.metadata.annotations?.[provisionedBy] !== undefined && current.spec.persistentVolumeReclaimPolicy === 'Delete') return release(current, context);
  await unbind(current, context);
}

/** The very claim that the volume is bound to. Asked of the API server before it is taken to be gone: too much hangs on it. */
async function claimOf({ spec: { claimRef }, status }: PersistentVolume, { claims, client }: BinderContext): Promise<PersistentVolumeClaim | undefined> {
  const { namespace = '', name = '', uid } = claimRef ?? {};
  const known = claims.get({ namespace, name });
  if (known?.metadata.uid === uid) return known;
  const isReleased = status?.phase === 'Released' || status?.phase === 'Failed';
  if (!known && isReleased) return undefined;
  const current = await client.get(persistentvolumeclaims, { namespace, name }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    return undefined;
  });
  return current?.metadata.uid === uid ? current : undefined;
}

async function release(volume: PersistentVolume, context: BinderContext): Promise<WorkOutcome | void> {
  const phase = volume.status?.phase;
  const released = phase === 'Released' || phase === 'Failed' ? volume : await setVolumePhase(volume, 'Released', context);
  return reclaim(released, context);
}

/** The claim has not been bound yet; one that is ready for it is bound from its own side. */
function sayMismatch(volume: PersistentVolume, claim: PersistentVolumeClaim, { events, enqueueClaim }: BinderContext): void {
  if (hasSameMode(volume, claim)) return enqueueClaim(claim.metadata);
  const [volumeName, claimName] = [JSON.stringify(volume.metadata.name), JSON.stringify(claim.metadata.name)];
  events.record(
    volume,
    'Warning',
    'VolumeMismatch',
    `Cannot bind PersistentVolume to requested PersistentVolumeClaim ${claimName} due to incompatible volumeMode.`,
  );
  events.record(
    claim,
    'Warning',
    'VolumeMismatch',
    `Cannot bind PersistentVolume ${volumeName} to requested PersistentVolumeClaim due to incompatible volumeMode.`,
  );
}
