/** While no more ids than this have a number, they are kept in a map: most selectors mean few pods, and clusters have many nodes. */
const mostInMap = 64;

/** Whole numbers by id, which is a small whole number; 0 where nothing was added. */
export class Counts {
  #few: Map<number, number> | undefined = new Map();
  #many = new Int32Array(0);
  #nonZero = 0;
  #sum = 0;
  #frequencies: Map<number, number> | undefined;

  /** How many ids have a number other than 0. */
  get nonZero(): number {
    return this.#nonZero;
  }

  get sum(): number {
    return this.#sum;
  }

  /** About what it holds. */
  get sizeBytes(): number {
    return 128 + (this.#few ? this.#few.size * 48 : this.#many.byteLength);
  }

  get(id: number): number {
    if (this.#few) return this.#few.get(id) ?? 0;
    return id < this.#many.length ? this.#many[id]! : 0;
  }

  add(id: number, amount: number): void {
    const before = this.get(id);
    const after = before + amount;
    this.#sum += amount;
    this.#nonZero += Number(after !== 0) - Number(before !== 0);
    this.#set(id, after);
    if (!this.#frequencies) return;
    addFrequency(this.#frequencies, before, -1);
    addFrequency(this.#frequencies, after, 1);
  }

  /** How many ids have each number; 0 is left out. Kept from the first time it is asked for. */
  get frequencies(): ReadonlyMap<number, number> {
    if (!this.#frequencies) {
      this.#frequencies = new Map();
      for (const count of this.#few ? this.#few.values() : this.#many) addFrequency(this.#frequencies, count, 1);
    }
    return this.#frequencies;
  }

  /** Adds every number, `factor` times, to the one of its id. Numbers of ids beyond the end of `sums` are left out. */
  addTo(sums: Int32Array, factor = 1): void {
    if (this.#few) for (const [id, count] of this.#few) if (id < sums.length) sums[id]! += factor * count;
    if (this.#few) return;
    const numbers = this.#many;
    const length = Math.min(numbers.length, sums.length);
    for (let id = 0; id < length; id++) sums[id]! += factor * numbers[id]!;
  }

  /** The numbers of all ids below `length`, and maybe more, for reading at once. */
  column(length: number): Int32Array {
    if (!this.#few) return (this.#many = lengthened(this.#many, length));
    const column = new Int32Array(length);
    this.addTo(column);
    return column;
  }

  clone(): Counts {
    const copy = new Counts();
    copy.#few = this.#few && new Map(this.#few);
    copy.#many = this.#few ? this.#many : this.#many.slice();
    copy.#nonZero = this.#nonZero;
    copy.#sum = this.#sum;
    copy.#frequencies = this.#frequencies && new Map(this.#frequencies);
    return copy;
  }

  #set(id: number, count: number): void {
    if (this.#few && this.#nonZero > mostInMap) this.#spreadOut();
    if (this.#few) {
      if (count === 0) this.#few.delete(id);
      else this.#few.set(id, count);
      return;
    }
    this.#many = lengthened(this.#many, id + 1);
    this.#many[id] = count;
  }

  #spreadOut(): void {
    const entries = [...this.#few!];
    this.#many = lengthened(this.#many, Math.max(...entries.map(([id]) => id)) + 1);
    for (const [id, count] of entries) this.#many[id] = count;
    this.#few = undefined;
  }
}

function addFrequency(frequencies: Map<number, number>, count: number, amount: number): void {
  if (count === 0) return;
  const frequency = (frequencies.get(count) ?? 0) + amount;
  if (frequency === 0) frequencies.delete(count);
  else frequencies.set(count, frequency);
}

function lengthened(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (array.length >= length) return array;
  const longer = new Int32Array(Math.max(length, array.length * 2));
  longer.set(array);
  return longer;
}
