import type { Node } from '../../../api/generated/core-v1.ts';
import type { NodeInfo } from '../contract.ts';
import type { DomainNumbers } from './domain-numbers.ts';
import type { NodeEligibility } from './domain-tally.ts';
import { DomainTally } from './domain-tally.ts';
import type { TallyBudget } from './tally-budget.ts';

/** A count per node, and the sums of it per topology domain that somebody asked for. */
export class NodeCounts {
  readonly #nodes: ReadonlyMap<string, NodeInfo>;
  readonly #budget: TallyBudget;
  /** By node name; 0 is left out. */
  readonly #counts = new Map<string, number>();
  readonly #tallies = new Map<DomainNumbers, Map<string, DomainTally>>();

  constructor(nodes: ReadonlyMap<string, NodeInfo>, budget: TallyBudget) {
    this.#nodes = nodes;
    this.#budget = budget;
  }

  of(nodeName: string): number {
    return this.#counts.get(nodeName) ?? 0;
  }

  add(node: Node, amount: number): void {
    const name = node.metadata.name!;
    const count = this.of(name) + amount;
    if (count === 0) this.#counts.delete(name);
    else this.#counts.set(name, count);
    for (const tallies of this.#tallies.values()) for (const tally of tallies.values()) tally.add(node, amount);
  }

  /** To be told when labels or taints of a node changed. */
  nodeChanged(node: Node, old: Node): void {
    const count = this.of(node.metadata.name!);
    if (count === 0) return;
    for (const tallies of this.#tallies.values())
      for (const tally of tallies.values()) {
        tally.add(old, -count);
        tally.add(node, count);
      }
  }

  /** The sums by domain over some of the nodes: made now, if nobody asked before, and kept from then on. */
  tally(numbers: DomainNumbers, eligibility: NodeEligibility): DomainTally {
    let tallies = this.#tallies.get(numbers);
    if (!tallies) this.#tallies.set(numbers, (tallies = new Map()));
    let tally = tallies.get(eligibility.text);
    if (!tally) {
      tally = new DomainTally(numbers, eligibility);
      for (const [name, count] of this.#counts) tally.add(this.#nodes.get(name)!.node, count);
      tallies.set(eligibility.text, tally);
    }
    const used = tally;
    this.#budget.use(used, () => this.#drop(used));
    return tally;
  }

  /** Gives up all sums, or those by the given numbers. */
  dropTallies(numbers?: DomainNumbers): void {
    for (const [each, tallies] of this.#tallies) {
      if (numbers && each !== numbers) continue;
      for (const tally of tallies.values()) this.#budget.forget(tally);
      this.#tallies.delete(each);
    }
  }

  #drop({ numbers, eligibility }: DomainTally): void {
    const tallies = this.#tallies.get(numbers);
    tallies?.delete(eligibility.text);
    if (tallies?.size === 0) this.#tallies.delete(numbers);
  }
}
