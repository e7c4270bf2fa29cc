import type { PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims } from '../../../api/generated/resource-types.ts';
import type { CycleState, SchedulingHandle, SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { skip, success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { conflicts, disksOf } from './disk-conflicts.ts';

const stateKey = 'PreFilterVolumeRestrictions';

/** The claims of a pod that only one pod of the cluster may use, and how often others use them. */
class SoleClaims {
  readonly #namespace: string | undefined;
  readonly #names: ReadonlySet<string>;
  #uses: number;

  constructor(namespace: string | undefined, names: ReadonlySet<string>, uses = 0) {
    this.#namespace = namespace;
    this.#names = names;
    this.#uses = uses;
  }

  get areInUse(): boolean {
    return this.#uses > 0;
  }

  change(other: Pod, amount: 1 | -1): void {
    if (other.metadata.namespace === this.#namespace) this.#uses += amount * claimsOf(other).filter((name) => this.#names.has(name)).length;
  }

  clone(): SoleClaims {
    return new SoleClaims(this.#namespace, this.#names, this.#uses);
  }
}

/** Keeps pods from sharing a disk that cannot be shared on one node, and a `ReadWriteOncePod` claim at all. */
export default function volumeRestrictions(_args: unknown, handle: Pick<SchedulingHandle, 'informers'>): SchedulingPlugin {
  const claims = handle.informers.informer(persistentvolumeclaims);

  return {
    preFilter(state, pod, nodes) {
      const names = claimsOf(pod);
      const sole = new Set<string>();
      for (const name of names) {
        const claim = claims.get({ namespace: pod.metadata.namespace ?? '', name });
        if (!claim) return { status: unresolvable(`persistentvolumeclaim "${name}" not found`) };
        if (claim.spec?.accessModes?.includes('ReadWriteOncePod')) sole.add(name);
      }
      const soleClaims = new SoleClaims(pod.metadata.namespace, sole);
      if (sole.size > 0) for (const { pods } of nodes) for (const other of pods) soleClaims.change(other, 1);
      if (disksOf(pod).length === 0 && !soleClaims.areInUse) return { status: skip };
      state.write(stateKey, soleClaims);
      return { status: success };
    },
    addPod: (state, _pod, other) => (counted(state).change(other, 1), success),
    removePod: (state, _pod, other) => (counted(state).change(other, -1), success),
    filter(state, pod, { pods }) {
      const disks = disksOf(pod);
      if (disks.length > 0 && pods.some((other) => conflicts(disks, other))) return unschedulable('node(s) had no available disk');
      return counted(state).areInUse
        ? unschedulable('node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod')
        : success;
    },
    // Claims are what other pods and the claims themselves say, not the node.
    sign: (pod) => (disksOf(pod).length === 0 && claimsOf(pod).length === 0 ? '' : undefined),
    eventsToRegister: () => [
      { event: { resource: 'Pod', actions: ['Delete'] }, hint: (pod, old) => (frees(old as Pod, pod) ? 'queue' : 'skip') },
      { event: { resource: 'Node', actions: ['Add'] } },
      {
        event: { resource: 'PersistentVolumeClaim', actions: ['Add'] },
        hint: (pod, _old, current) => (isClaimOf(current as PersistentVolumeClaim, pod) ? 'queue' : 'skip'),
      },
    ],
  };
}

const claimsOf = ({ spec }: Pod): string[] => spec?.volumes?.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []) ?? [];

const isClaimOf = ({ metadata }: PersistentVolumeClaim, pod: Pod): boolean =>
  metadata.namespace === pod.metadata.namespace && claimsOf(pod).includes(metadata.name!);

/** Disks are the same in every namespace, claims are not. */
const frees = (gone: Pod, pod: Pod): boolean =>
  conflicts(disksOf(pod), gone) || (gone.metadata.namespace === pod.metadata.namespace && claimsOf(gone).some((name) => claimsOf(pod).includes(name)));

function counted(state: CycleState): SoleClaims {
  const found = state.read<SoleClaims>(stateKey);
  if (!found) throw new Error(`cannot read "${stateKey}" from cycleState`);
  return found;
}
