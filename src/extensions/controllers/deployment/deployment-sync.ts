import type { Deployment, DeploymentStatus, ReplicaSet } from '../../../api/generated/apps-v1.ts';
import { deployments, replicasets } from '../../../api/generated/resource-types.ts';
import { keyOf, nameOf } from '../../../api/object.ts';
import { isAlreadyExists } from '../../../api/status.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { controllerReference, isControlledBy } from '../../../extension-points/controllers/owner-references.ts';
import { isNamespaceTerminating } from '../../../extension-points/controllers/pod-control.ts';
import { canonicalJson, templateHash } from '../../../extension-points/controllers/template-hash.ts';
import { desiredReplicasOf, maximumReplicasOf, newReplicaSetAnnotations, revisionAnnotation, revisionOf, withSizeAnnotations } from './annotations.ts';
import { conditionOf, hasDeadline, reasons, withCondition } from './conditions.ts';
import { findNewest, hashLabel, isActive, isSameTemplate } from './replica-sets.ts';
import { maxSurgeOf, newReplicaSetSize, replicasOf } from './rolling-math.ts';

/** One look at a deployment and its replica sets. Writes go through here, so that what follows in the same look builds on what they answered. */
export class DeploymentSync {
  readonly deps: ControllerDeps;
  deployment: Deployment;
  newest: ReplicaSet | undefined;
  old: ReplicaSet[];

  constructor(deployment: Deployment, sets: readonly ReplicaSet[], deps: ControllerDeps) {
    this.deps = deps;
    this.deployment = deployment;
    this.newest = findNewest(deployment, sets);
    this.old = sets.filter((set) => set !== this.newest);
  }

  get all(): ReplicaSet[] {
    return this.newest ? [...this.old, this.newest] : [...this.old];
  }

  /** Brings revision and annotations of the newest replica set up to date, and creates it when asked to. */
  async syncNewest(options: { create: boolean }): Promise<void> {
    const revision = Math.max(0, ...this.old.map(revisionOf)) + 1;
    if (this.newest) return this.#refreshNewest(this.newest, revision);
    if (options.create) await this.#createNewest(revision);
  }

  /** Sets the size of a replica set, and notes for which size of the deployment. */
  async scale(set: ReplicaSet, replicas: number): Promise<ReplicaSet> {
    const isSized =
      desiredReplicasOf(set) === replicasOf(this.deployment) && maximumReplicasOf(set) === replicasOf(this.deployment) + maxSurgeOf(this.deployment);
    const before = replicasOf(set);
    if (before === replicas && isSized) return set;
    const annotations = withSizeAnnotations(set.metadata.annotations, this.deployment);
    const scaled = await this.deps.client.replace(replicasets, { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } });
    this.#put(set, scaled);
    if (before !== replicas) this.#recordScaling(nameOf(set), before, replicas);
    return scaled;
  }

  async updateStatus(status: DeploymentStatus): Promise<void> {
    this.deployment = await this.deps.client.replace(deployments, { ...this.deployment, status }, { subresource: 'status' });
  }

  async setProgress(status: string, reason: string, message: string): Promise<void> {
    const conditions = withCondition(this.deployment.status?.conditions, { type: 'Progressing', status, reason, message }, this.deps.clock.now());
    await this.updateStatus({ ...this.deployment.status, conditions });
  }

  /** Deletes the oldest revisions beyond the history limit. One that still has, or may get, pods stays. */
  async cleanUp(): Promise<void> {
    const limit = this.deployment.spec.revisionHistoryLimit;
    if (limit === undefined || limit === 2147483647) return;
    const alive = this.old.filter(({ metadata }) => !metadata.deletionTimestamp);
    const surplus = alive.sort((left, right) => revisionOf(left) - revisionOf(right)).slice(0, Math.max(0, alive.length - limit));
    for (const set of surplus) {
      const isIdle = !isActive(set) && (set.status?.replicas ?? 0) === 0 && (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0);
      if (isIdle) await this.deps.client.delete(replicasets, keyOf(set));
    }
  }

  async #refreshNewest(set: ReplicaSet, revision: number): Promise<void> {
    const annotations = newReplicaSetAnnotations(this.deployment, set.metadata.annotations, revision);
    const minReadySeconds = this.deployment.spec.minReadySeconds ?? 0;
    const isCurrent = canonicalJson(annotations) === canonicalJson(set.metadata.annotations ?? {}) && (set.spec.minReadySeconds ?? 0) === minReadySeconds;
    if (!isCurrent) {
      const updated = await this.deps.client.replace(replicasets, {
        ...set,
        metadata: { ...set.metadata, annotations },
        spec: { ...set.spec, minReadySeconds },
      });
      this.#put(set, updated);
    }
    await this.#noteRevision(annotations[revisionAnnotation] ?? String(revision));
    if (!hasDeadline(this.deployment) || conditionOf(this.deployment.status?.conditions, 'Progressing')) return;
    await this.setProgress('True', reasons.found, `Found new replica set "${nameOf(set)}"`);
  }

  async #createNewest(revision: number): Promise<void> {
    const draft = this.#draft(revision);
    const { set, isNew } = await this.#createOrFind(draft);
    if (!set) return;
    this.newest = set;
    if (isNew && isActive(set)) this.#recordScaling(nameOf(set), 0, replicasOf(set));
    await this.#noteRevision(String(revision));
    if (isNew && hasDeadline(this.deployment)) await this.setProgress('True', reasons.created, `Created new replica set "${nameOf(set)}"`);
  }

  #draft(revision: number): ReplicaSet {
    const { spec, metadata } = this.deployment;
    const hash = templateHash(spec.template, this.deployment.status?.collisionCount);
    const labels = { ...spec.template.metadata?.labels, [hashLabel]: hash };
    const replicas = newReplicaSetSize(this.deployment, this.all, 0);
    return {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${metadata.name}-${hash}`,
        namespace: metadata.namespace ?? '',
        labels,
        ownerReferences: [controllerReference(this.deployment, deployments)],
        annotations: withSizeAnnotations(newReplicaSetAnnotations(this.deployment, undefined, revision), this.deployment),
      },
      spec: {
        replicas,
        minReadySeconds: spec.minReadySeconds ?? 0,
        selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [hashLabel]: hash } },
        template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
      },
    };
  }

  async #createOrFind(draft: ReplicaSet): Promise<{ set?: ReplicaSet; isNew: boolean }> {
    try {
      return { set: await this.deps.client.create(replicasets, draft), isNew: true };
    } catch (error) {
      if (isNamespaceTerminating(error)) return { isNew: false };
      if (isAlreadyExists(error)) return { set: await this.#resolveCollision(draft, error), isNew: false };
      const message = `Failed to create new replica set "${nameOf(draft)}": ${error instanceof Error ? error.message : String(error)}`;
      if (hasDeadline(this.deployment)) await this.setProgress('False', reasons.createError, message);
      this.deps.events.record(this.deployment, 'Warning', reasons.createError, message);
      throw error;
    }
  }

  /** The name is taken: by our own set that the view does not show yet, or by chance, which another hash gets around. */
  async #resolveCollision(draft: ReplicaSet, error: unknown): Promise<ReplicaSet> {
    const existing = await this.deps.client.get(replicasets, keyOf(draft));
    if (isControlledBy(existing, this.deployment) && isSameTemplate(existing.spec.template, this.deployment.spec.template)) return existing;
    await this.updateStatus({ ...this.deployment.status, collisionCount: (this.deployment.status?.collisionCount ?? 0) + 1 });
    throw error;
  }

  async #noteRevision(revision: string): Promise<void> {
    if (this.deployment.metadata.annotations?.[revisionAnnotation] === revision) return;
    const { metadata } = this.deployment;
    // PUT, not PATCH: the controller's role allows no more.
    this.deployment = await this.deps.client.replace(deployments, {
      ...this.deployment,
      metadata: { ...metadata, annotations: { ...metadata.annotations, [revisionAnnotation]: revision } },
    });
  }

  #put(before: ReplicaSet, after: ReplicaSet): void {
    if (this.newest === before) this.newest = after;
    else this.old = this.old.map((set) => (set === before ? after : set));
  }

  #recordScaling(name: string, from: number, to: number): void {
    this.deps.events.record(this.deployment, 'Normal', 'ScalingReplicaSet', `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`);
  }
}
