import { hasRoom } from './consumable-capacity.ts';
import { CounterLedger } from './counter-ledger.ts';
import type { Candidate, DevicesInUse } from './node-offer.ts';
import type { PoolView } from './pool-view.ts';

interface Share {
  sharers: number;
  /** By capacity, in billionths. */
  readonly consumed: Map<string, bigint>;
}

/** What claims hold in the midst of a search, beside what is in use already. What is taken last is given back first. */
export class Holdings {
  readonly #claimCount: number;
  readonly #inUse: DevicesInUse;
  /** By device: how often each claim has it. Only devices that are not shared. */
  readonly #taken = new Map<string, number[]>();
  readonly #shared = new Map<string, Share>();
  readonly #counters = new Map<PoolView, CounterLedger>();

  constructor(claimCount: number, inUse: DevicesInUse) {
    this.#claimCount = claimCount;
    this.#inUse = inUse;
  }

  /** Takes a device for a claim, unless another has it, or too much of it, or there is too little left of its counters. */
  take(candidate: Candidate, claimIndex: number, isAdministrative: boolean): boolean {
    const { device, consumption } = candidate;
    const taken = this.#taken.get(device.id);
    if (taken && (isAdministrative ? taken[claimIndex]! > 0 : taken.some((times) => times > 0))) return false;
    const shared = this.#shared.get(device.id);
    if (shared && !hasRoom(device, consumption, this.#inUse.consumedOf(device.id), shared.consumed)) return false;
    if (this.#paysFor(candidate, isAdministrative) && !this.#countersOf(candidate).take(device.counters)) return false;
    if (device.isShareable) this.#share(candidate, isAdministrative ? 0 : 1, 1n);
    else this.#note(candidate, claimIndex, 1);
    return true;
  }

  giveBack(candidate: Candidate, claimIndex: number, isAdministrative: boolean): void {
    if (candidate.device.isShareable) this.#share(candidate, isAdministrative ? 0 : -1, -1n);
    else this.#note(candidate, claimIndex, -1);
    if (this.#paysFor(candidate, isAdministrative)) this.#countersOf(candidate).giveBack(candidate.device.counters);
  }

  /** The first to share a device pays for all; whoever only looks after devices takes nothing from others. */
  #paysFor({ device }: Candidate, isAdministrative: boolean): boolean {
    if (device.counters.length === 0 || isAdministrative) return false;
    return !device.isShareable || (this.#inUse.sharersOf(device.id) === 0 && (this.#shared.get(device.id)?.sharers ?? 0) === 0);
  }

  #countersOf({ pool }: Candidate): CounterLedger {
    let ledger = this.#counters.get(pool);
    if (!ledger) {
      ledger = new CounterLedger(pool, (id) => this.#inUse.isTaken(id) || this.#inUse.sharersOf(id) > 0);
      this.#counters.set(pool, ledger);
    }
    return ledger;
  }

  /** Whoever only looks after a device consumes of it, but is none of those who pay for it. */
  #share({ device, consumption }: Candidate, sharers: number, sign: 1n | -1n): void {
    let shared = this.#shared.get(device.id);
    if (!shared) this.#shared.set(device.id, (shared = { sharers: 0, consumed: new Map() }));
    shared.sharers += sharers;
    for (const [name, { nano }] of consumption) shared.consumed.set(name, (shared.consumed.get(name) ?? 0n) + sign * nano);
  }

  #note({ device }: Candidate, claimIndex: number, sign: 1 | -1): void {
    let taken = this.#taken.get(device.id);
    if (!taken) this.#taken.set(device.id, (taken = Array<number>(this.#claimCount).fill(0)));
    taken[claimIndex]! += sign;
  }
}
