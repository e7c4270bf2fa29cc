import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../../api/generated/apps-v1.ts';
import { nameOf } from '../../../api/object.ts';
import { withoutZeros } from '../../../extension-points/controllers/wire-counts.ts';
import { timeText } from '../../../kernel/clock.ts';
import { maxUnavailableOf, replicasOf, sum } from './rolling-math.ts';

// Reasons are upstream's.
export const reasons = {
  created: 'NewReplicaSetCreated',
  found: 'FoundNewReplicaSet',
  available: 'NewReplicaSetAvailable',
  updated: 'ReplicaSetUpdated',
  timedOut: 'ProgressDeadlineExceeded',
  paused: 'DeploymentPaused',
  resumed: 'DeploymentResumed',
  createError: 'ReplicaSetCreateError',
  minimumAvailable: 'MinimumReplicasAvailable',
  minimumUnavailable: 'MinimumReplicasUnavailable',
} as const;

export type Conditions = readonly DeploymentCondition[] | undefined;

export const conditionOf = (conditions: Conditions, type: string): DeploymentCondition | undefined => conditions?.find((condition) => condition.type === type);

export const withoutCondition = (conditions: Conditions, type: string): DeploymentCondition[] =>
  (conditions ?? []).filter((condition) => condition.type !== type);

/** One of the same status and reason is left as it is; the transition time moves with the status only. */
export function withCondition(
  conditions: Conditions,
  wanted: Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>,
  nowMs: number,
): DeploymentCondition[] {
  const current = conditionOf(conditions, wanted.type);
  if (current && current.status === wanted.status && current.reason === wanted.reason) return [...(conditions ?? [])];
  const now = timeText(nowMs);
  const lastTransitionTime = current?.status === wanted.status ? (current.lastTransitionTime ?? now) : now;
  return [...withoutCondition(conditions, wanted.type), { ...wanted, lastUpdateTime: now, lastTransitionTime }];
}

/** 2^31-1 seconds means no deadline. */
export const hasDeadline = ({ spec }: Deployment): boolean => spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== 2147483647;

/** Counts of a deployment's replica sets, and whether enough are available. */
export function statusOf(deployment: Deployment, all: readonly ReplicaSet[], newest: ReplicaSet | undefined, nowMs: number): DeploymentStatus {
  const availableReplicas = sum(all, (set) => set.status?.availableReplicas ?? 0);
  const isEnough = availableReplicas >= replicasOf(deployment) - maxUnavailableOf(deployment);
  const conditions = withCondition(
    deployment.status?.conditions,
    isEnough
      ? { type: 'Available', status: 'True', reason: reasons.minimumAvailable, message: 'Deployment has minimum availability.' }
      : { type: 'Available', status: 'False', reason: reasons.minimumUnavailable, message: 'Deployment does not have minimum availability.' },
    nowMs,
  );
  const { collisionCount } = deployment.status ?? {};
  return withoutZeros<DeploymentStatus>(
    {
      observedGeneration: deployment.metadata.generation ?? 0,
      replicas: sum(all, (set) => set.status?.replicas ?? 0),
      updatedReplicas: newest?.status?.replicas ?? 0,
      readyReplicas: sum(all, (set) => set.status?.readyReplicas ?? 0),
      availableReplicas,
      unavailableReplicas: Math.max(0, sum(all, replicasOf) - availableReplicas),
      terminatingReplicas: sum(all, (set) => set.status?.terminatingReplicas ?? 0),
      ...(collisionCount === undefined ? {} : { collisionCount }),
      conditions,
    },
    'terminatingReplicas',
    'collisionCount',
  );
}

/** Every replica is of the newest template and available, and nothing older is left. */
export const isComplete = (deployment: Deployment, status: DeploymentStatus): boolean =>
  (status.updatedReplicas ?? 0) === replicasOf(deployment) &&
  (status.replicas ?? 0) === replicasOf(deployment) &&
  (status.availableReplicas ?? 0) === replicasOf(deployment) &&
  (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);

function isProgressing({ status: old = {} }: Deployment, status: DeploymentStatus): boolean {
  const outdated = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus): number => replicas - updatedReplicas;
  return (
    (status.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    outdated(status) < outdated(old) ||
    (status.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

function isTimedOut(deployment: Deployment, conditions: Conditions, nowMs: number): boolean {
  const progressing = conditionOf(conditions, 'Progressing');
  if (!hasDeadline(deployment) || !progressing || progressing.reason === reasons.available) return false;
  return progressing.reason === reasons.timedOut || deadlineMs(deployment, progressing) < nowMs;
}

export const deadlineMs = ({ spec }: Deployment, progressing: DeploymentCondition): number =>
  Date.parse(progressing.lastUpdateTime ?? '') + (spec.progressDeadlineSeconds ?? 0) * 1000;

/** The status of a rollout under way: the counts with the Progressing and ReplicaFailure conditions. */
export function rolloutStatusOf(deployment: Deployment, all: readonly ReplicaSet[], newest: ReplicaSet | undefined, nowMs: number): DeploymentStatus {
  const status = statusOf(deployment, all, newest, nowMs);
  let conditions = status.conditions ?? [];
  if (!hasDeadline(deployment)) conditions = withoutCondition(conditions, 'Progressing');
  const current = conditionOf(deployment.status?.conditions, 'Progressing');
  const isDone = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === reasons.available;
  if (hasDeadline(deployment) && !isDone) conditions = withProgress(deployment, { ...status, conditions }, newest, nowMs);
  const failure = failureOf(all, newest);
  conditions = withoutCondition(conditions, 'ReplicaFailure').concat(
    failure ? [keepTransition(failure, conditionOf(conditions, 'ReplicaFailure'), nowMs)] : [],
  );
  return { ...status, conditions };
}

function withProgress(deployment: Deployment, status: DeploymentStatus, newest: ReplicaSet | undefined, nowMs: number): DeploymentCondition[] {
  const subject = newest ? `ReplicaSet "${nameOf(newest)}"` : `Deployment "${nameOf(deployment)}"`;
  const { conditions = [] } = status;
  const condition = { type: 'Progressing', status: 'True' };
  if (isComplete(deployment, status))
    return withCondition(conditions, { ...condition, reason: reasons.available, message: `${subject} has successfully progressed.` }, nowMs);
  if (isProgressing(deployment, status)) {
    // Each step forward starts the deadline anew: replaced even when status and reason are the same.
    const current = conditionOf(conditions, 'Progressing');
    const now = timeText(nowMs);
    const lastTransitionTime = current?.status === 'True' ? (current.lastTransitionTime ?? now) : now;
    return [
      ...withoutCondition(conditions, 'Progressing'),
      { ...condition, reason: reasons.updated, message: `${subject} is progressing.`, lastUpdateTime: now, lastTransitionTime },
    ];
  }
  if (!isTimedOut(deployment, conditions, nowMs)) return [...conditions];
  return withCondition(conditions, { ...condition, status: 'False', reason: reasons.timedOut, message: `${subject} has timed out progressing.` }, nowMs);
}

/** Why pods cannot be created: the newest replica set's word counts first. */
function failureOf(all: readonly ReplicaSet[], newest: ReplicaSet | undefined): DeploymentCondition | undefined {
  const failures = [newest, ...all].flatMap((set) => (set?.status?.conditions ?? []).filter(({ type }) => type === 'ReplicaFailure'));
  return failures[0];
}

function keepTransition(failure: DeploymentCondition, current: DeploymentCondition | undefined, nowMs: number): DeploymentCondition {
  if (current?.status === failure.status && current.reason === failure.reason) return current;
  return { ...failure, lastUpdateTime: timeText(nowMs), lastTransitionTime: failure.lastTransitionTime ?? timeText(nowMs) };
}
