import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import { capacityOf, couldServe, hasAccessModes, isBoundTo, isFreeFor, isReachable } from '../../../extension-points/scheduling/volumes/volume-matching.ts';

const hostName = 'kubernetes.io/hostname';

/**
 * The volumes that could serve one claim, found once per pod so that a node only has to be asked what it reaches. Volumes of single nodes are kept under the
 * name of the node: a class of local volumes has as many of them as the cluster has nodes.
 */
export class VolumeCandidates {
  /** Set aside for this very claim. */
  readonly #ownVolumes: PersistentVolume[] = [];
  /** The free ones, smallest first, by the host name they are tied to; `undefined`: any. */
  readonly #free = new Map<string | undefined, PersistentVolume[]>();

  constructor(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[]) {
    const isFree = isFreeFor(claim);
    for (const volume of volumes) {
      if (!couldServe(volume, claim)) continue;
      if (isBoundTo(volume, claim)) this.#ownVolumes.push(volume);
      else if (isFree(volume) && hasAccessModes(volume, claim)) this.#addFree(volume);
    }
    for (const tied of this.#free.values()) if (tied.length > 1) tied.sort(bySize);
  }

  /** The claim's own volume if the node reaches it, else the smallest free one that it reaches and that is not `taken`. */
  pick(node: Node, taken: ReadonlySet<PersistentVolume>): PersistentVolume | undefined {
    const own = this.#ownVolumes.find((volume) => !taken.has(volume));
    if (own) return isReachable(own.spec.nodeAffinity, node) ? own : undefined;
    const isUsable = (volume: PersistentVolume): boolean => !taken.has(volume) && isReachable(volume.spec.nodeAffinity, node);
    const host = labelOf(node, hostName);
    const anywhere = this.#free.get(undefined)?.find(isUsable);
    const here = host === undefined ? undefined : this.#free.get(host)?.find(isUsable);
    if (!here || !anywhere) return here ?? anywhere;
    return bySize(anywhere, here) <= 0 ? anywhere : here;
  }

  #addFree(volume: PersistentVolume): void {
    const host = hostOf(volume);
    const tied = this.#free.get(host);
    if (tied) tied.push(volume);
    else this.#free.set(host, [volume]);
  }
}

const bySize = (left: PersistentVolume, right: PersistentVolume): number => {
  const [first, second] = [capacityOf(left), capacityOf(right)];
  return first < second ? -1 : first > second ? 1 : 0;
};

/** The one host whose nodes can reach a volume; undefined when there may be others. */
function hostOf({ spec }: PersistentVolume): string | undefined {
  const [term, another] = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const requirement = another ? undefined : term?.matchExpressions?.find(({ key, operator }) => key === hostName && operator === 'In');
  return requirement?.values?.length === 1 ? requirement.values[0] : undefined;
}
