/** The place of what is not ranked. */
const absent = -Infinity;

/**
 * Keeps the highest of many scores at hand while they change one by one: a tree whose every node knows the highest score below it and how many have it. Changing a score
 * and picking one of the best cost the logarithm of their number.
 */
export class Ranking {
  #capacity = 64;
  /** The highest score below each node; the leaves are the second half. */
  #highest = new Float64Array(2 * this.#capacity).fill(absent);
  /** How many leaves below each node have it. */
  #counts = new Int32Array(2 * this.#capacity);

  get sizeBytes(): number {
    return this.#highest.byteLength + this.#counts.byteLength;
  }

  /** Ranks an index anew. */
  set(index: number, score: number): void {
    while (index >= this.#capacity) this.#grow();
    if (this.#highest[this.#capacity + index] === score) return;
    this.#put(index, score, 1);
  }

  delete(index: number): void {
    if (index < this.#capacity && this.#counts[this.#capacity + index] === 1) this.#put(index, absent, 0);
  }

  /** One of the best, by a number from 0 to below 1; each has the same chance. Undefined when none is ranked. */
  choose(random: number): number | undefined {
    let left = Math.floor(random * this.#counts[1]!);
    if (this.#counts[1] === 0) return undefined;
    let node = 1;
    while (node < this.#capacity) {
      const best = this.#highest[node]!;
      node *= 2;
      if (this.#highest[node] !== best) node++;
      else if (left >= this.#counts[node]!) {
        left -= this.#counts[node]!;
        node++;
      }
    }
    return node - this.#capacity;
  }

  /** The indexes of the best, best first. */
  best(limit: number): number[] {
    const found: number[] = [];
    // Nodes of the tree still to be opened, the most promising last.
    const open: number[] = this.#counts[1] === 0 ? [] : [1];
    while (open.length > 0 && found.length < limit) {
      const node = open.pop()!;
      if (node >= this.#capacity) {
        found.push(node - this.#capacity);
        continue;
      }
      for (const child of [2 * node, 2 * node + 1]) {
        if (this.#counts[child] === 0) continue;
        let place = open.length;
        while (place > 0 && this.#highest[open[place - 1]!]! > this.#highest[child]!) place--;
        open.splice(place, 0, child);
      }
    }
    return found;
  }

  #put(index: number, score: number, count: 0 | 1): void {
    const [highest, counts] = [this.#highest, this.#counts];
    let node = this.#capacity + index;
    highest[node] = score;
    counts[node] = count;
    for (node >>= 1; node > 0; node >>= 1) {
      const [left, right] = [highest[2 * node]!, highest[2 * node + 1]!];
      highest[node] = left > right ? left : right;
      counts[node] = (left >= right ? counts[2 * node]! : 0) + (right >= left ? counts[2 * node + 1]! : 0);
    }
  }

  #grow(): void {
    const [capacity, highest, counts] = [this.#capacity, this.#highest, this.#counts];
    this.#capacity *= 2;
    this.#highest = new Float64Array(2 * this.#capacity).fill(absent);
    this.#counts = new Int32Array(2 * this.#capacity);
    for (let index = 0; index < capacity; index++) if (counts[capacity + index] === 1) this.#put(index, highest[capacity + index]!, 1);
  }
}
