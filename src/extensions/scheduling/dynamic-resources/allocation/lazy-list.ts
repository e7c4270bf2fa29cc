/** A list that is made as far as it is looked at. */
export class LazyList<T> {
  readonly #found: T[] = [];
  #source: Iterator<T, undefined> | undefined;

  constructor(source: Iterable<T, undefined>) {
    this.#source = source[Symbol.iterator]();
  }

  /** Undefined past the end. */
  at(index: number): T | undefined {
    while (this.#source && this.#found.length <= index) {
      const next = this.#source.next();
      if (next.done) this.#source = undefined;
      else this.#found.push(next.value);
    }
    return this.#found[index];
  }

  /** How many there are, or `Infinity` while nobody knows. */
  get knownLength(): number {
    return this.#source ? Infinity : this.#found.length;
  }

  all(): readonly T[] {
    this.at(Infinity);
    return this.#found;
  }
}
