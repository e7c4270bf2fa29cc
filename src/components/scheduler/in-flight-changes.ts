import type { ClusterChange } from './cluster-change.ts';

/** Remembers what happened while pods were being scheduled, so that a pod that comes back refused does not miss it. */
export class InFlightChanges {
  /** By pod key: the number of the first change after the pod was taken. In the order of taking, so the first entry is the oldest. */
  readonly #starts = new Map<string, number>();
  #changes: ClusterChange[] = [];
  /** The number of `#changes[0]`. */
  #first = 0;

  begin(key: string): void {
    this.#starts.set(key, this.#first + this.#changes.length);
  }

  add(change: ClusterChange): void {
    if (this.#starts.size > 0) this.#changes.push(change);
  }

  /** The changes since the pod was taken; undefined when it is not in flight. Ends its flight. */
  end(key: string): readonly ClusterChange[] | undefined {
    const start = this.#starts.get(key);
    if (start === undefined) return undefined;
    const changes = this.#changes.slice(start - this.#first);
    this.#starts.delete(key);
    this.#trim();
    return changes;
  }

  #trim(): void {
    const oldest = this.#starts.values().next();
    const keepFrom = oldest.done ? this.#first + this.#changes.length : oldest.value;
    this.#changes = keepFrom === this.#first ? this.#changes : this.#changes.slice(keepFrom - this.#first);
    this.#first = keepFrom;
  }
}
