/** Keeps the newest `capacity` values; older ones fall out. */
export class Ring<T> implements Iterable<T> {
  readonly #values: (T | undefined)[];
  #next = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#values = Array.from({ length: capacity });
  }

  get size(): number {
    return this.#size;
  }

  push(value: T): void {
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.#values.length;
    this.#size = Math.min(this.#size + 1, this.#values.length);
  }

  /** Oldest first. */
  *[Symbol.iterator](): Iterator<T> {
    const capacity = this.#values.length;
    for (let index = 0; index < this.#size; index++) yield this.#values[(this.#next - this.#size + index + capacity) % capacity] as T;
  }
}
