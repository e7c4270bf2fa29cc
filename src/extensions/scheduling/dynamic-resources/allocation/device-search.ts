import type { ResourceClaim } from '../../../../api/generated/resource-v1.ts';
import { AllocationError, AllocationTimeout } from './allocation-error.ts';
import type { AllocationConstraint } from './constraint.ts';
import { claimText, type Demand, type DemandedRequest, ownName } from './device-request.ts';
import { Holdings } from './holdings.ts';
import { LazyList } from './lazy-list.ts';
import { allSelectedBy, type Candidate, candidatesFor, type DevicesInUse, isUsable, Tally } from './node-offer.ts';
import type { PoolView } from './pool-view.ts';
import { areTooFew } from './shortage.ts';

/** As many devices may be allocated for a claim. */
const resultsLimit = 32;
/** How many steps go by between two looks at the clock. */
const stepsBetweenLooks = 256;

export interface ClaimToAllocate {
  readonly claim: ResourceClaim;
  readonly requests: readonly DemandedRequest[];
  readonly constraints: readonly AllocationConstraint[];
}

export interface ChosenDevice {
  readonly demand: Demand;
  readonly candidate: Candidate;
}

/** What was chosen for one claim: the way each request was satisfied, and the devices in the order of the requests. */
export interface ChosenDevices {
  readonly demands: readonly Demand[];
  readonly devices: readonly ChosenDevice[];
}

/**
 * Finds devices of one node for all claims of a pod: the first way there is, in the order of claims, requests, alternatives and pools. It tries every combination, but
 * of devices that make no difference to any request only one, and nothing that cannot have enough devices.
 */
export class DeviceSearch {
  readonly #claims: readonly ClaimToAllocate[];
  readonly #pools: readonly PoolView[];
  readonly #inUse: DevicesInUse;
  readonly #deadlineMs: number;
  readonly #chosen: ChosenDevice[][];
  readonly #demands: Demand[][];
  readonly #candidates = new Map<Demand, LazyList<Candidate>>();
  readonly #tallies = new Map<Demand, Tally>();
  readonly #all = new Map<Demand, readonly Candidate[]>();
  readonly #holdings: Holdings;
  readonly #kinds = new Map<string, string>();
  #steps = 0;
  #knownInVain: boolean | undefined;

  constructor(claims: readonly ClaimToAllocate[], pools: readonly PoolView[], inUse: DevicesInUse, deadlineMs: number) {
    this.#claims = claims;
    this.#pools = pools;
    this.#inUse = inUse;
    this.#deadlineMs = deadlineMs;
    this.#holdings = new Holdings(claims.length, inUse);
    this.#chosen = claims.map(() => []);
    this.#demands = claims.map(() => []);
  }

  /** Undefined when there is no way. Throws `AllocationError` and `AllocationTimeout`. To be called once. */
  run(): readonly ChosenDevices[] | undefined {
    for (const { claim, requests } of this.#claims) {
      const least = this.#leastFrom(claim, requests, 0);
      if (least > resultsLimit)
        throw new AllocationError(`claim ${claimText(claim)}: number of requested devices ${least} exceeds the claim limit of ${resultsLimit}`);
    }
    if (!this.#allocateFrom(0, 0)) return undefined;
    return this.#claims.map((_, index) => ({ demands: this.#demands[index]!, devices: this.#chosen[index]! }));
  }

  /** After a search in vain: what there was too little of, or that it is only too little for all together. */
  explanation(): string {
    const lacking = this.#claims.flatMap(({ claim, requests }) =>
      requests.flatMap(({ demands }) => demands.flatMap((demand) => this.#lackOf(claim, demand) ?? [])),
    );
    return lacking.join('; ') || 'each request could be satisfied, but not all together';
  }

  #lackOf(claim: ResourceClaim, demand: Demand): string | undefined {
    // Pods of one kind should be told the same: their claims have names of their own.
    const request = `request ${demand.name}${this.#claims.length > 1 ? ` of ${claimText(claim)}` : ''}`;
    if (demand.takesAll) return this.#all.get(demand)?.length === 0 ? `${request} wants all devices, and there are none` : undefined;
    const had = this.#candidates.get(demand)?.knownLength ?? Infinity;
    return had < demand.count ? `${request} wants ${demand.count}: ${this.#tallies.get(demand)}` : undefined;
  }

  #allocateFrom(claimIndex: number, requestIndex: number): boolean {
    const entry = this.#claims[claimIndex];
    if (!entry) return true;
    const { claim, requests } = entry;
    const demanded = requests[requestIndex];
    if (!demanded) return this.#allocateFrom(claimIndex + 1, 0);
    const others = this.#leastFrom(claim, requests, requestIndex + 1);
    for (const demand of demanded.demands) {
      this.#step();
      const count = this.#countOf(claim, demand);
      if (this.#chosen[claimIndex]!.length + count + others > resultsLimit) continue;
      this.#demands[claimIndex]![requestIndex] = demand;
      const place = { claimIndex, requestIndex, demand };
      if (demand.takesAll ? this.#takeAll(place) : this.#choose(place, 0, count)) return true;
    }
    return false;
  }

  /** Nothing to take is no way to take all. */
  #takeAll(place: Place): boolean {
    const all = this.#allOf(this.#claims[place.claimIndex]!.claim, place.demand);
    if (all.length === 0) return false;
    let taken = 0;
    while (taken < all.length && this.#take(place, all[taken]!, true)) taken++;
    if (taken === all.length && this.#allocateFrom(place.claimIndex, place.requestIndex + 1)) return true;
    while (taken > 0) this.#giveBack(place, all[--taken]!);
    return false;
  }

  /** Which devices a request gets matters, not in which order: only later ones are tried beside one that was taken. */
  #choose(place: Place, from: number, left: number): boolean {
    if (left === 0) return this.#allocateFrom(place.claimIndex, place.requestIndex + 1);
    const candidates = this.#candidatesOf(this.#claims[place.claimIndex]!.claim, place.demand);
    let hopeless: Set<string> | undefined;
    // How many there are is known once one was looked for in vain.
    for (let at = from; at <= candidates.knownLength - left; at++) {
      const candidate = candidates.at(at);
      if (!candidate) return false;
      this.#step();
      if (candidate.failure) throw candidate.failure;
      if (hopeless?.has(this.#kindOf(candidate)) || !this.#take(place, candidate, false)) continue;
      if (this.#choose(place, at + 1, left - 1)) return true;
      this.#giveBack(place, candidate);
      if (this.#isInVain) return false;
      (hopeless ??= new Set()).add(this.#kindOf(candidate));
    }
    return false;
  }

  /** `isMust`: nothing else will do, so that a constraint in the way means that the claim makes no sense. */
  #take(place: Place, candidate: Candidate, isMust: boolean): boolean {
    const { claimIndex, demand } = place;
    const { device } = candidate;
    if ((isMust && !this.#isFree(candidate, demand)) || !this.#holdings.take(candidate, claimIndex, demand.isAdministrative)) return false;
    if (this.#satisfies(place, candidate)) {
      this.#chosen[claimIndex]!.push({ demand, candidate });
      return true;
    }
    this.#holdings.giveBack(candidate, claimIndex, demand.isAdministrative);
    if (!isMust) return false;
    const { claim } = this.#claims[claimIndex]!;
    throw new AllocationError(
      `claim ${claimText(claim)}, request ${ownName(demand)}: cannot add device ${device.id} because a claim constraint would not be satisfied`,
    );
  }

  #giveBack({ claimIndex, demand }: Place, candidate: Candidate): void {
    this.#chosen[claimIndex]!.pop();
    for (const constraint of this.#constraintsFor(claimIndex, demand)) constraint.undo();
    this.#holdings.giveBack(candidate, claimIndex, demand.isAdministrative);
  }

  #satisfies({ claimIndex, demand }: Place, { device }: Candidate): boolean {
    const added: AllocationConstraint[] = [];
    for (const constraint of this.#constraintsFor(claimIndex, demand)) {
      if (constraint.add(device)) added.push(constraint);
      else {
        for (const other of added) other.undo();
        return false;
      }
    }
    return true;
  }

  *#constraintsFor(claimIndex: number, { names }: Demand): Iterable<AllocationConstraint> {
    for (const constraint of this.#claims[claimIndex]!.constraints) if (constraint.concerns(names)) yield constraint;
  }

  #isFree(candidate: Candidate, demand: Demand): boolean {
    return (demand.isAdministrative || !this.#inUse.isTaken(candidate.device.id)) && isUsable(candidate, demand, this.#inUse);
  }

  #candidatesOf(claim: ResourceClaim, demand: Demand): LazyList<Candidate> {
    let found = this.#candidates.get(demand);
    if (!found) {
      const tally = new Tally();
      found = new LazyList(candidatesFor(claim, demand, this.#pools, this.#inUse, tally));
      this.#tallies.set(demand, tally);
      this.#candidates.set(demand, found);
    }
    return found;
  }

  #allOf(claim: ResourceClaim, demand: Demand): readonly Candidate[] {
    let found = this.#all.get(demand);
    if (!found) this.#all.set(demand, (found = allSelectedBy(claim, demand, this.#pools, this.#inUse)));
    return found;
  }

  #countOf(claim: ResourceClaim, demand: Demand): number {
    return demand.takesAll ? this.#allOf(claim, demand).length : demand.count;
  }

  /** How few devices the requests from one on can do with. */
  #leastFrom(claim: ResourceClaim, requests: readonly DemandedRequest[], from: number): number {
    let sum = 0;
    for (let at = from; at < requests.length; at++) {
      let least = Infinity;
      for (const demand of requests[at]!.demands) least = Math.min(least, this.#countOf(claim, demand));
      sum += least;
    }
    return sum;
  }

  /** Whether some request cannot be satisfied, whatever the others get, or all together cannot. Asked once something went wrong: before, nobody needs to know all that there is. */
  get #isInVain(): boolean {
    this.#knownInVain ??=
      this.#claims.some(({ claim, requests }) => requests.some(({ demands }) => demands.every((demand) => this.#isBeyondReach(claim, demand)))) ||
      areTooFew(this.#claims, ({ claim }, demand) => this.#candidatesOf(claim, demand).all());
    return this.#knownInVain;
  }

  #isBeyondReach(claim: ResourceClaim, demand: Demand): boolean {
    if (demand.takesAll) return this.#allOf(claim, demand).length === 0;
    return this.#candidatesOf(claim, demand).all().length < demand.count;
  }

  /** Devices of one kind are as good as each other to every request that there is. */
  #kindOf({ device, pool }: Candidate): string {
    let kind = this.#kinds.get(device.id);
    if (kind === undefined) {
      kind = device.isShareable ? device.id : JSON.stringify([this.#usesOf(device.id), this.#valuesOf(device.id, pool), ...countersText(device, pool)]);
      this.#kinds.set(device.id, kind);
    }
    return kind;
  }

  #usesOf(id: string): string {
    return this.#claims.flatMap(({ claim, requests }) => requests.flatMap(({ demands }) => demands.map((demand) => this.#useOf(claim, demand, id)))).join('');
  }

  #useOf(claim: ResourceClaim, demand: Demand, id: string): string {
    const candidates = demand.takesAll ? this.#allOf(claim, demand) : this.#candidatesOf(claim, demand).all();
    const candidate = candidates.find(({ device }) => device.id === id);
    return candidate?.failure ? `!${id}` : candidate ? '+' : '-';
  }

  #valuesOf(id: string, pool: PoolView): readonly (string | undefined)[] {
    const device = pool.devices.find((offered) => offered.id === id)!;
    return this.#claims.flatMap(({ constraints }) => constraints.map((constraint) => constraint.valueOf(device)));
  }

  #step(): void {
    if (++this.#steps % stepsBetweenLooks === 0 && performance.now() > this.#deadlineMs) throw new AllocationTimeout('timed out trying to allocate devices');
  }
}

interface Place {
  readonly claimIndex: number;
  readonly requestIndex: number;
  readonly demand: Demand;
}

const countersText = ({ counters }: Candidate['device'], { id }: PoolView): readonly unknown[] =>
  counters.length === 0 ? [] : [id, ...counters.map(({ set, counter, nano }) => [set, counter, `${nano}`])];
