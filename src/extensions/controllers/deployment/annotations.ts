import type { Deployment, ReplicaSet } from '../../../api/generated/apps-v1.ts';
import { maxSurgeOf, replicasOf } from './rolling-math.ts';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maximumAnnotation = 'deployment.kubernetes.io/max-replicas';
const maximumHistoryCharacters = 2000;

// What belongs to the deployment alone and must not be copied to its replica sets.
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredAnnotation,
  maximumAnnotation,
  'deprecated.deployment.rollback.to',
]);

type Annotations = Record<string, string>;

/** A revision that cannot be read counts as 0. */
export const revisionOf = ({ metadata }: ReplicaSet | Deployment): number => Number.parseInt(metadata.annotations?.[revisionAnnotation] ?? '', 10) || 0;

/** How many replicas the deployment wanted when it last sized this replica set. */
export const desiredReplicasOf = ({ metadata }: ReplicaSet): number | undefined => numberIn(metadata.annotations?.[desiredAnnotation]);
export const maximumReplicasOf = ({ metadata }: ReplicaSet): number | undefined => numberIn(metadata.annotations?.[maximumAnnotation]);

const numberIn = (text: string | undefined): number | undefined => (text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined);

/** The annotations of a replica set that a deployment has just sized. */
export const withSizeAnnotations = (annotations: Annotations | undefined, deployment: Deployment): Annotations => ({
  ...annotations,
  [desiredAnnotation]: String(replicasOf(deployment)),
  [maximumAnnotation]: String(replicasOf(deployment) + maxSurgeOf(deployment)),
});

/** The annotations of the replica set of the current template: the deployment's, and its revision with those it had before. */
export function newReplicaSetAnnotations(deployment: Deployment, current: Annotations | undefined, revision: number): Annotations {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !notCopied.has(name));
  const annotations: Annotations = { ...current, ...Object.fromEntries(copied) };
  const oldRevision = current?.[revisionAnnotation];
  if (oldRevision !== undefined && (Number.parseInt(oldRevision, 10) || 0) >= revision) return annotations;
  annotations[revisionAnnotation] = String(revision);
  if (oldRevision) annotations[revisionHistoryAnnotation] = withRevision(current?.[revisionHistoryAnnotation], oldRevision);
  return annotations;
}

/** Forgets the oldest revisions when the list grows too long. */
function withRevision(history: string | undefined, revision: string): string {
  const revisions = history ? history.split(',') : [];
  revisions.push(revision);
  while (revisions.join(',').length > maximumHistoryCharacters && revisions.length > 1) revisions.shift();
  return revisions.join(',');
}
