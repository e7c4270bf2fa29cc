import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import type { ClaimReference, PreparedDevice } from '../../../extension-points/devices/dynamic/contract.ts';

/** What the agent knows of a claim that pods of the node use. */
export interface ClaimRecord extends ClaimReference {
  /** Pods that use the claim, or were to use it when something went wrong. */
  readonly podUids: Set<string>;
  /** Every driver that the allocation names, with the devices it prepared. */
  readonly drivers: Map<string, readonly PreparedDevice[]>;
  /** Whether all drivers have answered since the agent was started. Not kept over restarts: who then needs the claim anew has it prepared again. */
  isPrepared: boolean;
}

export const claimKey = (namespace: string, name: string): string => `${namespace}/${name}`;

/** What is to be prepared of a claim; throws when it was not given any devices. */
export function recordOf({ metadata, status }: ResourceClaim): ClaimRecord {
  if (!status?.allocation) throw new Error(`ResourceClaim ${metadata.name}: not allocated`);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    podUids: new Set(),
    drivers: new Map((status.allocation.devices?.results ?? []).map(({ driver }) => [driver, []])),
    isPrepared: false,
  };
}

/** The claims in use on a node. */
export class ClaimRecords {
  readonly #records = new Map<string, ClaimRecord>();

  all(): Iterable<ClaimRecord> {
    return this.#records.values();
  }

  get(namespace: string, name: string): ClaimRecord | undefined {
    return this.#records.get(claimKey(namespace, name));
  }

  add(record: ClaimRecord): void {
    this.#records.set(claimKey(record.namespace, record.name), record);
  }

  remove({ namespace, name }: ClaimReference): void {
    this.#records.delete(claimKey(namespace, name));
  }

  /** Notes that a pod uses a claim. Throws when another claim of the same name is still in use, which must be undone first. */
  refer(wanted: ClaimRecord, podUid: string): ClaimRecord {
    const known = this.get(wanted.namespace, wanted.name);
    if (known && known.uid !== wanted.uid)
      throw new Error(`old ResourceClaim with same name ${wanted.name} and different UID ${known.uid} still exists (previous pod force-deleted?!)`);
    const record = known ?? wanted;
    if (!known) this.add(record);
    record.podUids.add(podUid);
    return record;
  }

  usedBy(podUid: string): readonly ClaimRecord[] {
    return [...this.#records.values()].filter(({ podUids }) => podUids.has(podUid));
  }

  podUids(): ReadonlySet<string> {
    return new Set([...this.#records.values()].flatMap(({ podUids }) => [...podUids]));
  }
}
