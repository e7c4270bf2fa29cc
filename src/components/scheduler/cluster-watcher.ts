import type { Node, Pod } from '../../api/generated/core-v1.ts';
import * as resourceTypes from '../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import type { Informers } from '../../client/informer.ts';
import type { EventResource } from '../../extension-points/scheduling/contract.ts';
import type { ClusterChange } from './cluster-change.ts';
import { nodeUpdates, podUpdates } from './cluster-change.ts';
import type { NodeCache } from './node-cache.ts';
import type { Nominations } from './nominations.ts';
import { isAssigned, isFinished, podKey } from './pod-facts.ts';
import type { SchedulingQueue } from './scheduling-queue.ts';

export interface ClusterWatcherDeps {
  readonly informers: Informers;
  readonly cache: NodeCache;
  readonly queue: SchedulingQueue;
  readonly nominations: Nominations;
  /** Whether this scheduler answers for a pod without a node. */
  readonly isOurs: (pod: Pod) => boolean;
  /** Told of a pod that went away without a node. */
  readonly onGone: (pod: Pod) => void;
}

/** Keeps cache and queue in step with the cluster, and tells the queue of what may help waiting pods. Disposing ends it. */
export function watchCluster(deps: ClusterWatcherDeps): Disposable {
  const { informers } = deps;
  const subscriptions = [
    informers.informer(resourceTypes.nodes).onChange(nodeHandler(deps)),
    informers.informer(resourceTypes.pods).onChange(podHandler(deps)),
  ];
  return { [Symbol.dispose]: () => subscriptions.forEach((subscription) => subscription[Symbol.dispose]()) };
}

/** Tells the queue of what happens to other kinds, as far as they are known. Disposing ends it. */
export function watchResources({ informers, queue }: Pick<ClusterWatcherDeps, 'informers' | 'queue'>, resources: Iterable<EventResource>): Disposable {
  const subscriptions = [...resources].flatMap((resource) => {
    const type = otherTypes[resource];
    if (type) return [informers.informer(type).onChange(otherHandler(queue, resource))];
    const custom = customType(resource);
    return custom ? [informers.informer(custom, { mayBeMissing: true }).onChange(otherHandler(queue, resource))] : [];
  });
  return { [Symbol.dispose]: () => subscriptions.forEach((subscription) => subscription[Symbol.dispose]()) };
}

const otherTypes: Readonly<Record<string, ResourceType<KubernetesObject>>> = {
  PersistentVolume: resourceTypes.persistentvolumes,
  PersistentVolumeClaim: resourceTypes.persistentvolumeclaims,
  'storage.k8s.io/CSINode': resourceTypes.csinodes,
  'storage.k8s.io/CSIDriver': resourceTypes.csidrivers,
  'storage.k8s.io/VolumeAttachment': resourceTypes.volumeattachments,
  'storage.k8s.io/CSIStorageCapacity': resourceTypes.csistoragecapacities,
  'storage.k8s.io/StorageClass': resourceTypes.storageclasses,
  'resource.k8s.io/ResourceClaim': resourceTypes.resourceclaims,
  'resource.k8s.io/ResourceSlice': resourceTypes.resourceslices,
  'resource.k8s.io/DeviceClass': resourceTypes.deviceclasses,
};

/** `<plural>.<version>.<group>`: how upstream names custom resources here. Only lists and watches are asked for with it, which need no kind. */
function customType(resource: EventResource): ResourceType<KubernetesObject> | undefined {
  const [, plural, version, group] = /^([a-z0-9-]+)\.(v[a-z0-9]+)\.([a-z0-9.-]+)$/.exec(resource) ?? [];
  return plural && version && group ? { resource: plural, version, group, kind: '', namespaced: true } : undefined;
}

interface Handler<T> {
  added(object: T): void;
  updated(object: T, old: T): void;
  deleted(object: T): void;
}

const nodeHandler = ({ cache, queue }: ClusterWatcherDeps): Handler<Node> => ({
  added(node) {
    cache.setNode(node);
    queue.onChange({ resource: 'Node', action: 'Add', current: node });
  },
  updated(node, old) {
    cache.setNode(node);
    for (const action of nodeUpdates(old, node)) queue.onChange({ resource: 'Node', action, old, current: node });
  },
  deleted(node) {
    cache.removeNode(node.metadata.name!);
    queue.onChange({ resource: 'Node', action: 'Delete', old: node });
  },
});

/** A pod is one of three things to a scheduler; changing from one to another is leaving and arriving. */
type Role = 'assigned' | 'unscheduled' | 'none';

function podHandler(deps: ClusterWatcherDeps): Handler<Pod> {
  const roleOf = (pod: Pod): Role => {
    if (isFinished(pod)) return 'none';
    if (isAssigned(pod)) return 'assigned';
    return deps.isOurs(pod) ? 'unscheduled' : 'none';
  };
  return {
    added: (pod) => arrive(deps, pod, roleOf(pod)),
    updated(pod, old) {
      const [role, oldRole] = [roleOf(pod), roleOf(old)];
      if (role === oldRole && podKey(pod) === podKey(old)) return change(deps, pod, old, role);
      leave(deps, old, oldRole, role === 'assigned');
      arrive(deps, pod, role);
    },
    deleted: (pod) => leave(deps, pod, roleOf(pod), false),
  };
}

function arrive({ cache, queue, nominations }: ClusterWatcherDeps, pod: Pod, role: Role): void {
  if (role === 'assigned') {
    cache.setPod(pod);
    queue.onChange({ resource: 'AssignedPod', action: 'Add', current: pod });
  } else if (role === 'unscheduled') {
    nominations.set(pod);
    // Before the pod is in the queue: it would count as having happened while the pod was tried.
    queue.onChange({ resource: 'UnscheduledPod', action: 'Add', current: pod });
    queue.add(pod);
  }
}

function change({ cache, queue, nominations }: ClusterWatcherDeps, pod: Pod, old: Pod, role: Role): void {
  if (role === 'none') return;
  if (role === 'assigned') cache.setPod(pod);
  else {
    // A pod that is being bound has its room already; the node it is promised is said for others.
    if (!cache.isAssumed(pod)) nominations.update(pod, old);
    queue.update(pod);
  }
  const resource = role === 'assigned' ? 'AssignedPod' : 'UnscheduledPod';
  for (const action of podUpdates(old, pod)) queue.onChange({ resource, action, old, current: pod });
}

function leave({ cache, queue, nominations, onGone }: ClusterWatcherDeps, pod: Pod, role: Role, isBound: boolean): void {
  if (role === 'none') return;
  if (role === 'unscheduled') {
    queue.delete(pod);
    nominations.delete(pod);
    if (isBound) return;
    onGone(pod);
    queue.onChange({ resource: 'UnscheduledPod', action: 'Delete', old: pod });
    // The room that was kept for it is free, as if it had been there.
    if (pod.status?.nominatedNodeName) queue.onChange({ resource: 'AssignedPod', action: 'Delete', old: pod });
    return;
  }
  cache.removePod(pod);
  queue.onChange({ resource: 'AssignedPod', action: 'Delete', old: pod });
}

const otherHandler = (queue: SchedulingQueue, resource: EventResource): Handler<KubernetesObject> => {
  const tell = (change: Omit<ClusterChange, 'resource'>): void => queue.onChange({ resource, ...change });
  return {
    added: (current) => tell({ action: 'Add', current }),
    updated: (current, old) => tell({ action: 'Update', old, current }),
    deleted: (old) => tell({ action: 'Delete', old }),
  };
};
