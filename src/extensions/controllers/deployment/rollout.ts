import type { ReplicaSet } from '../../../api/generated/apps-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { isPodFinished } from '../../../extension-points/controllers/pod-state.ts';
import { desiredReplicasOf, maximumReplicasOf } from './annotations.ts';
import { isComplete } from './conditions.ts';
import type { DeploymentSync } from './deployment-sync.ts';
import { activeOrLatest, isActive, largestThenNewest, largestThenOldest, oldestFirst } from './replica-sets.ts';
import { isRollingUpdate, maxSurgeOf, maxUnavailableOf, newReplicaSetSize, proportionOf, replicasOf, sum } from './rolling-math.ts';

/** One step of a rolling update: the new replica set grows as far as the surge allows, or the old ones shrink as far as availability allows. */
export async function rollingStep(sync: DeploymentSync): Promise<void> {
  await sync.syncNewest({ create: true });
  if (await growNewest(sync)) return;
  if (await shrinkOld(sync)) return;
  if (isComplete(sync.deployment, sync.deployment.status ?? {})) await sync.cleanUp();
}

/** One step of a recreation: all old pods go first, then the new replica set gets its full size. `podsOf` answers the pods of a replica set. */
export async function recreateStep(sync: DeploymentSync, podsOf: (set: ReplicaSet) => readonly Pod[]): Promise<void> {
  await sync.syncNewest({ create: false });
  const active = sync.old.filter(isActive);
  for (const set of active) await sync.scale(set, 0);
  if (active.length > 0 || hasOldPods(sync, podsOf)) return;
  if (!sync.newest) await sync.syncNewest({ create: true });
  if (sync.newest) await sync.scale(sync.newest, replicasOf(sync.deployment));
  if (isComplete(sync.deployment, sync.deployment.status ?? {})) await sync.cleanUp();
}

/** Gives the replica sets their share of a new size, without rolling anything forward. */
export async function resize(sync: DeploymentSync): Promise<void> {
  const wanted = replicasOf(sync.deployment);
  const single = activeOrLatest(sync.newest, sync.old);
  if (single) return void (await sync.scale(single, wanted));
  if (sync.newest && isSaturated(sync, sync.newest)) {
    for (const set of sync.old.filter(isActive)) await sync.scale(set, 0);
  } else if (isRollingUpdate(sync.deployment)) await resizeProportionally(sync);
}

/** Whether some replica set was sized for another number of replicas than the deployment wants now. */
export const isScaled = ({ deployment, all }: DeploymentSync): boolean =>
  all.filter(isActive).some((set) => desiredReplicasOf(set) !== undefined && desiredReplicasOf(set) !== replicasOf(deployment));

function hasOldPods(sync: DeploymentSync, podsOf: (set: ReplicaSet) => readonly Pod[]): boolean {
  return sync.old.some((set) => (set.status?.replicas ?? 0) > 0 || podsOf(set).some((pod) => !isPodFinished(pod)));
}

async function growNewest(sync: DeploymentSync): Promise<boolean> {
  const { newest, deployment } = sync;
  if (!newest) return true; // the namespace is going away: nothing further is worth trying
  const current = replicasOf(newest);
  const wanted = current > replicasOf(deployment) ? replicasOf(deployment) : newReplicaSetSize(deployment, sync.all, current);
  if (wanted === current) return false;
  await sync.scale(newest, wanted);
  return true;
}

async function shrinkOld(sync: DeploymentSync): Promise<boolean> {
  const { deployment, newest } = sync;
  if (!newest || sum(sync.old, replicasOf) === 0) return false;
  const minimumAvailable = replicasOf(deployment) - maxUnavailableOf(deployment);
  const newUnavailable = replicasOf(newest) - (newest.status?.availableReplicas ?? 0);
  const mayGo = sum(sync.all, replicasOf) - minimumAvailable - newUnavailable;
  if (mayGo <= 0) return false;
  const unhealthy = await removeUnhealthy(sync, mayGo);
  const healthy = await removeHealthy(sync, minimumAvailable);
  return unhealthy + healthy > 0;
}

/** Replicas that are not available hold nobody up: they go before any that serve. */
async function removeUnhealthy(sync: DeploymentSync, mayGo: number): Promise<number> {
  let removed = 0;
  for (const set of [...sync.old].sort(oldestFirst)) {
    const unavailable = replicasOf(set) - (set.status?.availableReplicas ?? 0);
    const count = Math.min(mayGo - removed, unavailable);
    if (count <= 0) continue;
    await sync.scale(set, replicasOf(set) - count);
    removed += count;
  }
  return removed;
}

async function removeHealthy(sync: DeploymentSync, minimumAvailable: number): Promise<number> {
  let surplus = sum(sync.all, (set) => set.status?.availableReplicas ?? 0) - minimumAvailable;
  let removed = 0;
  for (const set of [...sync.old].sort(oldestFirst)) {
    const count = Math.min(surplus, replicasOf(set));
    if (count <= 0) continue;
    await sync.scale(set, replicasOf(set) - count);
    surplus -= count;
    removed += count;
  }
  return removed;
}

const isSaturated = ({ deployment }: DeploymentSync, set: ReplicaSet): boolean =>
  replicasOf(set) === replicasOf(deployment) &&
  desiredReplicasOf(set) === replicasOf(deployment) &&
  (set.status?.availableReplicas ?? 0) === replicasOf(deployment);

/** In the midst of a rollout a change of size is spread over all active replica sets by their sizes, so that old and new keep their balance. */
async function resizeProportionally(sync: DeploymentSync): Promise<void> {
  const { deployment } = sync;
  const active = sync.all.filter(isActive);
  const allowed = replicasOf(deployment) > 0 ? replicasOf(deployment) + maxSurgeOf(deployment) : 0;
  const toAdd = allowed - sum(active, replicasOf);
  const sorted = active.sort(toAdd >= 0 ? largestThenNewest : largestThenOldest);
  let added = 0;
  const sizes = sorted.map((set) => {
    const share = proportionOf(set, { deployment, maximumBefore: maximumReplicasOf(set) || (deployment.status?.replicas ?? 0), toAdd, added });
    added += share;
    return replicasOf(set) + share;
  });
  for (const [index, set] of sorted.entries()) {
    const leftover = index === 0 ? toAdd - added : 0; // rounding; the largest takes it
    await sync.scale(set, Math.max(0, (sizes[index] ?? 0) + leftover));
  }
}
