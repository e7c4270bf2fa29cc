import type { NodeInfo, Status } from '../../extension-points/scheduling/contract.ts';
import type { Failures } from '../../extension-points/scheduling/fit-error.ts';
import type { VerdictColumn } from './verdict-column.ts';

/** The refusals of a column as a map by node name, made as they are asked for. `nodes` and `verdicts` must not change any more. */
export class ColumnFailures implements Failures {
  readonly #nodes: readonly NodeInfo[];
  readonly #verdicts: VerdictColumn;
  #indexes: ReadonlyMap<string, number> | undefined;

  constructor(nodes: readonly NodeInfo[], verdicts: VerdictColumn) {
    this.#nodes = nodes;
    this.#verdicts = verdicts;
  }

  get size(): number {
    return this.#nodes.length - this.#verdicts.feasibleCount;
  }

  get(name: string): Status | undefined {
    this.#indexes ??= new Map(this.#nodes.map((node, index) => [node.name, index]));
    const index = this.#indexes.get(name);
    return index === undefined ? undefined : this.#verdicts.statusAt(index);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  counted(): Iterable<readonly [Status, number]> {
    return this.#verdicts.counted();
  }

  *entries(): MapIterator<[string, Status]> {
    for (const [index, { name }] of this.#nodes.entries()) {
      const status = this.#verdicts.statusAt(index);
      if (status) yield [name, status];
    }
  }

  *keys(): MapIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): MapIterator<Status> {
    for (const [, status] of this.entries()) yield status;
  }

  [Symbol.iterator](): MapIterator<[string, Status]> {
    return this.entries();
  }

  forEach(callback: (status: Status, name: string, map: ReadonlyMap<string, Status>) => void): void {
    for (const [name, status] of this.entries()) callback(status, name, this);
  }
}
