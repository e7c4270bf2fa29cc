import type { Node } from '../../../api/generated/core-v1.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';

const none: ReadonlyMap<string, number> = new Map();

/** A number per topology domain, which is a label key with one of its values. */
export class TopologyCounts {
  readonly #counts = new Map<string, Map<string, number>>();

  /** Whether every domain counts 0. */
  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  /** The topology keys of which some domain does not count 0. */
  keys(): Iterable<string> {
    return this.#counts.keys();
  }

  /** The domains of a key that do not count 0. */
  domains(key: string): ReadonlyMap<string, number> {
    return this.#counts.get(key) ?? none;
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

  ofDomain(key: string, value: string): number {
    return this.#counts.get(key)?.get(value) ?? 0;
  }

  clone(): TopologyCounts {
    const copy = new TopologyCounts();
    for (const [key, counts] of this.#counts) copy.#counts.set(key, new Map(counts));
    return copy;
  }
}
