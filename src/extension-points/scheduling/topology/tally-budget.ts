import type { DomainTally } from './domain-tally.ts';

/** More than are in use in turn; a tally takes up to 4 bytes per domain. */
const mostTallies = 1024;

/** Bounds how many tallies are kept: those that were not used for the longest time are given up, an eighth of all at once. */
export class TallyBudget {
  readonly #lastUse = new Map<DomainTally, { at: number; readonly drop: () => void }>();
  #uses = 0;

  /** Notes the use of a tally. `drop` is called when it is given up. */
  use(tally: DomainTally, drop: () => void): void {
    const known = this.#lastUse.get(tally);
    if (known) {
      known.at = ++this.#uses;
      return;
    }
    if (this.#lastUse.size >= mostTallies) this.#giveUpOldest();
    this.#lastUse.set(tally, { at: ++this.#uses, drop });
  }

  forget(tally: DomainTally): void {
    this.#lastUse.delete(tally);
  }

  #giveUpOldest(): void {
    const oldest = [...this.#lastUse].sort(([, left], [, right]) => left.at - right.at).slice(0, mostTallies / 8);
    for (const [tally, { drop }] of oldest) {
      this.#lastUse.delete(tally);
      drop();
    }
  }
}
