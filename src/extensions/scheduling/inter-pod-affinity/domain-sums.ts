import type { Node } from '../../../api/generated/core-v1.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import type { DomainTally, TallyView } from '../../../extension-points/scheduling/topology/domain-tally.ts';
import type { DomainColumn } from '../../../extension-points/scheduling/topology/node-marks.ts';
import { TopologyCounts } from './topology-counts.ts';

interface Part {
  readonly view: TallyView;
  readonly factor: number;
}

/** Sums of tallies per topology domain as they were in the moment of adding, and what is imagined to have changed since. */
export class DomainSums {
  /** By topology key; shared with clones once built. */
  readonly #parts: Map<string, Part[]>;
  readonly #changes: TopologyCounts;

  constructor(from?: DomainSums) {
    this.#parts = from ? from.#parts : new Map();
    this.#changes = from ? from.#changes.clone() : new TopologyCounts();
  }

  /** Adds a tally, each count `factor` times. Only before the first clone is made. */
  add(tally: DomainTally, factor = 1): void {
    const view = tally.view();
    if (view.counts.nonZero === 0) return;
    const { key } = tally.numbers;
    const parts = this.#parts.get(key);
    if (parts) parts.push({ view, factor });
    else this.#parts.set(key, [{ view, factor }]);
  }

  /** Imagines an amount more in the domain that a node is in. */
  change(node: Node, key: string, amount: number): void {
    this.#changes.add(node, key, amount);
  }

  /** The sum for the domain that a node is in; 0 without the label. */
  of(node: Node, key: string): number {
    const value = labelOf(node, key);
    return value === undefined ? 0 : this.#ofDomain(key, value);
  }

  /** The topology keys of which a domain may have a sum. */
  get keys(): readonly string[] {
    const imagined = [...this.#changes.keys()].filter((key) => !this.#parts.has(key));
    return imagined.length === 0 ? [...this.#parts.keys()] : [...this.#parts.keys(), ...imagined];
  }

  get hasChanges(): boolean {
    return !this.#changes.isEmpty;
  }

  /** Whether the sum of every domain is 0. */
  get isEmpty(): boolean {
    if (this.#parts.size === 0 && this.#changes.isEmpty) return true;
    for (const key of this.keys) if (this.#nonZero(key) > 0) return false;
    return true;
  }

  /** The sums without what is imagined, for reading at once. Undefined: all are 0. */
  column(key: string): DomainColumn | undefined {
    const parts = this.#parts.get(key);
    if (!parts) return undefined;
    const [{ view, factor }] = parts as [Part];
    const { numbers } = view;
    if (parts.length === 1 && factor === 1) return { numbers, column: view.counts.column(numbers.size) };
    const column = new Int32Array(numbers.size);
    for (const part of parts) part.view.counts.addTo(column, part.factor);
    return { numbers, column };
  }

  clone(): DomainSums {
    return new DomainSums(this);
  }

  #ofDomain(key: string, value: string): number {
    let sum = this.#changes.ofDomain(key, value);
    for (const { view, factor } of this.#parts.get(key) ?? []) sum += factor * view.counts.get(view.numbers.find(value));
    return sum;
  }

  #nonZero(key: string): number {
    const parts = this.#parts.get(key) ?? [];
    let count = parts.length === 1 ? parts[0]!.view.counts.nonZero : 0;
    if (parts.length > 1) for (const sum of this.column(key)!.column) if (sum !== 0) count++;
    for (const [value, amount] of this.#changes.domains(key)) {
      const sum = this.#ofDomain(key, value);
      count += Number(sum !== 0) - Number(sum !== amount);
    }
    return count;
  }
}
