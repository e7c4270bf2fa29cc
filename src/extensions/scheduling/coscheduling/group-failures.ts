import type { Clock } from '../../../kernel/clock.ts';

/** As long as a pod on its own backs off. */
const shortestPauseMs = 1_000;
const longestPauseMs = 10_000;

interface Failure {
  /** When the group last failed to come together, and how often in a row. */
  failedAtMs?: number;
  failures: number;
  /** Runs until its members may enter the queue again. */
  pause?: Disposable;
  backoff?: Disposable;
  /** Until when the cluster counts as large enough for it. */
  enoughUntilMs?: number;
  /** The cluster was too small for it when it was looked at last. */
  lacksResources?: boolean;
}

/** What is remembered of groups between attempts. Nothing is kept of a group that is forgotten. */
export class GroupFailures implements Disposable {
  readonly #clock: Clock;
  readonly #groups = new Map<string, Failure>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Puts the group behind those that came after it. Its members are kept out of the queue for 1 s, doubling to 10 s, as a pod on its own would be: the places they gave up
   * wake one of them, which calls the others, and they would take and give up the same places without end. Calls `onEnd` when that is over.
   */
  markFailed(groupKey: string, onEnd: () => void): void {
    const group = this.#of(groupKey);
    group.failedAtMs = this.#clock.now();
    if (group.pause) return;
    const pauseMs = Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(group.failures++, 10));
    group.pause = this.#clock.after(pauseMs, () => {
      delete group.pause;
      onEnd();
    });
  }

  isPaused(groupKey: string): boolean {
    return this.#groups.get(groupKey)?.pause !== undefined;
  }

  failedAtMs(groupKey: string): number | undefined {
    return this.#groups.get(groupKey)?.failedAtMs;
  }

  /** The same, for as long as was configured and so that people are told; calls `onEnd` when it may be again. A back-off that runs already is left as it is. */
  backOff(groupKey: string, durationMs: number, onEnd: () => void): void {
    const group = this.#of(groupKey);
    group.failedAtMs = this.#clock.now();
    group.backoff ??= this.#clock.after(durationMs, () => {
      delete group.backoff;
      onEnd();
    });
  }

  isBackedOff(groupKey: string): boolean {
    return this.#groups.get(groupKey)?.backoff !== undefined;
  }

  /** Remembers what came of looking whether the cluster is large enough. */
  rememberResources(groupKey: string, isEnough: boolean, validMs: number): void {
    const group = this.#of(groupKey);
    group.lacksResources = !isEnough;
    if (isEnough) group.enoughUntilMs = this.#clock.now() + validMs;
    else delete group.enoughUntilMs;
  }

  forgetResources(groupKey: string): void {
    delete this.#groups.get(groupKey)?.enoughUntilMs;
  }

  isKnownToFit(groupKey: string): boolean {
    const until = this.#groups.get(groupKey)?.enoughUntilMs;
    return until !== undefined && this.#clock.now() < until;
  }

  lacksResources(groupKey: string): boolean {
    return this.#groups.get(groupKey)?.lacksResources === true;
  }

  /** The group came together, or is no more. Answers whether members may have been kept back until now. */
  forget(groupKey: string): boolean {
    const group = this.#groups.get(groupKey);
    if (!group) return false;
    group.backoff?.[Symbol.dispose]();
    group.pause?.[Symbol.dispose]();
    return this.#groups.delete(groupKey) && Boolean(group.backoff ?? group.pause);
  }

  [Symbol.dispose](): void {
    for (const groupKey of [...this.#groups.keys()]) this.forget(groupKey);
  }

  #of(groupKey: string): Failure {
    let group = this.#groups.get(groupKey);
    if (!group) this.#groups.set(groupKey, (group = { failures: 0 }));
    return group;
  }
}
