import type { Deployment, ReplicaSet } from '../../../api/generated/apps-v1.ts';
import { scaledValue } from '../../../extension-points/controllers/int-or-percent.ts';

/** Numbers of a rolling update, as upstream computes them. */
export const replicasOf = (object: Deployment | ReplicaSet): number => object.spec.replicas ?? 1;

export const isRollingUpdate = ({ spec }: Deployment): boolean => spec.strategy?.type !== 'Recreate';

/** How many replicas may exist beyond the wanted ones. */
export const maxSurgeOf = (deployment: Deployment): number => (isRollingUpdate(deployment) ? fenceposts(deployment).surge : 0);

/** How many of the wanted replicas may be missing. */
export function maxUnavailableOf(deployment: Deployment): number {
  if (!isRollingUpdate(deployment) || replicasOf(deployment) === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, replicasOf(deployment));
}

/** Percentages of the wanted replicas: surge rounds up, unavailable down; both 0 would never move, so one may be unavailable. */
function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, replicasOf(deployment), Math.ceil);
  const unavailable = scaledValue(maxUnavailable, replicasOf(deployment), Math.floor);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

export const sum = <T>(list: readonly T[], valueOf: (item: T) => number): number => list.reduce((total, item) => total + valueOf(item), 0);

/** How large the newest replica set should be when it is created or grows. */
export function newReplicaSetSize(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  if (!isRollingUpdate(deployment)) return replicasOf(deployment);
  const room = replicasOf(deployment) + maxSurgeOf(deployment) - sum(all, replicasOf);
  return room <= 0 ? current : current + Math.max(0, Math.min(room, replicasOf(deployment) - current));
}

/** A replica set's share of a change of the whole deployment, at most what is left of it. */
export function proportionOf(replicaSet: ReplicaSet, sizes: { deployment: Deployment; maximumBefore: number; toAdd: number; added: number }): number {
  const { deployment, maximumBefore, toAdd, added } = sizes;
  if (replicasOf(replicaSet) === 0 || toAdd === 0 || toAdd === added) return 0;
  const fraction = fractionOf(replicaSet, deployment, maximumBefore);
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
}

function fractionOf(replicaSet: ReplicaSet, deployment: Deployment, maximumBefore: number): number {
  if (replicasOf(deployment) === 0) return -replicasOf(replicaSet);
  const size = (replicasOf(replicaSet) * (replicasOf(deployment) + maxSurgeOf(deployment))) / (maximumBefore || 1);
  return roundHalfAwayFromZero(size) - replicasOf(replicaSet);
}

const roundHalfAwayFromZero = (value: number): number => (value < 0 ? Math.ceil(value - 0.5) : Math.floor(value + 0.5));
