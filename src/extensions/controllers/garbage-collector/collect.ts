import type { OwnerReference } from '../../../api/generated/meta-v1.ts';
import { type KubernetesObject, keyOf, type ObjectKey } from '../../../api/object.ts';
import { parseGroupVersion, type ResourceType } from '../../../api/resource-type.ts';
import { isNotFound } from '../../../api/status.ts';
import type { Client, DeleteOptions } from '../../../client/client.ts';
import { foregroundFinalizer, type GraphNode, type OwnerGraph, orphanFinalizer } from './owner-graph.ts';

export interface CollectDeps {
  readonly client: Client;
  readonly graph: OwnerGraph;
  readonly typeOf: (reference: { apiVersion: string; kind: string }) => ResourceType | undefined;
  readonly absentOwners: AbsentOwners;
  /** Has a node looked at again. */
  readonly tryDelete: (node: GraphNode) => void;
}

/** A reference names a kind that the API does not serve (yet). */
export class UnknownKindError extends Error {}

/**
 * Decides about one node by looking at the live object and its live owners; the graph only says what is worth a look.
 * An object goes when it had owners and none of them exists any more; the rules are upstream's.
 */
export async function attemptToDelete(node: GraphNode, deps: CollectDeps): Promise<void> {
  if (node.isBeingDeleted && !node.isDeletingDependents) return;
  if (!node.isVirtual && node.owners.length === 0 && !node.isDeletingDependents) return;
  const type = resolve(node, deps);
  const asked = { ...node };
  const live = await deps.client.get(type, keyIn(type, asked)).catch(undefinedWhenGone);
  if (!live || live.metadata.uid !== node.uid) {
    deps.absentOwners.add(asked, type.namespaced ? asked.namespace : '');
    if (asked.isVirtual && !node.isVirtual) return; // seen meanwhile, elsewhere than its dependents said
    return node.isVirtual ? deps.graph.removeVirtual(node) : deps.graph.remove(node.uid);
  }
  if (node.isVirtual) return; // it exists; its informer will show it
  if (node.isDeletingDependents) return deleteDependentsFirst(node, type, live, deps);
  const owners = await classify(live, type, deps);
  if (owners.solid.length > 0) await dropReferences(type, live, [...owners.dangling, ...owners.waiting], deps.client);
  else if (owners.waiting.length > 0 && node.dependents.size > 0) await deleteInForeground(node, type, live, deps);
  else if (owners.waiting.length + owners.dangling.length > 0) await deleteLive(type, live, policyOf(live), deps.client);
}

/** Takes the owner out of every dependent and then lets the owner go. */
export async function attemptToOrphan(node: GraphNode, deps: CollectDeps): Promise<void> {
  const type = resolve(node, deps);
  const results = await Promise.allSettled([...node.dependents].map((dependent) => orphan(dependent, node, deps)));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
  await removeFinalizer(type, node, orphanFinalizer, deps.client);
}

async function orphan(dependent: GraphNode, owner: GraphNode, deps: CollectDeps): Promise<void> {
  const type = resolve(dependent, deps);
  const live = await deps.client.get(type, keyIn(type, dependent)).catch(undefinedWhenGone);
  if (live?.metadata.uid === dependent.uid)
    await dropReferences(type, live, live.metadata.ownerReferences?.filter(({ uid }) => uid === owner.uid) ?? [], deps.client);
}

async function deleteDependentsFirst(node: GraphNode, type: ResourceType, live: KubernetesObject, { client, tryDelete }: CollectDeps): Promise<void> {
  const blocking = [...node.dependents].filter((dependent) => dependent.owners.some(({ uid, blockOwnerDeletion }) => uid === node.uid && blockOwnerDeletion));
  if (blocking.length === 0) return removeFinalizer(type, { ...node, name: live.metadata.name ?? '' }, foregroundFinalizer, client);
  for (const dependent of blocking) if (!dependent.isDeletingDependents) tryDelete(dependent);
}

interface Owners {
  readonly solid: OwnerReference[];
  readonly dangling: OwnerReference[];
  readonly waiting: OwnerReference[];
}

async function classify(live: KubernetesObject, type: ResourceType, deps: CollectDeps): Promise<Owners> {
  const owners: Owners = { solid: [], dangling: [], waiting: [] };
  for (const reference of live.metadata.ownerReferences ?? []) owners[await stateOf(reference, live, type, deps)].push(reference);
  return owners;
}

async function stateOf(reference: OwnerReference, dependent: KubernetesObject, type: ResourceType, deps: CollectDeps): Promise<keyof Owners> {
  const ownerType = resolve(reference, deps);
  // A cluster-scoped object cannot be owned from inside a namespace: there is no telling which one is meant, so it is left alone (upstream).
  if (ownerType.namespaced && !type.namespaced) return 'solid';
  const namespace = ownerType.namespaced ? (dependent.metadata.namespace ?? '') : '';
  if (deps.absentOwners.has(reference, namespace)) return 'dangling';
  const owner = await deps.client.get(ownerType, namespace ? { namespace, name: reference.name } : { name: reference.name }).catch(undefinedWhenGone);
  if (!owner || owner.metadata.uid !== reference.uid) {
    deps.absentOwners.add(reference, namespace);
    return 'dangling';
  }
  return owner.metadata.deletionTimestamp && owner.metadata.finalizers?.includes(foregroundFinalizer) ? 'waiting' : 'solid';
}

/** The owner waits for this object, which has dependents of its own: they go first. In a circle that would never end, so this object stops blocking its owners. */
async function deleteInForeground(node: GraphNode, type: ResourceType, live: KubernetesObject, { client }: CollectDeps): Promise<void> {
  let current = live;
  const isInCircle = [...node.dependents].some((dependent) => dependent.isDeletingDependents);
  if (isInCircle) {
    const ownerReferences = (live.metadata.ownerReferences ?? []).map((reference) => ({ ...reference, blockOwnerDeletion: false }));
    current = await client.patch(type, keyOf(live), { type: 'merge', body: guarded(live, { ownerReferences }) });
  }
  await deleteLive(type, current, 'Foreground', client);
}

/** A deletion asked for earlier (and kept in a finalizer) is honoured. */
function policyOf({ metadata: { finalizers = [] } }: KubernetesObject): NonNullable<DeleteOptions['propagationPolicy']> {
  if (finalizers.includes(orphanFinalizer)) return 'Orphan';
  return finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background';
}

async function deleteLive(
  type: ResourceType,
  live: KubernetesObject,
  propagationPolicy: NonNullable<DeleteOptions['propagationPolicy']>,
  client: Client,
): Promise<void> {
  const { uid = '', resourceVersion = '' } = live.metadata;
  // With the version looked at: had it got a new owner meanwhile, the deletion must fail.
  await client.delete(type, keyOf(live), { propagationPolicy, preconditions: { uid, resourceVersion } }).catch(undefinedWhenGone);
}

async function dropReferences(type: ResourceType, live: KubernetesObject, references: readonly OwnerReference[], client: Client): Promise<void> {
  if (references.length === 0) return;
  const uids = new Set(references.map(({ uid }) => uid));
  const ownerReferences = (live.metadata.ownerReferences ?? []).filter(({ uid }) => !uids.has(uid));
  await client.patch(type, keyOf(live), { type: 'merge', body: guarded(live, { ownerReferences }) }).catch(undefinedWhenGone);
}

async function removeFinalizer(type: ResourceType, node: GraphNode, finalizer: string, client: Client): Promise<void> {
  const live = await client.get(type, keyIn(type, node)).catch(undefinedWhenGone);
  if (live?.metadata.uid !== node.uid || !live.metadata.finalizers?.includes(finalizer)) return;
  const finalizers = live.metadata.finalizers.filter((entry) => entry !== finalizer);
  await client.patch(type, keyOf(live), { type: 'merge', body: guarded(live, { finalizers }) }).catch(undefinedWhenGone);
}

/** A metadata patch that is refused with a conflict when the object changed since it was read. */
const guarded = ({ metadata: { uid, resourceVersion } }: KubernetesObject, change: object): unknown => ({ metadata: { uid, resourceVersion, ...change } });

const keyIn = (type: ResourceType, { namespace, name }: { namespace: string; name: string }): ObjectKey => (type.namespaced ? { namespace, name } : { name });

function resolve(reference: { apiVersion: string; kind: string }, { typeOf }: CollectDeps): ResourceType {
  const type = typeOf(reference);
  if (!type) throw new UnknownKindError(`no resource of kind ${reference.kind} is served in group "${parseGroupVersion(reference.apiVersion).group}"`);
  return type;
}

function undefinedWhenGone(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}

const maximumAbsentOwners = 500;

type Claim = Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>;

/** Owners known not to be where a reference says. A uid never comes back, so an answer once found stays true. */
export class AbsentOwners {
  readonly #keys = new Set<string>();

  has(claim: Claim, namespace: string): boolean {
    return this.#keys.has(claimKey(claim, namespace));
  }

  add(claim: Claim, namespace: string): void {
    this.#keys.add(claimKey(claim, namespace));
    if (this.#keys.size > maximumAbsentOwners) this.#keys.delete(this.#keys.values().next().value ?? '');
  }
}

const claimKey = ({ apiVersion, kind, name, uid }: Claim, namespace: string): string =>
  [uid, parseGroupVersion(apiVersion).group, kind, namespace, name].join('/');
