import type { PersistentVolume, PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { capacityOf, couldServe, hasAccessModes, isBoundTo, isFreeFor } from '../../../extension-points/scheduling/volumes/volume-matching.ts';

/**
 * The volume for a claim that names none: among the volumes with the fewest access modes that do, the one set aside for the claim, else the smallest free one.
 * With `isDelayed` only the former: free ones are for the scheduler to choose from.
 */
export function findVolume(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[], isDelayed: boolean): PersistentVolume | undefined {
  const fit = volumes.filter((volume) => hasAccessModes(volume, claim) && couldServe(volume, claim));
  const isFree = isFreeFor(claim);
  const byModes = Map.groupBy(fit, ({ spec }) => [...new Set(spec.accessModes)].sort().join());
  const groups = [...byModes].sort(([left], [right]) => countModes(left) - countModes(right) || (left < right ? -1 : 1));
  for (const [, group] of groups) {
    const found = group.find((volume) => isBoundTo(volume, claim)) ?? (isDelayed ? undefined : smallest(group.filter(isFree)));
    if (found) return found;
  }
  return undefined;
}

const countModes = (modes: string): number => modes.split(',').length;

const smallest = (volumes: readonly PersistentVolume[]): PersistentVolume | undefined =>
  volumes.reduce<PersistentVolume | undefined>((best, volume) => (best && capacityOf(best) <= capacityOf(volume) ? best : volume), undefined);
