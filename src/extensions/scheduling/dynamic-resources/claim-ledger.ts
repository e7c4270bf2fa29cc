import type { Pod } from '../../../api/generated/core-v1.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { keyOf, keyText, type ObjectKey } from '../../../api/object.ts';
import type { Informer } from '../../../client/informer.ts';
import { extendedResourceClaimAnnotation, owningPodOf } from '../../../extension-points/scheduling/devices/claims-of-pod.ts';
import type { DevicesInUse } from './allocation/node-offer.ts';
import { type DeviceUse, DeviceUses, usesOf } from './device-uses.ts';
import type { PendingClaims } from './pending-claims.ts';

const goneLimit = 1_000;

/**
 * The claims as they are, or as this process has just written them, and which devices are in use by that: allocations that were decided on and not written yet
 * included. Kept by following changes, so that a scheduling cycle need not look at all claims.
 */
export class ClaimLedger implements Disposable {
  readonly #claims: Informer<ResourceClaim>;
  readonly #pending: PendingClaims;
  readonly #uses = new DeviceUses();
  /** What is counted for a claim, by its UID. */
  readonly #counted = new Map<string, readonly DeviceUse[]>();
  readonly #stored = new Map<string, ResourceClaim>();
  /** Keys of claims for extended resources, by the namespace and UID of their pod: a claim of another namespace may name any pod as its owner. */
  readonly #extended = new Map<string, ObjectKey>();
  /** The last UIDs that went: an answer to a write may come after the news that the claim is gone. */
  readonly #gone = new Set<string>();
  readonly #subscriptions: readonly Disposable[];

  constructor(claims: Informer<ResourceClaim>, pending: PendingClaims) {
    this.#claims = claims;
    this.#pending = pending;
    this.#subscriptions = [
      pending.onChange((uid) => this.#count(uid)),
      claims.onChange({ added: (claim) => this.#see(claim), updated: (claim, old) => this.#replace(old, claim), deleted: (claim) => this.#forget(claim) }),
    ];
    for (const [uid] of pending.all()) this.#count(uid);
  }

  /** What is in use now. Changes as claims do. */
  get inUse(): DevicesInUse {
    return this.#uses;
  }

  get(key: ObjectKey): ResourceClaim | undefined {
    const stored = this.#claims.get(key);
    const pending = stored && this.#pending.get(stored.metadata.uid ?? '');
    return pending?.isWritten && isOlder(stored!, pending.claim) ? pending.claim : stored;
  }

  /** The claim that a former attempt made for extended resources of a pod. */
  extendedClaimOf({ metadata: { namespace, uid } }: Pod): ResourceClaim | undefined {
    const key = this.#extended.get(`${namespace}/${uid}`);
    return key && this.get(key);
  }

  /** Whether an allocation was decided on and is not written yet. */
  isInFlight(uid: string): boolean {
    return this.#pending.get(uid)?.isWritten === false;
  }

  /** Takes the devices of a claim's allocation to be in use until it is written or withdrawn. */
  reserve(uid: string, claim: ResourceClaim): void {
    this.#pending.set(uid, { claim, isWritten: false });
  }

  /** The decision was not carried out; nothing when it was, or there is none. */
  withdraw(uid: string): void {
    if (this.isInFlight(uid)) this.#pending.delete(uid);
  }

  /** What the API server answered to a write. */
  written(claim: ResourceClaim): void {
    const uid = claim.metadata.uid ?? '';
    const stored = this.#stored.get(uid);
    if (this.#gone.has(uid) || (stored && !isOlder(stored, claim))) this.#pending.delete(uid);
    else this.#pending.set(uid, { claim, isWritten: true });
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #see(claim: ResourceClaim): void {
    const uid = claim.metadata.uid ?? '';
    this.#stored.set(uid, claim);
    const owner = claim.metadata.annotations?.[extendedResourceClaimAnnotation] === 'true' ? owningPodOf(claim) : undefined;
    if (owner) this.#extended.set(`${claim.metadata.namespace}/${owner.uid}`, keyOf(claim));
    const pending = this.#pending.get(uid);
    if (pending?.isWritten && !isOlder(claim, pending.claim)) this.#pending.delete(uid);
    else this.#count(uid);
  }

  /** A claim that was deleted and made anew between two looks comes as an update. */
  #replace(old: ResourceClaim, claim: ResourceClaim): void {
    if (old.metadata.uid !== claim.metadata.uid) this.#forget(old);
    this.#see(claim);
  }

  #forget(claim: ResourceClaim): void {
    const uid = claim.metadata.uid ?? '';
    this.#stored.delete(uid);
    this.#gone.add(uid);
    if (this.#gone.size > goneLimit) this.#gone.delete(this.#gone.values().next().value!);
    const owner = owningPodOf(claim);
    const place = owner && `${claim.metadata.namespace}/${owner.uid}`;
    const key = place && this.#extended.get(place);
    if (key && keyText(key) === keyText(keyOf(claim))) this.#extended.delete(place);
    if (this.#pending.get(uid)?.isWritten) this.#pending.delete(uid);
    this.#count(uid);
  }

  /** What is in flight counts beside what is stored: should both be there, somebody else was faster and one of them will go. */
  #count(uid: string): void {
    const stored = this.#stored.get(uid);
    const pending = this.#pending.get(uid);
    const isReplaced = pending?.isWritten === true && (!stored || isOlder(stored, pending.claim));
    const isDecisive = pending && (!pending.isWritten || isReplaced);
    const uses = [...(isReplaced ? [] : usesOf(stored?.status?.allocation)), ...(isDecisive ? usesOf(pending.claim.status?.allocation) : [])];
    this.#uses.remove(this.#counted.get(uid) ?? []);
    this.#uses.add(uses);
    if (uses.length > 0) this.#counted.set(uid, uses);
    else this.#counted.delete(uid);
  }
}

/** Versions of one API server are whole numbers that rise. */
const isOlder = (left: ResourceClaim, right: ResourceClaim): boolean =>
  left.metadata.resourceVersion !== right.metadata.resourceVersion && BigInt(left.metadata.resourceVersion || 0) < BigInt(right.metadata.resourceVersion || 0);
