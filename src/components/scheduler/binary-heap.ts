/** A heap whose entries can also be found and taken out by key. */
export class BinaryHeap<T> {
  readonly #entries: T[] = [];
  readonly #positions = new Map<string, number>();
  readonly #keyOf: (entry: T) => string;
  readonly #compare: (left: T, right: T) => number;

  constructor(keyOf: (entry: T) => string, compare: (left: T, right: T) => number) {
    this.#keyOf = keyOf;
    this.#compare = compare;
  }

  get size(): number {
    return this.#entries.length;
  }

  get(key: string): T | undefined {
    const position = this.#positions.get(key);
    return position === undefined ? undefined : this.#entries[position];
  }

  peek(): T | undefined {
    return this.#entries[0];
  }

  /** Adds an entry, or replaces the one with its key. */
  put(entry: T): void {
    const position = this.#positions.get(this.#keyOf(entry)) ?? this.#entries.length;
    this.#place(entry, position);
    this.#settle(position);
  }

  pop(): T | undefined {
    const first = this.#entries[0];
    return first === undefined ? undefined : this.remove(this.#keyOf(first));
  }

  remove(key: string): T | undefined {
    const position = this.#positions.get(key);
    if (position === undefined) return undefined;
    const removed = this.#entries[position]!;
    const last = this.#entries.pop()!;
    this.#positions.delete(key);
    if (position < this.#entries.length) {
      this.#place(last, position);
      this.#settle(position);
    }
    return removed;
  }

  /** Puts all entries in order anew, after what `compare` answers changed. */
  reorder(): void {
    for (let position = (this.#entries.length >>> 1) - 1; position >= 0; position--) this.#sink(position);
  }

  *[Symbol.iterator](): Iterator<T> {
    yield* this.#entries;
  }

  #settle(position: number): void {
    this.#sink(this.#rise(position));
  }

  #rise(start: number): number {
    let position = start;
    while (position > 0) {
      const parent = (position - 1) >>> 1;
      if (this.#compare(this.#entries[position]!, this.#entries[parent]!) >= 0) break;
      this.#swap(position, parent);
      position = parent;
    }
    return position;
  }

  #sink(start: number): void {
    for (let position = start; ; ) {
      let smallest = position;
      for (const child of [2 * position + 1, 2 * position + 2]) {
        if (child < this.#entries.length && this.#compare(this.#entries[child]!, this.#entries[smallest]!) < 0) smallest = child;
      }
      if (smallest === position) return;
      this.#swap(position, smallest);
      position = smallest;
    }
  }

  #swap(left: number, right: number): void {
    const entry = this.#entries[left]!;
    this.#place(this.#entries[right]!, left);
    this.#place(entry, right);
  }

  #place(entry: T, position: number): void {
    this.#entries[position] = entry;
    this.#positions.set(this.#keyOf(entry), position);
  }
}
