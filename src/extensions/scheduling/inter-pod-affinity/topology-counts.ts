import type { Node } from '../../../api/generated/core-v1.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';

/** A number per topology domain, which is a label key with one of its values. */
export class TopologyCounts {
  readonly #counts = new Map<string, Map<string, number>>();

  /** Whether every domain counts 0. */
  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  /** Adds to the domain that a node is in; a node without the label is in none. */
  add(node: Node, key: string, amount: number): void {
    const value = labelOf(node, key);
    if (value === undefined) return;
    const counts = this.#counts.get(key) ?? new Map<string, number>();
    const count = (counts.get(value) ?? 0) + amount;
    if (count === 0) counts.delete(value);
    else counts.set(value, count);
    if (counts.size === 0) this.#counts.delete(key);
    else this.#counts.set(key, counts);
  }

  /** The count of a node's domain. */
  of(node: Node, key: string): number {
    const counts = this.#counts.get(key);
    const value = counts && labelOf(node, key);
    return value === undefined ? 0 : (counts!.get(value) ?? 0);
  }

  /** The counts of all domains a node is in, one per key. */
  *all(node: Node): Iterable<number> {
    for (const key of this.#counts.keys()) yield this.of(node, key);
  }

  clone(): TopologyCounts {
    const copy = new TopologyCounts();
    for (const [key, counts] of this.#counts) copy.#counts.set(key, new Map(counts));
    return copy;
  }
}
