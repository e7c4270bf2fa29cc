import { isDeepStrictEqual } from 'node:util';
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimStatus } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, persistentvolumes } from '../../../api/generated/resource-types.ts';
import { nameOf } from '../../../api/object.ts';
import { compareQuantities, parseQuantity, quantityProblem } from '../../../api/quantity.ts';
import { boundToClaim } from '../../../extension-points/scheduling/volumes/bind-volume.ts';
import { bindCompleted, boundByController } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { alone, type BinderContext } from './binder-context.ts';

// A volume that grew has, until its file system has grown too, the size that the claim may count on here.
const sizeBeforeResize = 'volume.alpha.kubernetes.io/pre-resize-capacity';

/** Writes a binding to both sides, the volume first. What is written already is left; a refused write is made up for when the claim or the volume is looked at next. */
export const bind = (volume: PersistentVolume, claim: PersistentVolumeClaim, context: BinderContext): Promise<WorkOutcome | void> =>
  alone(nameOf(volume), true, context, async () => {
    const bound = boundToClaim(volume, claim);
    const saved = bound === volume ? volume : context.volumes.wrote(await context.client.replace(persistentvolumes, bound));
    await setVolumePhase(saved, 'Bound', context);
    await setClaimStatus(await bindClaim(claim, saved, context), 'Bound', saved, context);
  });

async function bindClaim(claim: PersistentVolumeClaim, { metadata: { name } }: PersistentVolume, context: BinderContext): Promise<PersistentVolumeClaim> {
  const isNamed = claim.spec.volumeName === name;
  const annotations = claim.metadata.annotations ?? {};
  if (isNamed && annotations[bindCompleted] !== undefined) return claim;
  const marks: Record<string, string> = isNamed ? {} : { [boundByController]: annotations[boundByController] ?? 'yes' };
  return context.claims.wrote(
    await context.client.replace(persistentvolumeclaims, {
      ...claim,
      metadata: { ...claim.metadata, annotations: { ...annotations, ...marks, [bindCompleted]: annotations[bindCompleted] ?? 'yes' } },
      spec: { ...claim.spec, volumeName: name! },
    }),
  );
}

/** Undoes a binding. One that a person began stays set aside for the claim's name. */
export async function unbind(volume: PersistentVolume, context: BinderContext): Promise<void> {
  const { [boundByController]: mark, ...annotations } = volume.metadata.annotations ?? {};
  const { claimRef, ...spec } = volume.spec;
  const { uid: _uid, ...name } = claimRef ?? {};
  const { annotations: _annotations, ...metadata } = volume.metadata;
  const freed: PersistentVolume =
    mark === undefined
      ? { ...volume, spec: { ...spec, claimRef: name } }
      : { ...volume, metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) }, spec };
  await setVolumePhase(context.volumes.wrote(await context.client.replace(persistentvolumes, freed)), 'Available', context);
}

export type VolumePhase = NonNullable<NonNullable<PersistentVolume['status']>['phase']>;

/** Answers the volume in its new phase. */
export async function setVolumePhase(volume: PersistentVolume, phase: VolumePhase, context: BinderContext, message = ''): Promise<PersistentVolume> {
  if (volume.status?.phase === phase) return volume;
  const { message: _old, ...status } = volume.status ?? {};
  const next = { ...volume, status: { ...status, phase, ...(message ? { message } : {}) } };
  return context.volumes.wrote(await context.client.replace(persistentvolumes, next, { subresource: 'status' }));
}

/** Gives a claim its phase and, with a volume, what the volume has; without one that is taken away. Writes nothing that is there already. */
export async function setClaimStatus(
  claim: PersistentVolumeClaim,
  phase: NonNullable<PersistentVolumeClaimStatus['phase']>,
  volume: PersistentVolume | undefined,
  context: BinderContext,
): Promise<PersistentVolumeClaim> {
  const { accessModes: _modes, capacity: _capacity, currentVolumeAttributesClassName: _name, ...rest } = claim.status ?? {};
  const status: PersistentVolumeClaimStatus = { ...rest, phase, ...(volume ? ofVolume(claim, phase, volume) : {}) };
  if (isDeepStrictEqual(status, claim.status ?? {})) return claim;
  return context.claims.wrote(await context.client.replace(persistentvolumeclaims, { ...claim, status }, { subresource: 'status' }));
}

/** The size and the attributes are taken over when the claim becomes bound; afterwards those who change them keep them. */
function ofVolume({ status = {} }: PersistentVolumeClaim, phase: string, { metadata, spec }: PersistentVolume): PersistentVolumeClaimStatus {
  const isChange = status.phase !== phase;
  const { capacity, currentVolumeAttributesClassName } = status;
  const before = metadata.annotations?.[sizeBeforeResize];
  const size = before !== undefined && quantityProblem(before) === undefined ? { ...capacity, storage: before } : spec.capacity;
  const attributes = status.phase === 'Pending' && phase === 'Bound' ? spec.volumeAttributesClassName : currentVolumeAttributesClassName;
  const kept = isChange && (before !== undefined || !isSameSize(capacity, spec.capacity)) ? size : capacity;
  return {
    ...(spec.accessModes ? { accessModes: spec.accessModes } : {}),
    ...(kept ? { capacity: kept } : {}),
    ...(attributes === undefined ? {} : { currentVolumeAttributesClassName: attributes }),
  };
}

function isSameSize(left: PersistentVolumeClaimStatus['capacity'], right: PersistentVolumeClaimStatus['capacity']): boolean {
  const [first, second] = [left?.['storage'], right?.['storage']];
  return first !== undefined && second !== undefined && compareQuantities(parseQuantity(first), parseQuantity(second)) === 0;
}
