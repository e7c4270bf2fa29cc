import type { NodeTable, Status, Verdicts } from '../contract.ts';
import type { DomainNumbers } from './domain-numbers.ts';

/** A number per domain, by the domain's number. */
export interface DomainColumn {
  readonly numbers: DomainNumbers;
  readonly column: Int32Array;
}

/** Used by one object at a time, from its making to `refuse`. */
let marks = new Uint8Array(0);

/** Which mark the nodes get; absent: they keep theirs. */
export interface MarksByDomain {
  /** Nodes in domains whose number is above the limit. */
  readonly above?: number;
  /** Nodes in other domains. */
  readonly notAbove?: number;
  /** Nodes without the label. */
  readonly unlabelled?: number;
}

/** A mark per node of a table: 0 at first, later ones go over earlier ones. To be made, filled and used at once. */
export class NodeMarks {
  readonly #table: NodeTable;
  readonly #marks: Uint8Array;

  constructor(table: NodeTable) {
    this.#table = table;
    const { length } = table.nodes;
    if (marks.length < length) marks = new Uint8Array(length * 2);
    this.#marks = marks.subarray(0, length).fill(0);
  }

  put({ numbers, column }: DomainColumn, limit: number, { above = 0, notAbove = 0, unlabelled = 0 }: MarksByDomain): void {
    const domains = this.#table.domains(numbers.key);
    const ours = numbers.byTableNumber(domains);
    const { ofNode } = domains;
    const each = this.#marks;
    for (let index = 0; index < each.length; index++) {
      const domain = ofNode[index]!;
      const mark = domain < 0 ? unlabelled : column[ours[domain]!]! > limit ? above : notAbove;
      if (mark !== 0) each[index] = mark;
    }
  }

  putOnUnlabelled(mark: number, key: string): void {
    const { ofNode } = this.#table.domains(key);
    const each = this.#marks;
    for (let index = 0; index < each.length; index++) if (ofNode[index]! < 0) each[index] = mark;
  }

  putOnAll(mark: number): void {
    this.#marks.fill(mark);
  }

  /** Refuses the marked nodes by the status of their mark. */
  refuse(verdicts: Verdicts, statuses: readonly Status[]): void {
    const each = this.#marks;
    for (let index = 0; index < each.length; index++) {
      const mark = each[index]!;
      if (mark !== 0) verdicts.refuse(index, statuses[mark]!);
    }
  }
}
