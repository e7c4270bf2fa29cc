import type { ClusterChange } from './cluster-change.ts';

/** Bounds what a pod that is held for long (Permit) makes the queue remember. */
const defaultMostChanges = 50_000;

/** Remembers what happened while pods were being scheduled, so that a pod that comes back refused does not miss it. */
export class InFlightChanges {
  /** By pod key: the number of the first change after the pod was taken. In the order of taking, so the first entry is the oldest. */
  readonly #starts = new Map<string, number>();
  readonly #mostChanges: number;
  #changes: ClusterChange[] = [];
  /** The number of `#changes[0]`. */
  #first = 0;

  constructor(mostChanges = defaultMostChanges) {
    this.#mostChanges = mostChanges;
  }

  begin(key: string): void {
    this.#starts.set(key, this.#first + this.#changes.length);
  }

  add(change: ClusterChange): void {
    if (this.#starts.size === 0) return;
    this.#changes.push(change);
    if (this.#changes.length > this.#mostChanges) this.#keepFrom(this.#first + Math.ceil(this.#mostChanges / 2));
  }

  /** Ends the flight of a pod whose fate is decided. */
  drop(key: string): void {
    if (this.#starts.delete(key)) this.#trim();
  }

  /**
   * The changes since the pod was taken; undefined when it is not in flight, `forgotten` when there were too many to remember all. Ends its flight.
   */
  end(key: string): readonly ClusterChange[] | 'forgotten' | undefined {
    const start = this.#starts.get(key);
    if (start === undefined) return undefined;
    const changes = start < this.#first ? 'forgotten' : this.#changes.slice(start - this.#first);
    this.#starts.delete(key);
    this.#trim();
    return changes;
  }

  #trim(): void {
    const oldest = this.#starts.values().next();
    if (oldest.done) return this.#keepFrom(this.#first + this.#changes.length);
    // Not for every few of them: what is left is copied.
    if (oldest.value - this.#first > this.#changes.length / 2) this.#keepFrom(oldest.value);
  }

  #keepFrom(number: number): void {
    if (number === this.#first) return;
    this.#changes = this.#changes.slice(number - this.#first);
    this.#first = number;
  }
}
