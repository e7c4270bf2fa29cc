import type { Deployment, ReplicaSet } from '../../../api/generated/apps-v1.ts';
import type { PodTemplateSpec } from '../../../api/generated/core-v1.ts';
import { nameOf } from '../../../api/object.ts';
import { canonicalJson } from '../../../extension-points/controllers/template-hash.ts';
import { replicasOf } from './rolling-math.ts';

export const hashLabel = 'pod-template-hash';

const createdMs = ({ metadata }: ReplicaSet): number => Date.parse(metadata.creationTimestamp ?? '') || 0;
const byName = (left: ReplicaSet, right: ReplicaSet): number => (nameOf(left) < nameOf(right) ? -1 : nameOf(left) > nameOf(right) ? 1 : 0);

export const oldestFirst = (left: ReplicaSet, right: ReplicaSet): number => createdMs(left) - createdMs(right) || byName(left, right);
export const newestFirst = (left: ReplicaSet, right: ReplicaSet): number => createdMs(right) - createdMs(left) || byName(right, left);
export const largestThenNewest = (left: ReplicaSet, right: ReplicaSet): number => replicasOf(right) - replicasOf(left) || newestFirst(left, right);
export const largestThenOldest = (left: ReplicaSet, right: ReplicaSet): number => replicasOf(right) - replicasOf(left) || oldestFirst(left, right);

export const isActive = (set: ReplicaSet): boolean => replicasOf(set) > 0;

/** The replica set of the deployment's current template. Of several the oldest counts, so that the choice does not change. */
export const findNewest = (deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined =>
  [...sets].sort(oldestFirst).find((set) => isSameTemplate(set.spec.template, deployment.spec.template));

/** Equal but for the hash label that the controller itself adds. */
export const isSameTemplate = (left: PodTemplateSpec | undefined, right: PodTemplateSpec | undefined): boolean =>
  canonicalJson(withoutHash(left)) === canonicalJson(withoutHash(right));

function withoutHash(template: PodTemplateSpec = {}): PodTemplateSpec {
  const { [hashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  // The API writes an absent creation time as null; it means nothing.
  const { creationTimestamp: __, ...metadata } = template.metadata ?? {};
  return { ...template, metadata: { ...metadata, labels } };
}

/** The one replica set that a plain change of size concerns: the only active one, or the newest when none is. Undefined in the midst of a rollout. */
export function activeOrLatest(newest: ReplicaSet | undefined, old: readonly ReplicaSet[]): ReplicaSet | undefined {
  const active = [...old, ...(newest ? [newest] : [])].filter(isActive);
  if (active.length > 1) return undefined;
  return active[0] ?? newest ?? [...old].sort(newestFirst)[0];
}
