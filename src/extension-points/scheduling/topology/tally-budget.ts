import type { DomainTally } from './domain-tally.ts';

/** More than are in use in turn. */
const mostTallies = 8192;
const mostBytes = 64 * 2 ** 20;
/** New tallies after which the bytes are counted again: they grow with what they count. */
const newUntilCounted = 64;

/** Bounds how many tallies are kept: those that were not used for the longest time are given up, an eighth of all at once. */
export class TallyBudget {
  readonly #lastUse = new Map<DomainTally, { at: number; readonly drop: () => void }>();
  #uses = 0;
  #new = 0;

  /** Notes the use of a tally. `drop` is called when it is given up. */
  use(tally: DomainTally, drop: () => void): void {
    const known = this.#lastUse.get(tally);
    if (known) {
      known.at = ++this.#uses;
      return;
    }
    if (this.#lastUse.size >= mostTallies || (++this.#new % newUntilCounted === 0 && this.#sizeBytes > mostBytes)) this.#giveUpOldest();
    this.#lastUse.set(tally, { at: ++this.#uses, drop });
  }

  forget(tally: DomainTally): void {
    this.#lastUse.delete(tally);
  }

  get #sizeBytes(): number {
    let bytes = 0;
    for (const tally of this.#lastUse.keys()) bytes += tally.sizeBytes;
    return bytes;
  }

  #giveUpOldest(): void {
    const oldest = [...this.#lastUse].sort(([, left], [, right]) => left.at - right.at).slice(0, Math.ceil(this.#lastUse.size / 8));
    for (const [tally, { drop }] of oldest) {
      this.#lastUse.delete(tally);
      drop();
    }
  }
}
