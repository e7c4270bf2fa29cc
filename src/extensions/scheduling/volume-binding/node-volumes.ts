import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import type { CSINode } from '../../../api/generated/storage-v1.ts';
import { affinityOn } from '../../../extension-points/scheduling/volumes/migrated-affinity.ts';
import { selectedNode } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import { isReachable, requestOf } from '../../../extension-points/scheduling/volumes/volume-matching.ts';
import { type Provision, type ProvisioningLookup, provisionOn } from './provisioning.ts';
import type { VolumeCandidates } from './volume-candidates.ts';

/** What has to be done for a pod to have its volumes on one node. */
export interface NodeVolumes {
  readonly bindings: readonly Binding[];
  readonly provisions: readonly Provision[];
}

export interface Binding {
  readonly claim: PersistentVolumeClaim;
  readonly volume: PersistentVolume;
}

/** The claims of a pod that is being scheduled, with what they may get. */
export interface WantedVolumes {
  /** The volumes of bound claims; undefined where one is missing. */
  readonly bound: readonly (PersistentVolume | undefined)[];
  /** The others, smallest first, so that large volumes are left for large claims. */
  readonly delayed: readonly { readonly claim: PersistentVolumeClaim; readonly candidates: VolumeCandidates }[];
}

export interface NodeLookup extends ProvisioningLookup {
  csiNode(name: string): CSINode | undefined;
}

const nothing: NodeVolumes = { bindings: [], provisions: [] };

const conflict = {
  affinity: "node(s) didn't match PersistentVolume's node affinity",
  volume: "node(s) didn't find available persistent volumes to bind",
  space: 'node(s) did not have enough free storage',
  missing: 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
};

/** How a pod would have its volumes on a node; or upstream's reasons why it cannot. Throws when that cannot be told. */
export function volumesOn(node: Node, { bound, delayed }: WantedVolumes, lookup: NodeLookup): NodeVolumes | readonly string[] {
  const lost = boundConflict(node, bound, lookup);
  const found = delayed.length === 0 ? nothing : delayedVolumes(node, delayed, lookup);
  if (lost === undefined && typeof found !== 'string') return found;
  // Upstream's order of the reasons.
  const reasons = [lost, typeof found === 'string' ? found : undefined];
  return Object.values(conflict).filter((reason) => reasons.includes(reason));
}

function boundConflict(node: Node, volumes: WantedVolumes['bound'], { csiNode }: NodeLookup): string | undefined {
  for (const volume of volumes) {
    if (!volume) return conflict.missing;
    if (!isReachable(affinityOn(node.metadata.name!, volume, csiNode), node)) return conflict.affinity;
  }
  return undefined;
}

function delayedVolumes(node: Node, delayed: WantedVolumes['delayed'], lookup: NodeLookup): NodeVolumes | string {
  const selected = delayed.filter(({ claim }) => claim.metadata.annotations?.[selectedNode] !== undefined);
  if (selected.some(({ claim }) => claim.metadata.annotations?.[selectedNode] !== node.metadata.name)) return conflict.volume;
  const bindings: Binding[] = [];
  const unmatched: PersistentVolumeClaim[] = selected.map(({ claim }) => claim);
  const taken = new Set<PersistentVolume>();
  for (const entry of delayed) {
    if (selected.includes(entry)) continue;
    const volume = entry.candidates.pick(node, taken);
    if (volume) {
      taken.add(volume);
      bindings.push({ claim: entry.claim, volume });
    } else unmatched.push(entry.claim);
  }
  const provisions: Provision[] = [];
  for (const claim of unmatched) {
    const provision = provisionOn(node, claim, lookup);
    if (provision === 'no-volume') return conflict.volume;
    if (provision === 'no-space') return conflict.space;
    provisions.push(provision);
  }
  return { bindings, provisions };
}

export const bySize = (left: PersistentVolumeClaim, right: PersistentVolumeClaim): number => {
  const [first, second] = [requestOf(left), requestOf(right)];
  return first < second ? -1 : first > second ? 1 : 0;
};
