import type { Status } from '../../extension-points/scheduling/contract.ts';
import type { Plugin } from '../../extension-points/scheduling/run.ts';
import { blame } from '../../extension-points/scheduling/run.ts';

/** The number of a node that no plugin refuses. */
export const feasible = 0;
/** The number of a node that was not looked at. */
const unknown = 0xffff;
const mostStatuses = unknown - 1;
/** So few feasible nodes are searched for; more are collected. */
const fewFeasible = 8;

/** A plugin with its position among those that filter. */
export interface RankedPlugin {
  readonly plugin: Plugin;
  readonly rank: number;
}

/** The verdicts on nodes by index: a number each, which stands for one of few statuses. */
export class VerdictColumn {
  /** By number, from 1. The rank is the plugin's position among those that filter. */
  #statuses: { readonly status: Status; readonly rank: number }[];
  #numbers: Map<string, number>;
  /** By identity: most plugins refuse with the same object again and again. */
  #known: WeakMap<Status, number>;
  /** Runs of nodes are refused alike. */
  #last: { readonly status: Status | undefined; readonly rank: number; readonly number: number } = { status: undefined, rank: 0, number: 0 };
  numbers = new Uint16Array(0);
  size = 0;
  feasibleCount = 0;
  /** Rises whenever a verdict changes. */
  changes = 0;
  /** Whether it takes a node that the column it is a copy of may not take. */
  isWidened = false;

  constructor(like?: VerdictColumn) {
    this.#statuses = like ? like.#statuses : [];
    this.#numbers = like ? like.#numbers : new Map();
    this.#known = like ? like.#known : new WeakMap();
    if (!this.isCluttered) return;
    // The other one stays as it is: it can only begin anew when nodes change.
    this.#statuses = [...this.#statuses];
    this.#numbers = new Map(this.#numbers);
    this.#known = new WeakMap();
  }

  /** The verdict on a node; undefined for a feasible one. */
  statusAt(index: number): Status | undefined {
    return this.#statuses[this.numbers[index]! - 1]?.status;
  }

  /** Whether a plugin of a lower rank refused the node. */
  isRefusedBefore(index: number, rank: number): boolean {
    const number = this.numbers[index]!;
    return number !== feasible && number !== unknown && this.#statuses[number - 1]!.rank < rank;
  }

  /** Whether it holds so many different refusals, of plugins that never say the same twice, that it should begin anew while there is still room. */
  get isCluttered(): boolean {
    return this.#statuses.length > mostStatuses / 2;
  }

  /** Forgets all verdicts and refusals. Copies keep theirs. */
  clear(): void {
    this.#statuses = [];
    this.#numbers = new Map();
    this.#known = new WeakMap();
    this.#last = { status: undefined, rank: 0, number: 0 };
    this.numbers.fill(unknown);
    this.feasibleCount = 0;
    this.changes++;
  }

  /** Makes room for as many nodes, of which those that are new are not looked at yet. */
  resize(size: number): void {
    if (size > this.numbers.length) {
      const larger = new Uint16Array(Math.max(size, this.numbers.length * 2));
      larger.set(this.numbers);
      larger.fill(unknown, this.numbers.length);
      this.numbers = larger;
    }
    for (let index = size; index < this.size; index++) this.#put(index, unknown);
    this.size = size;
  }

  /** Takes back what was said of any node. */
  acceptAll(): void {
    this.numbers.fill(feasible, 0, this.size);
    this.feasibleCount = this.size;
    this.changes++;
  }

  accept(index: number): void {
    this.isWidened = true;
    this.#put(index, feasible);
  }

  refuse(index: number, status: Status, { plugin, rank }: RankedPlugin): void {
    if (status !== this.#last.status || rank !== this.#last.rank) this.#last = { status, rank, number: this.#numberOf(status, plugin, rank) };
    this.#put(index, this.#last.number);
  }

  /** Refuses the nodes with a mark other than 0, but for those that a plugin of a lower rank refused. `statusOf` is asked for marks in use only. */
  refuseMarked(marks: Uint8Array, statusOf: (mark: number) => Status, { plugin, rank }: RankedPlugin): void {
    const { numbers } = this;
    const length = Math.min(marks.length, this.size);
    const isUnrefused = this.feasibleCount === this.size;
    // Runs of nodes are marked alike.
    let last = 0;
    let number = 0;
    let lost = 0;
    for (let index = 0; index < length; index++) {
      const mark = marks[index]!;
      if (mark === 0) continue;
      if (mark !== last) {
        last = mark;
        number = this.#numberOf(statusOf(mark), plugin, rank);
      }
      if (isUnrefused) lost++;
      else {
        const old = numbers[index]!;
        if (old === feasible) lost++;
        else if (old !== unknown && this.#statuses[old - 1]!.rank < rank) continue;
      }
      numbers[index] = number;
    }
    this.feasibleCount -= lost;
    this.changes++;
  }

  /** Refuses with a status that names its plugin already. It is not overruled any more. */
  refuseAs(index: number, status: Status): void {
    this.#put(index, this.#numberOf(status, undefined, 0));
  }

  /** The number that stands for a status of a plugin. */
  #numberOf(status: Status, plugin: Plugin | undefined, rank: number): number {
    const known = this.#known.get(status);
    if (known !== undefined && this.#statuses[known - 1]?.rank === rank) return known;
    const key = `${rank} ${plugin?.name ?? status.plugin} ${status.code} ${JSON.stringify(status.reasons)} ${status.detail ?? ''}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      if (this.#statuses.length >= mostStatuses) throw new Error(`more than ${mostStatuses} different reasons not to take a pod`);
      number = this.#statuses.push({ status: plugin ? blame(status, plugin) : status, rank });
      this.#numbers.set(key, number);
    }
    this.#known.set(status, number);
    return number;
  }

  /** A copy of the verdicts as they are; statuses that come later are known to both, while there are few. */
  copy(): VerdictColumn {
    const copy = new VerdictColumn(this);
    copy.numbers = this.numbers.slice(0, this.size);
    copy.size = this.size;
    copy.feasibleCount = this.feasibleCount;
    return copy;
  }

  /** The statuses in use with the number of nodes of each. */
  counted(): [status: Status, count: number][] {
    const counts = new Uint32Array(this.#statuses.length + 1);
    for (let index = 0; index < this.size; index++) {
      const number = this.numbers[index]!;
      if (number !== unknown) counts[number]!++;
    }
    return this.#statuses.flatMap(({ status }, position) => (counts[position + 1]! > 0 ? [[status, counts[position + 1]!] as [Status, number]] : []));
  }

  /** The indexes of the feasible nodes, in order. */
  feasible(): Int32Array {
    const indexes = new Int32Array(this.feasibleCount);
    let count = 0;
    if (indexes.length <= fewFeasible) {
      for (let index = -1; count < indexes.length; ) indexes[count++] = index = this.numbers.indexOf(feasible, index + 1);
      return indexes;
    }
    for (let index = 0; count < indexes.length; index++) if (this.numbers[index] === feasible) indexes[count++] = index;
    return indexes;
  }

  #put(index: number, number: number): void {
    const old = this.numbers[index]!;
    if (old === number) return;
    this.numbers[index] = number;
    if (old === feasible) this.feasibleCount--;
    if (number === feasible) this.feasibleCount++;
    this.changes++;
  }
}
