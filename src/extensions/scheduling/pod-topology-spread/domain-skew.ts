import type { TallyView } from '../../../extension-points/scheduling/topology/domain-tally.ts';
import type { DomainColumn } from '../../../extension-points/scheduling/topology/node-marks.ts';

const none: ReadonlyMap<string, number> = new Map();

/** The selected pods per domain of one constraint as they were counted, and what is imagined to have changed since. */
export class DomainSkew {
  readonly #counts: TallyView;
  /** How many nodes that take part are in each domain. */
  readonly #nodes: TallyView;
  /** By domain. */
  readonly #changes: Map<string, number>;
  #least: number | undefined;

  constructor(counts: TallyView, nodes: TallyView, changes: ReadonlyMap<string, number> = none) {
    this.#counts = counts;
    this.#nodes = nodes;
    this.#changes = new Map(changes);
  }

  get hasChanges(): boolean {
    return this.#changes.size > 0;
  }

  /** How many domains there are. */
  get size(): number {
    let size = this.#nodes.counts.nonZero;
    for (const domain of this.#changes.keys()) if (!this.#isKnown(domain)) size++;
    return size;
  }

  /** The count of the emptiest domain; infinite without domains. */
  get least(): number {
    return (this.#least ??= this.#findLeast());
  }

  /** Whether a domain has a count above a limit. Of what was counted. */
  isAnyAbove(limit: number): boolean {
    if (limit < 0) return true;
    for (const count of this.#counts.counts.frequencies.keys()) if (count > limit) return true;
    return false;
  }

  of(domain: string): number {
    return this.#counted(domain) + (this.#changes.get(domain) ?? 0);
  }

  /** Imagines an amount more in a domain. */
  change(domain: string, amount: number): void {
    this.#changes.set(domain, (this.#changes.get(domain) ?? 0) + amount);
    this.#least = undefined;
  }

  /** What was counted, for reading at once. */
  column(): DomainColumn {
    const { numbers, counts } = this.#counts;
    return { numbers, column: counts.column(numbers.size) };
  }

  clone(): DomainSkew {
    return new DomainSkew(this.#counts, this.#nodes, this.#changes);
  }

  #findLeast(): number {
    const { nonZero, frequencies } = this.#counts.counts;
    const changed = new Map<number, number>();
    let least = Infinity;
    for (const domain of this.#changes.keys()) {
      least = Math.min(least, this.of(domain));
      if (!this.#isKnown(domain)) continue;
      const counted = this.#counted(domain);
      changed.set(counted, (changed.get(counted) ?? 0) + 1);
    }
    // Of the domains that did not change.
    if (this.#nodes.counts.nonZero - nonZero > (changed.get(0) ?? 0)) least = Math.min(least, 0);
    for (const [count, frequency] of frequencies) if (count < least && frequency > (changed.get(count) ?? 0)) least = count;
    return least;
  }

  #counted(domain: string): number {
    return this.#counts.counts.get(this.#counts.numbers.find(domain));
  }

  #isKnown(domain: string): boolean {
    return this.#nodes.counts.get(this.#nodes.numbers.find(domain)) > 0;
  }
}
