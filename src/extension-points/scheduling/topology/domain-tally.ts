import type { Node } from '../../../api/generated/core-v1.ts';
import { CopyOnWrite } from './copy-on-write.ts';
import { Counts } from './counts.ts';
import type { DomainNumbers } from './domain-numbers.ts';
import { unlabelled } from './domain-numbers.ts';

/** Which nodes take part in a count. */
export interface NodeEligibility {
  /** The same text for the same nodes. */
  readonly text: string;
  /** Depends on the node's name, labels and taints only. */
  admits(node: Node): boolean;
}

export const everyNode: NodeEligibility = { text: '', admits: () => true };

/** What a tally said at some time. */
export interface TallyView {
  readonly numbers: DomainNumbers;
  /** By domain number. */
  readonly counts: Counts;
  /** What was counted on nodes without the label. */
  readonly unlabelled: number;
}

/** A count per domain of a topology key, over the nodes that take part. */
export class DomainTally {
  readonly numbers: DomainNumbers;
  readonly eligibility: NodeEligibility;
  readonly #counts = new CopyOnWrite(new Counts());
  #unlabelled = 0;

  constructor(numbers: DomainNumbers, eligibility: NodeEligibility = everyNode) {
    this.numbers = numbers;
    this.eligibility = eligibility;
  }

  /** About what it holds. */
  get sizeBytes(): number {
    return this.#counts.current.sizeBytes;
  }

  /** Adds to the domain that a node is in. */
  add(node: Node, amount: number): void {
    if (!this.eligibility.admits(node)) return;
    const number = this.numbers.ofNode(node);
    if (number === unlabelled) this.#unlabelled += amount;
    else this.#counts.edit().add(number, amount);
  }

  /** The counts as they are now; later changes do not show. */
  view(): TallyView {
    return { numbers: this.numbers, counts: this.#counts.view(), unlabelled: this.#unlabelled };
  }
}
