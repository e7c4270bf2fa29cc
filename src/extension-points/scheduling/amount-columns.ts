import type { AmountColumns, NodeInfo } from './contract.ts';

const names = ['milliCpu', 'memoryBytes', 'ephemeralStorageBytes', 'pods'] as const;

/** Amounts by node index, kept as nodes change. */
export class Amounts implements AmountColumns {
  milliCpu = new Float64Array(64);
  memoryBytes = new Float64Array(64);
  ephemeralStorageBytes = new Float64Array(64);
  pods = new Float64Array(64);

  set(index: number, amounts: Readonly<Record<(typeof names)[number], number>>): void {
    if (index >= this.pods.length) this.#grow(index);
    this.milliCpu[index] = amounts.milliCpu;
    this.memoryBytes[index] = amounts.memoryBytes;
    this.ephemeralStorageBytes[index] = amounts.ephemeralStorageBytes;
    this.pods[index] = amounts.pods;
  }

  #grow(index: number): void {
    for (const name of names) {
      const larger = new Float64Array(Math.max(index + 1, this[name].length * 2));
      larger.set(this[name]);
      this[name] = larger;
    }
  }
}

/** Which nodes have which extended resources, by node index. */
export class Holders {
  readonly #indexes = new Map<string, Set<number>>();

  of(resource: string): Iterable<number> {
    return this.#indexes.get(resource) ?? [];
  }

  add(index: number, { allocatable }: NodeInfo): void {
    for (const resource of allocatable.scalar.keys()) {
      const indexes = this.#indexes.get(resource);
      if (indexes) indexes.add(index);
      else this.#indexes.set(resource, new Set([index]));
    }
  }

  delete(index: number, { allocatable }: NodeInfo): void {
    for (const resource of allocatable.scalar.keys()) {
      const indexes = this.#indexes.get(resource);
      indexes?.delete(index);
      if (indexes?.size === 0) this.#indexes.delete(resource);
    }
  }
}
