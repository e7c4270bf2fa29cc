import type { ControllerRevision, DaemonSet } from '../../../api/generated/apps-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { controllerrevisions, daemonsets, pods as podType } from '../../../api/generated/resource-types.ts';
import { keyOf } from '../../../api/object.ts';
import { isAlreadyExists } from '../../../api/status.ts';
import { claimObjects } from '../../../extension-points/controllers/claim.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { controlledBy, orphansIn } from '../../../extension-points/controllers/controlled-index.ts';
import { controllerReference } from '../../../extension-points/controllers/owner-references.ts';
import { canonicalJson, templateHash } from '../../../extension-points/controllers/template-hash.ts';
import { hashLabel } from './daemon-pods.ts';

export interface Revisions {
  readonly current: ControllerRevision;
  readonly old: readonly ControllerRevision[];
}

/**
 * The templates that a set has had, as ControllerRevisions: what `kubectl rollout history` and `undo` read. The current one is made when it is not there. Throws when a
 * write fails; the next attempt goes on from there.
 */
export async function reviseHistory(daemonSet: DaemonSet, pods: readonly Pod[], deps: ControllerDeps): Promise<Revisions> {
  const informer = deps.informers.informer(controllerrevisions);
  const candidates = [...controlledBy(informer, daemonSet), ...orphansIn(informer, daemonSet.metadata.namespace ?? '')];
  const claim = { client: deps.client, type: controllerrevisions, owner: daemonSet, ownerType: daemonsets, selector: daemonSet.spec.selector, candidates };
  const all = await claimObjects(claim);
  const wanted = canonicalJson(dataOf(daemonSet));
  const isCurrent = ({ data }: ControllerRevision): boolean => canonicalJson(data) === wanted;
  const old = all.filter((revision) => !isCurrent(revision));
  const revision = Math.max(0, ...old.map((other) => other.revision)) + 1;
  const same = all.filter(isCurrent);
  const current = same.length > 0 ? await onlyOne(same, pods, deps) : await snapshot(daemonSet, revision, deps);
  if (current.revision >= revision) return { current, old };
  return { current: await deps.client.replace(controllerrevisions, { ...current, revision }), old };
}

/** Removes the oldest revisions beyond the limit; what a pod is of stays. */
export async function dropOldRevisions(
  { spec: { revisionHistoryLimit = 10 } }: DaemonSet,
  old: readonly ControllerRevision[],
  pods: readonly Pod[],
  { client }: ControllerDeps,
): Promise<void> {
  const surplus = old.length - revisionHistoryLimit;
  if (surplus <= 0) return;
  const inUse = new Set(pods.map(({ metadata }) => metadata.labels?.[hashLabel]));
  const unused = old.toSorted((left, right) => left.revision - right.revision).filter(({ metadata }) => !inUse.has(metadata.labels?.[hashLabel]));
  for (const revision of unused.slice(0, surplus)) await client.delete(controllerrevisions, keyOf(revision));
}

/** What a revision holds: a strategic merge patch that brings its template back. */
const dataOf = ({ spec: { template } }: DaemonSet): object => ({ spec: { template: { ...template, $patch: 'replace' } } });

async function snapshot(daemonSet: DaemonSet, revision: number, { client }: ControllerDeps): Promise<ControllerRevision> {
  const { metadata, spec, status } = daemonSet;
  const hash = templateHash(spec.template, status?.collisionCount);
  const name = `${metadata.name}-${hash}`;
  const { annotations, namespace = '' } = metadata;
  try {
    return await client.create(controllerrevisions, {
      metadata: {
        name,
        namespace,
        labels: { ...spec.template.metadata?.labels, [hashLabel]: hash },
        ...(annotations ? { annotations } : {}),
        ownerReferences: [controllerReference(daemonSet, daemonsets)],
      },
      data: dataOf(daemonSet),
      revision,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const existing = await client.get(controllerrevisions, { namespace, name });
    if (canonicalJson(existing.data) === canonicalJson(dataOf(daemonSet))) return existing;
    // Another template has this hash: the next attempt takes another one.
    const newest = await client.get(daemonsets, { namespace, name: metadata.name! });
    if (newest.status?.collisionCount === status?.collisionCount)
      await client.replace(
        daemonsets,
        { ...newest, status: { ...newest.status!, collisionCount: (status?.collisionCount ?? 0) + 1 } },
        { subresource: 'status' },
      );
    throw error;
  }
}

/** Of several revisions with the same template the newest stays, and takes over the pods of the others. */
async function onlyOne(same: readonly ControllerRevision[], pods: readonly Pod[], { client }: ControllerDeps): Promise<ControllerRevision> {
  const kept = same.reduce((best, revision) => (revision.revision >= best.revision ? revision : best));
  if (same.length === 1) return kept;
  const hash = kept.metadata.labels?.[hashLabel];
  for (const pod of pods)
    if (pod.metadata.labels?.[hashLabel] !== hash)
      await client.patch(podType, keyOf(pod), { type: 'merge', body: { metadata: { labels: { [hashLabel]: hash } } } });
  for (const revision of same) if (revision !== kept) await client.delete(controllerrevisions, keyOf(revision));
  return kept;
}
