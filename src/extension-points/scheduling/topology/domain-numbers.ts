import type { Node } from '../../../api/generated/core-v1.ts';
import type { TopologyDomains } from '../contract.ts';
import { labelOf } from '../node-labels.ts';

/** The number that stands for nodes without the label. */
export const unlabelled = 0;
/** The number that stands for every domain in which nothing was counted yet. */
const uncounted = 1;

interface Translation {
  /** Numbers given here, by those of the table, from -1. */
  ours: Int32Array<ArrayBuffer>;
  /** How many of ours were looked up. */
  known: number;
}

/** Numbers the domains of one topology key, which are the values that the label has on nodes, as they come to be counted. */
export class DomainNumbers {
  readonly key: string;
  readonly #numbers = new Map<string, number>();
  /** By number. */
  readonly #values: (string | undefined)[] = [undefined, undefined];
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
    return value === undefined ? unlabelled : this.numberOf(value);
  }

  /** The number of a domain, given now if it has none yet. */
  numberOf(value: string): number {
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#values.push(value) - 1;
      this.#numbers.set(value, number);
    }
    return number;
  }

  /** The number of a domain. For one that nothing was ever counted in a number that counts nothing. */
  find(value: string): number {
    return this.#numbers.get(value) ?? uncounted;
  }

  /** The numbers by those that a node table gave to the same domains, plus 1: so what the table says of a node without the label, -1, is looked up like the others. For use at once. */
  byTableNumber(domains: TopologyDomains): Int32Array {
    let translation = this.#translations.get(domains);
    if (!translation) this.#translations.set(domains, (translation = { ours: new Int32Array([unlabelled]), known: uncounted + 1 }));
    for (; translation.known < this.#values.length; translation.known++) {
      const theirs = domains.idOf(this.#values[translation.known]!);
      translation.ours = lengthened(translation.ours, theirs + 2);
      translation.ours[theirs + 1] = translation.known;
    }
    translation.ours = lengthened(translation.ours, domains.size + 1);
    return translation.ours;
  }
}

function lengthened(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (array.length >= length) return array;
  const longer = new Int32Array(Math.max(length, array.length * 2)).fill(uncounted, array.length);
  longer.set(array);
  return longer;
}
