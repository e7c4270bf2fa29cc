import type { Clock } from '../../kernel/clock.ts';

interface Expected {
  creations: number;
  readonly deletions: Set<string>;
  readonly sinceMs: number;
}

const expireAfterMs = 300_000;

/**
 * What a controller did and its view does not show yet. Acting again before it does would create or delete too much. Expectations that are
 * not met within 5 minutes are given up, so a lost event delays but never stops a controller.
 */
export class Expectations {
  readonly #byKey = new Map<string, Expected>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isSatisfied(key: string): boolean {
    const expected = this.#byKey.get(key);
    return !expected || (expected.creations <= 0 && expected.deletions.size === 0) || this.#clock.now() - expected.sinceMs > expireAfterMs;
  }

  /** Replaces what was expected for a key; `deletions` are keys of objects. */
  expect(key: string, what: { creations?: number; deletions?: Iterable<string> }): void {
    this.#byKey.set(key, { creations: what.creations ?? 0, deletions: new Set(what.deletions), sinceMs: this.#clock.now() });
  }

  /** A creation was seen, or failed and will not be. */
  creationSeen(key: string, count = 1): void {
    const expected = this.#byKey.get(key);
    if (expected) expected.creations -= count;
  }

  deletionSeen(key: string, object: string): void {
    this.#byKey.get(key)?.deletions.delete(object);
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }
}
