import type { OwnerReference } from '../../../api/generated/meta-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { groupVersion, parseGroupVersion, type ResourceType } from '../../../api/resource-type.ts';

export const orphanFinalizer = 'orphan';
export const foregroundFinalizer = 'foregroundDeletion';

/** An object that owns or is owned. Objects that do neither have no node. */
export interface GraphNode {
  readonly uid: string;
  /** Where the object is, or for a virtual node where its dependents say it is. */
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  owners: readonly OwnerReference[];
  readonly dependents: Set<GraphNode>;
  isBeingDeleted: boolean;
  /** In foreground deletion: it stays until its dependents are gone. */
  isDeletingDependents: boolean;
  /** Named as an owner but never seen; it may be gone, or not seen yet. */
  isVirtual: boolean;
}

export interface GraphHost {
  /** Something about the node changed that may make it, or let it, go. */
  tryDelete(node: GraphNode): void;
  tryOrphan(node: GraphNode): void;
  /** The object that a reference means, when an informer has it. */
  find(reference: OwnerReference, namespace: string): KubernetesObject | undefined;
  /** Whether what a reference means was looked for and is not there. */
  isAbsent(reference: OwnerReference, namespace: string): boolean;
  /** Whether the object of this uid and name is in another namespace than the dependents that name it. Slow. */
  livesElsewhere(node: GraphNode): boolean;
  /** A dependent names an owner that exists, but elsewhere. */
  reportWrongOwner(dependent: GraphNode, reference: OwnerReference): void;
}

/** Who owns whom, kept current from the events of all resources. Edges go by uid; names in references are only claims. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #host: GraphHost;

  constructor(host: GraphHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#nodes.size;
  }

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  /** An object was added or changed. */
  observe(type: ResourceType, object: KubernetesObject, old?: KubernetesObject): void {
    const { uid, ownerReferences = [] } = object.metadata;
    if (!uid) return;
    let node = this.#nodes.get(uid);
    const isHeld = startsWith(foregroundFinalizer, object) || startsWith(orphanFinalizer, object);
    if (!node && ownerReferences.length === 0 && !isHeld) return;
    if (!node) this.#nodes.set(uid, (node = newNode(uid, groupVersion(type), type.kind, object)));
    else if (node.isVirtual) this.#materialize(node, type, object);
    this.#setOwners(node, ownerReferences);
    node.isBeingDeleted = object.metadata.deletionTimestamp !== undefined;
    this.#followTransitions(node, object, old);
    this.#prune(node);
  }

  /**
   * What a virtual node claims to be does not exist. Dependents that name the same uid with other words may still be right: then the node becomes what they say,
   * else it goes like a deleted object.
   */
  removeVirtual(node: GraphNode): void {
    const isWrongNamespace = this.#host.livesElsewhere(node);
    for (const dependent of node.dependents) {
      const reference = dependent.owners.find(({ uid }) => uid === node.uid);
      if (reference && isWrongNamespace) this.#host.reportWrongOwner(dependent, reference);
      if (!reference || this.#host.isAbsent(reference, dependent.namespace)) {
        this.#host.tryDelete(dependent);
        continue;
      }
      Object.assign(node, { apiVersion: reference.apiVersion, kind: reference.kind, name: reference.name, namespace: dependent.namespace });
      this.#findVirtual(node, reference, dependent.namespace);
      if (node.isVirtual) this.#host.tryDelete(node);
      return;
    }
    this.remove(node.uid);
  }

  /** An object is gone. */
  remove(uid: string): void {
    const node = this.#nodes.get(uid);
    if (!node) return;
    this.#nodes.delete(uid);
    this.#setOwners(node, []);
    for (const dependent of node.dependents) this.#host.tryDelete(dependent);
  }

  #materialize(node: GraphNode, type: ResourceType, object: KubernetesObject): void {
    Object.assign(node, { ...placeOf(groupVersion(type), type.kind, object), isVirtual: false });
    for (const dependent of node.dependents) this.#checkClaim(dependent, node);
  }

  #setOwners(node: GraphNode, references: readonly OwnerReference[]): void {
    const old = node.owners;
    if (old === references) return;
    node.owners = references;
    const kept = new Map(references.map((reference) => [reference.uid, reference]));
    for (const before of old) {
      const after = kept.get(before.uid);
      const owner = this.#nodes.get(before.uid);
      if (!owner) continue;
      if (!after) this.#unlink(node, owner);
      // An owner in foreground deletion waits for those that block it: one less, and it may be free.
      else if (before.blockOwnerDeletion && !after.blockOwnerDeletion && owner.isDeletingDependents) this.#host.tryDelete(owner);
    }
    const known = new Set(old.map(({ uid }) => uid));
    for (const reference of references) if (!known.has(reference.uid)) this.#link(node, reference);
  }

  #link(node: GraphNode, reference: OwnerReference): void {
    let owner = this.#nodes.get(reference.uid);
    if (!owner) {
      owner = this.#ownerNode(node, reference);
      this.#nodes.set(reference.uid, owner);
      if (owner.isVirtual) this.#host.tryDelete(owner);
      else if (owner.isDeletingDependents) this.#host.tryDelete(node);
    } else {
      if (owner.isVirtual) this.#findVirtual(owner, reference, node.namespace);
      this.#checkClaim(node, owner);
      if (owner.isDeletingDependents) this.#host.tryDelete(node);
    }
    owner.dependents.add(node);
  }

  #findVirtual(node: GraphNode, reference: OwnerReference, namespace: string): void {
    const object = this.#host.find(reference, namespace);
    if (object?.metadata.uid !== node.uid) return;
    Object.assign(node, { ...placeOf(reference.apiVersion, reference.kind, object), isVirtual: false });
    node.isDeletingDependents = startsWith(foregroundFinalizer, object);
    for (const dependent of node.dependents) this.#checkClaim(dependent, node);
  }

  #ownerNode(dependent: GraphNode, reference: OwnerReference): GraphNode {
    const object = this.#host.find(reference, dependent.namespace);
    if (object?.metadata.uid === reference.uid)
      return { ...newNode(reference.uid, reference.apiVersion, reference.kind, object), isDeletingDependents: startsWith(foregroundFinalizer, object) };
    const claimed: KubernetesObject = { metadata: { name: reference.name, namespace: dependent.namespace } };
    return { ...newNode(reference.uid, reference.apiVersion, reference.kind, claimed), isVirtual: true };
  }

  #unlink(node: GraphNode, owner: GraphNode): void {
    owner.dependents.delete(node);
    if (owner.isDeletingDependents) this.#host.tryDelete(owner);
    this.#prune(owner);
  }

  /** A reference whose uid is right and whose name, kind or namespace is wrong does not hold its dependent. */
  #checkClaim(dependent: GraphNode, owner: GraphNode): void {
    const reference = dependent.owners.find(({ uid }) => uid === owner.uid);
    if (!reference || owner.isVirtual) return;
    const isSameKind = reference.kind === owner.kind && parseGroupVersion(reference.apiVersion).group === parseGroupVersion(owner.apiVersion).group;
    const isInReach = owner.namespace === '' || owner.namespace === dependent.namespace;
    if (isSameKind && isInReach && reference.name === owner.name) return;
    if (!isInReach) this.#host.reportWrongOwner(dependent, reference);
    this.#host.tryDelete(dependent);
  }

  #followTransitions(node: GraphNode, object: KubernetesObject, old: KubernetesObject | undefined): void {
    if (startsWith(orphanFinalizer, object) && !(old && startsWith(orphanFinalizer, old))) this.#host.tryOrphan(node);
    const isForeground = startsWith(foregroundFinalizer, object);
    if (isForeground && !node.isDeletingDependents) {
      node.isDeletingDependents = true;
      for (const dependent of node.dependents) this.#host.tryDelete(dependent);
      this.#host.tryDelete(node);
    } else if (!isForeground) node.isDeletingDependents = false;
  }

  /** Forgets nodes that no longer tell anything. */
  #prune(node: GraphNode): void {
    if (node.dependents.size === 0 && node.owners.length === 0 && !node.isDeletingDependents && !node.isBeingDeleted) this.#nodes.delete(node.uid);
  }
}

/** Whether an object is being deleted and waits under a finalizer of the garbage collector. */
const startsWith = (finalizer: string, { metadata }: KubernetesObject): boolean =>
  metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizer) === true;

const placeOf = (apiVersion: string, kind: string, { metadata }: KubernetesObject): Pick<GraphNode, 'apiVersion' | 'kind' | 'namespace' | 'name'> => ({
  apiVersion,
  kind,
  namespace: metadata.namespace ?? '',
  name: metadata.name ?? '',
});

const newNode = (uid: string, apiVersion: string, kind: string, object: KubernetesObject): GraphNode => ({
  uid,
  ...placeOf(apiVersion, kind, object),
  owners: [],
  dependents: new Set(),
  isBeingDeleted: object.metadata.deletionTimestamp !== undefined,
  isDeletingDependents: false,
  isVirtual: false,
});
