import type { PersistentVolume } from '../../../api/generated/core-v1.ts';
import {
  csidrivers,
  csinodes,
  csistoragecapacities,
  nodes,
  persistentvolumeclaims,
  persistentvolumes,
  pods,
  storageclasses,
} from '../../../api/generated/resource-types.ts';
import type { CSIStorageCapacity } from '../../../api/generated/storage-v1.ts';
import type { CycleState, SchedulingHandle, SchedulingPlugin, Status } from '../../../extension-points/scheduling/contract.ts';
import { skip, success, unresolvable } from '../../../extension-points/scheduling/contract.ts';
import { claimsOfPod } from '../../../extension-points/scheduling/volumes/claims-of-pod.ts';
import { classOfClaim, classOfVolume } from '../../../extension-points/scheduling/volumes/storage-class.ts';
import { AssumeCache } from './assume-cache.ts';
import { assumeVolumes, restoreVolumes } from './assume-volumes.ts';
import { type BindingDeps, bindVolumes } from './bind-volumes.ts';
import { scoreCapacity } from './capacity-score.ts';
import { ChangeBell } from './change-bell.ts';
import { type ClaimLookup, claimsOf, type PodClaims } from './claims.ts';
import { bySize, type NodeLookup, type NodeVolumes, volumesOn, type WantedVolumes } from './node-volumes.ts';
import { volumeBindingOptions } from './volume-binding-arguments.ts';
import { VolumeCandidates } from './volume-candidates.ts';
import { volumeBindingEvents } from './wake-up.ts';

/** Feature gates of upstream's that this plugin knows. */
export interface VolumeBindingFeatures {
  /** Scores nodes by the storage that would be left. Default false, as in Kubernetes 1.36. */
  readonly storageCapacityScoring?: boolean;
}

/** What is known of a pod's volumes in one cycle. Shared by clones of the state: what is found for a node does not depend on other pods. */
interface PodVolumes {
  readonly wanted: WantedVolumes;
  readonly byNode: Map<string, NodeVolumes>;
  isAllBound: boolean;
}

const stateKey = 'VolumeBinding';
const classIndex = 'storage-class';

type Handle = Pick<SchedulingHandle, 'client' | 'clock' | 'informers'>;

/**
 * Keeps pods to nodes that reach their volumes, and binds the claims that wait for a pod: to volumes that exist, or by having one made where the pod goes. Throws
 * for arguments out of range.
 */
export default function volumeBinding(args: unknown, handle: Handle, { storageCapacityScoring = false }: VolumeBindingFeatures = {}): SchedulingPlugin {
  const { bindTimeoutMs, shape } = volumeBindingOptions(args, storageCapacityScoring);
  const { claims, volumes, lookup, ...binding } = createBinding(handle, bindTimeoutMs);
  const stateOf = (state: CycleState): PodVolumes | undefined => state.read<PodVolumes>(stateKey);
  const wantedBy = ({ bound, delayed }: PodClaims): WantedVolumes => ({
    bound: bound.map(({ spec }) => volumes.get({ name: spec.volumeName ?? '' })),
    delayed: delayed.toSorted(bySize).map((claim) => ({ claim, candidates: new VolumeCandidates(claim, volumes.byIndex(classIndex, classOfClaim(claim))) })),
  });

  return {
    preFilter(state, pod) {
      const found = claimsOf(pod, lookup);
      if (typeof found === 'string') return { status: unresolvable(found) };
      if (found.immediate.length > 0) return { status: unresolvable('pod has unbound immediate PersistentVolumeClaims') };
      if (found.bound.length + found.delayed.length === 0) return { status: skip };
      state.write(stateKey, { wanted: wantedBy(found), byNode: new Map(), isAllBound: false } satisfies PodVolumes);
      return { status: success };
    },
    filter(state, _pod, { node, name }) {
      const { wanted, byNode } = known(stateOf(state));
      return attempt(() => {
        const found = volumesOn(node, wanted, lookup);
        if (isRefusal(found)) return unresolvable(...found);
        byNode.set(name, found);
        return success;
      });
    },
    ...(storageCapacityScoring
      ? {
          preScore: (state: CycleState) => (stateOf(state) ? success : skip),
          score(state: CycleState, _pod: unknown, { name }: { readonly name: string }): number {
            const found = stateOf(state)?.byNode.get(name);
            return found ? scoreCapacity(found, shape) : 0;
          },
        }
      : {}),
    reserve(state, pod, nodeName) {
      const own = stateOf(state);
      const found = own?.byNode.get(nodeName);
      // A pod without claims has nothing to reserve.
      if (!own || !found) return success;
      return attempt(() => {
        const current = claimsOf(pod, lookup);
        own.isAllBound = typeof current !== 'string' && current.delayed.length + current.immediate.length === 0;
        if (!own.isAllBound) own.byNode.set(nodeName, assumeVolumes(found, nodeName, { volumes, claims }));
        return success;
      });
    },
    unreserve(state, _pod, nodeName) {
      const found = stateOf(state)?.byNode.get(nodeName);
      if (found) restoreVolumes(found, { volumes, claims });
    },
    preBindPreFlight(state, _pod, nodeName) {
      const own = stateOf(state);
      if (!own || own.isAllBound) return skip;
      return own.byNode.has(nodeName) ? success : failure(new Error(`no pod volume found for node ${JSON.stringify(nodeName)}`));
    },
    async preBind(state, pod, nodeName, signal) {
      const own = stateOf(state);
      if (!own || own.isAllBound) return success;
      try {
        await bindVolumes(pod, nodeName, own.byNode.get(nodeName)!, { ...binding, claims, volumes, lookup }, signal);
        return success;
      } catch (error) {
        return failure(error);
      }
    },
    eventsToRegister: () => volumeBindingEvents,
    sign: (pod) => (claimsOfPod(pod).length === 0 ? '' : undefined),
  };
}

/** What the plugin knows of the cluster. Its informers are asked for at once, so that the scheduler starts with them filled. */
function createBinding(handle: Handle, timeoutMs: number): BindingDeps & { readonly lookup: NodeLookup & ClaimLookup } {
  const { client, clock, informers } = handle;
  const volumes = new AssumeCache(informers.informer(persistentvolumes), 'persistentvolumes');
  const claims = new AssumeCache(informers.informer(persistentvolumeclaims), 'persistentvolumeclaims');
  const [classes, drivers, csiNodes] = [informers.informer(storageclasses), informers.informer(csidrivers), informers.informer(csinodes)];
  const capacities = informers.informer(csistoragecapacities);
  informers.informer(pods);
  informers.informer(nodes);
  informers.informer(persistentvolumes).addIndex(classIndex, indexByClass);
  capacities.addIndex(classIndex, capacityIndex);
  const lookup = {
    claim: (namespace: string, name: string) => claims.get({ namespace, name }),
    storageClass: (name: string) => classes.get({ name }),
    driver: (name: string) => drivers.get({ name }),
    csiNode: (name: string) => csiNodes.get({ name }),
    capacities: (name: string) => capacities.byIndex(classIndex, name),
  };
  const bell = new ChangeBell(informers, [pods, persistentvolumeclaims, persistentvolumes]);
  return { client, clock, informers, volumes, claims, lookup, bell, timeoutMs };
}

// One function each, so that several schedulers may share informers.
const indexByClass = (volume: PersistentVolume): string[] => [classOfVolume(volume)];
const capacityIndex = ({ storageClassName }: CSIStorageCapacity): string[] => [storageClassName];

const isRefusal = (found: NodeVolumes | readonly string[]): found is readonly string[] => Array.isArray(found);

const failure = (error: unknown): Status => ({ code: 'error', reasons: [error instanceof Error ? error.message : String(error)], error });

/** A failure in upstream's words, without the name of the method that met it. */
function attempt(act: () => Status): Status {
  try {
    return act();
  } catch (error) {
    return failure(error);
  }
}

function known(state: PodVolumes | undefined): PodVolumes {
  if (!state) throw new Error(`reading "${stateKey}" from cycleState: not found`);
  return state;
}
