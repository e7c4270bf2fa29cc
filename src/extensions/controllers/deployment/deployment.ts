import type { Deployment, ReplicaSet } from '../../../api/generated/apps-v1.ts';
import { deployments, pods, replicasets } from '../../../api/generated/resource-types.ts';
import { keyOf, type ObjectKey } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import { claimObjects } from '../../../extension-points/controllers/claim.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { addControllerIndex, controlledBy, orphansIn } from '../../../extension-points/controllers/controlled-index.ts';
import { controllerOf } from '../../../extension-points/controllers/owner-references.ts';
import { defineStatefulReconciler, type NamedController, ownerKey, watching } from '../../../extension-points/controllers/reconcile.ts';
import { isEmptySelector, matchesSelector } from '../../../extension-points/controllers/selectors.ts';
import { canonicalJson } from '../../../extension-points/controllers/template-hash.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { conditionOf, deadlineMs, hasDeadline, isComplete, reasons, rolloutStatusOf, statusOf } from './conditions.ts';
import { DeploymentSync } from './deployment-sync.ts';
import { isRollingUpdate } from './rolling-math.ts';
import { isScaled, recreateStep, resize, rollingStep } from './rollout.ts';

/** Rolls replica sets so that a deployment's current template runs with as many replicas as it asks for. */
export function deploymentController(): NamedController {
  const definition = {
    name: 'deployment-controller',
    primary: deployments,
    owns: [replicasets],
    watches: [
      watching(replicasets, (set, { informers }) => adoptersOf(set, informers.informer(deployments).list(set.metadata.namespace ?? ''))),
      // A recreation waits for the last old pod.
      watching(pods, (pod, { informers }) => {
        const key = ownerKey(pod, replicasets);
        const set = key && informers.informer(replicasets).get(key);
        const owner = set && ownerKey(set, deployments);
        const deployment = owner && informers.informer(deployments).get(owner);
        return deployment && !isRollingUpdate(deployment) ? [owner] : [];
      }),
    ],
  };
  return defineStatefulReconciler(definition, (host) => {
    addControllerIndex(host.informers.informer(replicasets));
    addControllerIndex(host.informers.informer(pods));
    return (key) => reconcile(key, { ...host, events: host.events.as('deployment-controller') });
  });
}

async function reconcile(key: ObjectKey, deps: ControllerDeps): Promise<WorkOutcome | void> {
  const deployment = deps.informers.informer(deployments).get(key);
  if (!deployment) return;
  if (isEmptySelector(deployment.spec.selector)) return refuseSelector(deployment, deps);
  const informer = deps.informers.informer(replicasets);
  const candidates = [...controlledBy(informer, deployment), ...orphansIn(informer, key.namespace ?? '')];
  const sets = await claimObjects({
    client: deps.client,
    type: replicasets,
    owner: deployment,
    ownerType: deployments,
    selector: deployment.spec.selector,
    candidates,
  });
  return act(new DeploymentSync(deployment, sets, deps));
}

async function act(sync: DeploymentSync): Promise<WorkOutcome | void> {
  if (sync.deployment.metadata.deletionTimestamp) return writeCounts(sync);
  await notePause(sync);
  if (sync.deployment.spec.paused) {
    await sync.syncNewest({ create: false });
    await resize(sync);
    await sync.cleanUp();
    return writeCounts(sync);
  }
  await sync.syncNewest({ create: false });
  if (isScaled(sync)) {
    await resize(sync);
    return writeCounts(sync);
  }
  const podsOf = (set: ReplicaSet) => controlledBy(sync.deps.informers.informer(pods), set);
  await (isRollingUpdate(sync.deployment) ? rollingStep(sync) : recreateStep(sync, podsOf));
  return writeRollout(sync);
}

async function writeCounts(sync: DeploymentSync): Promise<void> {
  const status = statusOf(sync.deployment, sync.all, sync.newest, sync.deps.clock.now());
  if (canonicalJson(status) !== canonicalJson(sync.deployment.status ?? {})) await sync.updateStatus(status).catch(ignoreNotFound);
}

async function writeRollout(sync: DeploymentSync): Promise<WorkOutcome | void> {
  const status = rolloutStatusOf(sync.deployment, sync.all, sync.newest, sync.deps.clock.now());
  if (canonicalJson(status) !== canonicalJson(sync.deployment.status ?? {})) await sync.updateStatus(status).catch(ignoreNotFound);
  return checkAtDeadline(sync);
}

/** Nothing happens when a rollout is stuck; somebody has to look at the clock. */
function checkAtDeadline({ deployment, deps }: DeploymentSync): WorkOutcome | undefined {
  const progressing = conditionOf(deployment.status?.conditions, 'Progressing');
  if (!hasDeadline(deployment) || !progressing || progressing.reason === reasons.timedOut || isComplete(deployment, deployment.status ?? {})) return undefined;
  return { requeueAfterMs: Math.max(0, deadlineMs(deployment, progressing) - deps.clock.now()) + 1_000 };
}

/** While a deployment is paused its deadline does not run; the condition tells so. */
async function notePause(sync: DeploymentSync): Promise<void> {
  if (!hasDeadline(sync.deployment)) return;
  const current = conditionOf(sync.deployment.status?.conditions, 'Progressing');
  if (current?.reason === reasons.timedOut) return; // a rollout that has failed already stays failed
  const isNotedPaused = current?.reason === reasons.paused;
  if (sync.deployment.spec.paused && !isNotedPaused) await sync.setProgress('Unknown', reasons.paused, 'Deployment is paused');
  else if (!sync.deployment.spec.paused && isNotedPaused) await sync.setProgress('Unknown', reasons.resumed, 'Deployment is resumed');
}

async function refuseSelector(deployment: Deployment, { client, events }: ControllerDeps): Promise<void> {
  events.record(deployment, 'Warning', 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.');
  const { generation = 0 } = deployment.metadata;
  if ((deployment.status?.observedGeneration ?? 0) >= generation) return;
  await client.replace(deployments, { ...deployment, status: { ...deployment.status, observedGeneration: generation } }, { subresource: 'status' });
}

const adoptersOf = (set: ReplicaSet, all: readonly Deployment[]): ObjectKey[] =>
  controllerOf(set) ? [] : all.filter(({ spec }) => !isEmptySelector(spec.selector) && matchesSelector(spec.selector, set.metadata.labels)).map(keyOf);

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error; // deleted meanwhile
}
