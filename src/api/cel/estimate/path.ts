/**
 * Where a value lies: a variable, then names of fields, `@items`, `@keys`, .... Empty when it lies in no variable.
 *
 * Upstream keeps paths in Go slices, and a slice that is made longer may write into the room behind another that it shares an array with: in
 * `list.all(i, i.subs.all(s, s.a == i.b))` the path of `s` becomes that of `i.b` followed by what stood there. Estimates, and with them which rules are refused, depend
 * on it, so paths here share their cells in the same way.
 */
export class Path {
  static readonly none = new Path([], 0, 0);

  readonly #cells: string[];
  readonly length: number;
  readonly #capacity: number;

  private constructor(cells: string[], length: number, capacity: number) {
    this.#cells = cells;
    this.length = length;
    this.#capacity = capacity;
  }

  static ofVariable(name: string): Path {
    return new Path([name], 1, 1);
  }

  /** What the path says now. */
  get names(): readonly string[] {
    return this.#cells.slice(0, this.length);
  }

  /** The path of what lies below. */
  followedBy(name: string): Path {
    const length = this.length + 1;
    const cells = length <= this.#capacity ? this.#cells : this.#cells.slice(0, this.length);
    cells[this.length] = name;
    // Go's arrays grow to twice their size; paths stay far below the size from which on it is less.
    return new Path(cells, length, length <= this.#capacity ? this.#capacity : Math.max(1, this.#capacity * 2));
  }
}
