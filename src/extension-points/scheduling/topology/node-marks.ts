import type { NodeTable, Status, Verdicts } from '../contract.ts';
import type { DomainNumbers } from './domain-numbers.ts';
import { unlabelled as unlabelledNumber } from './domain-numbers.ts';

/** A number per domain, by the domain's number. */
export interface DomainColumn {
  readonly numbers: DomainNumbers;
  readonly column: Int32Array;
}

/** Used by one object at a time, from its making to `refuse`. */
let marks = new Uint8Array(0);
/** The mark of each domain, during one `put`. */
let markOf = new Uint8Array(0);

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
  #hasAny = false;

  constructor(table: NodeTable) {
    this.#table = table;
    const { length } = table.nodes;
    if (marks.length < length) marks = new Uint8Array(length * 2);
    this.#marks = marks.subarray(0, length).fill(0);
  }

  put({ numbers, column }: DomainColumn, limit: number, marksByDomain: MarksByDomain): void {
    const { size } = numbers;
    if (markOf.length < size) markOf = new Uint8Array(size * 2);
    if (!markDomains(markOf.subarray(0, size), column, limit, marksByDomain)) return;
    const domains = this.#table.domains(numbers.key);
    markNodes(this.#marks, markOf, numbers.byTableNumber(domains), domains.ofNode);
    this.#hasAny = true;
  }

  putOnUnlabelled(mark: number, key: string): void {
    const { ofNode } = this.#table.domains(key);
    const each = this.#marks;
    const { length } = each;
    for (let index = 0; index < length; index++) {
      if (ofNode[index]! >= 0) continue;
      each[index] = mark;
      this.#hasAny = true;
    }
  }

  putOnAll(mark: number): void {
    this.#marks.fill(mark);
    this.#hasAny = true;
  }

  /** Refuses the marked nodes by the status of their mark. */
  refuse(verdicts: Verdicts, statuses: readonly Status[]): void {
    if (this.#hasAny) verdicts.refuseMarked(this.#marks, statuses);
  }
}

// The long loops stand alone: small functions are compiled best.

/** Writes the mark of each domain, by number. Whether there is any. */
function markDomains(target: Uint8Array, column: Int32Array, limit: number, { above = 0, notAbove = 0, unlabelled = 0 }: MarksByDomain): boolean {
  const { length } = target;
  let any = 0;
  for (let number = 0; number < length; number++) {
    const mark = column[number]! > limit ? above : notAbove;
    target[number] = mark;
    any |= mark;
  }
  target[unlabelledNumber] = unlabelled;
  return any !== 0 || unlabelled !== 0;
}

function markNodes(each: Uint8Array, markOfDomain: Uint8Array, ours: Int32Array, ofNode: Int32Array): void {
  const { length } = each;
  for (let index = 0; index < length; index++) {
    const mark = markOfDomain[ours[ofNode[index]! + 1]!]!;
    if (mark !== 0) each[index] = mark;
  }
}
