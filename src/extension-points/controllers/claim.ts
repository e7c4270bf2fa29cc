import type { LabelSelector } from '../../api/generated/meta-v1.ts';
import { type KubernetesObject, keyOf } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import { ApiError, isNotFound } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import { controllerOf, controllerReference } from './owner-references.ts';
import { matchesSelector } from './selectors.ts';

export interface Claim<T extends KubernetesObject, Owner extends KubernetesObject> {
  readonly client: Client;
  readonly type: ResourceType<T>;
  readonly owner: Owner;
  readonly ownerType: ResourceType<Owner>;
  readonly selector: LabelSelector;
  readonly candidates: Iterable<T>;
  /** Put on what is adopted, and taken off what is released. */
  readonly finalizer?: string;
}

/**
 * The candidates that belong to an owner. An object without a controller that the selector matches is adopted; one whose labels no longer match is released.
 * Nothing is adopted or released for an owner that is being deleted. Throws when a write fails; retried, it continues where it stopped.
 */
export async function claimObjects<T extends KubernetesObject, Owner extends KubernetesObject>(claim: Claim<T, Owner>): Promise<T[]> {
  const { owner, selector } = claim;
  const claimed: T[] = [];
  let isLive: Promise<boolean> | undefined;
  for (const object of claim.candidates) {
    const controller = controllerOf(object);
    const matches = matchesSelector(selector, object.metadata.labels);
    if (controller?.uid === owner.metadata.uid) {
      if (matches) claimed.push(object);
      else if (!owner.metadata.deletionTimestamp) await release(claim, object);
    } else if (!controller && matches && !object.metadata.deletionTimestamp && !owner.metadata.deletionTimestamp) {
      // The view may be behind: an owner deleted meanwhile must not adopt, or the garbage collector would take what was orphaned.
      if (!(await (isLive ??= isStillThere(claim)))) continue;
      const adopted = await adopt(claim, object);
      if (adopted) claimed.push(adopted);
    }
  }
  return claimed;
}

async function isStillThere<T extends KubernetesObject, Owner extends KubernetesObject>({ client, owner, ownerType }: Claim<T, Owner>): Promise<boolean> {
  const live = await client.get(ownerType, keyOf(owner)).catch(ignoreNotFound);
  return live !== undefined && live.metadata.uid === owner.metadata.uid && !live.metadata.deletionTimestamp;
}

async function adopt<T extends KubernetesObject, Owner extends KubernetesObject>(
  { client, type, owner, ownerType, finalizer }: Claim<T, Owner>,
  object: T,
): Promise<T | undefined> {
  const ownerReferences = [...(object.metadata.ownerReferences ?? []), controllerReference(owner, ownerType)];
  const finalizers = finalizer ? { finalizers: [...new Set([...(object.metadata.finalizers ?? []), finalizer])] } : {};
  return client.patch(type, keyOf(object), { type: 'merge', body: metadataPatch(object, { ownerReferences, ...finalizers }) }).catch(ignoreNotFound);
}

async function release<T extends KubernetesObject, Owner extends KubernetesObject>(
  { client, type, owner, finalizer }: Claim<T, Owner>,
  object: T,
): Promise<void> {
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  const finalizers = finalizer ? { finalizers: (object.metadata.finalizers ?? []).filter((other) => other !== finalizer) } : {};
  await client.patch(type, keyOf(object), { type: 'merge', body: metadataPatch(object, { ownerReferences, ...finalizers }) }).catch((error: unknown) => {
    // Invalid: it has no such reference any more, or is another object of that name.
    if (!(error instanceof ApiError && error.reason === 'Invalid')) ignoreNotFound(error);
  });
}

/** Refused with a conflict when the object is not the one that was looked at. */
const metadataPatch = (object: KubernetesObject, change: object): unknown => ({
  metadata: { uid: object.metadata.uid, resourceVersion: object.metadata.resourceVersion, ...change },
});

function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}
