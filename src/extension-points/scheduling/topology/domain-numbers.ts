import type { Node } from '../../../api/generated/core-v1.ts';
import type { TopologyDomains } from '../contract.ts';
import { labelOf } from '../node-labels.ts';

interface Translation {
  /** Numbers given here, by those of the table. */
  ours: Int32Array<ArrayBuffer>;
  /** How many of ours were looked up. */
  known: number;
}

/** Numbers the domains of one topology key, which are the values that the label has on nodes. Numbers begin at 1: 0 stands for none. */
export class DomainNumbers {
  readonly key: string;
  readonly #numbers = new Map<string, number>();
  /** By number. */
  readonly #values: (string | undefined)[] = [undefined];
  readonly #translations = new WeakMap<TopologyDomains, Translation>();

  constructor(key: string) {
    this.key = key;
  }

  /** Larger than every number. */
  get size(): number {
    return this.#values.length;
  }

  /** The number of the domain that a node is in, given now if it has none yet; 0 without the label. */
  ofNode(node: Node): number {
    const value = labelOf(node, this.key);
    if (value === undefined) return 0;
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#values.push(value) - 1;
      this.#numbers.set(value, number);
    }
    return number;
  }

  /** The number of a domain; 0 for one that no node was ever in. */
  find(value: string): number {
    return this.#numbers.get(value) ?? 0;
  }

  /** The numbers by those that a node table gave to the same domains; at least as long as the table's. For use at once. */
  byTableNumber(domains: TopologyDomains): Int32Array {
    let translation = this.#translations.get(domains);
    if (!translation) this.#translations.set(domains, (translation = { ours: new Int32Array(16), known: 1 }));
    for (; translation.known < this.#values.length; translation.known++) {
      const theirs = domains.idOf(this.#values[translation.known]!);
      if (theirs >= translation.ours.length) translation.ours = lengthened(translation.ours, theirs + 1);
      translation.ours[theirs] = translation.known;
    }
    if (translation.ours.length < domains.size) translation.ours = lengthened(translation.ours, domains.size);
    return translation.ours;
  }
}

function lengthened(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(Math.max(length, array.length * 2));
  longer.set(array);
  return longer;
}
