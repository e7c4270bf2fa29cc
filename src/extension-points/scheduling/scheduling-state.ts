import type { CycleState } from './contract.ts';

/** The state of one cycle: what plugins wrote, and which of them asked to be left out. */
export class SchedulingState implements CycleState {
  readonly #values: Map<string, unknown>;
  /** Plugins whose `filter`, `addPod` and `removePod` are not called in this cycle. */
  readonly skippedFilters: Set<string>;
  /** Plugins whose `score` is not called in this cycle. */
  readonly skippedScores: Set<string>;
  /** Plugins whose `preBind` will act; undefined before anybody asked. */
  preBindsToRun: ReadonlySet<string> | undefined;
  /** Whether calls of this cycle are timed; one in ten is. */
  readonly isTimed: boolean;

  constructor(isTimed = false, from?: SchedulingState) {
    this.isTimed = isTimed;
    this.#values = new Map(from ? [...from.#values].map(([key, value]) => [key, cloneOf(value)]) : []);
    this.skippedFilters = new Set(from?.skippedFilters);
    this.skippedScores = new Set(from?.skippedScores);
  }

  read<T>(key: string): T | undefined {
    return this.#values.get(key) as T | undefined;
  }

  write(key: string, value: unknown): void {
    this.#values.set(key, value);
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  /** For beginning the cycle anew. */
  clear(): void {
    this.#values.clear();
    this.skippedFilters.clear();
    this.skippedScores.clear();
    this.preBindsToRun = undefined;
  }

  clone(): SchedulingState {
    return new SchedulingState(this.isTimed, this);
  }
}

function cloneOf(value: unknown): unknown {
  const hasClone = typeof value === 'object' && value !== null && 'clone' in value && typeof value.clone === 'function';
  return hasClone ? (value as { clone(): unknown }).clone() : value;
}
