import type { Pod } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Status, WaitingPod } from './contract.ts';
import { success, unschedulable } from './contract.ts';
import { durationText } from './duration-text.ts';

/** Upstream's cap on what `permit` may ask for. */
export const longestWaitMs = 15 * 60_000;

/** Pods that `permit` holds. */
export class WaitingPods implements Iterable<WaitingPod> {
  readonly #clock: Clock;
  readonly #pods = new Map<string, HeldPod>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  [Symbol.iterator](): Iterator<WaitingPod> {
    return this.#pods.values();
  }

  /** Holds a pod for each of the plugins; resolves when all allowed it, one rejected it, or the first wait ran out. */
  async hold(pod: Pod, waits: ReadonlyMap<string, number>): Promise<Status> {
    const held = new HeldPod(pod, waits, this.#clock);
    const key = keyOf(pod);
    this.#pods.set(key, held);
    const status = await held.decided;
    this.#pods.delete(key);
    return status;
  }

  /** Ends the waits of one pod, if it is held; for a pod that went away. */
  reject(pod: Pod, reason: string): void {
    const held = this.#pods.get(keyOf(pod));
    for (const plugin of held?.pending ?? []) held?.reject(plugin, reason);
  }

  /** Ends all waits; for the end of the host. */
  rejectAll(reason: string): void {
    for (const held of this.#pods.values()) for (const plugin of held.pending) held.reject(plugin, reason);
  }
}

const keyOf = ({ metadata }: Pod): string => metadata.uid ?? `${metadata.namespace}/${metadata.name}`;

class HeldPod implements WaitingPod {
  readonly pod: Pod;
  readonly decided: Promise<Status>;
  readonly #timers = new Map<string, Disposable>();
  readonly #decide: (status: Status) => void;

  constructor(pod: Pod, waits: ReadonlyMap<string, number>, clock: Clock) {
    this.pod = pod;
    const { promise, resolve } = Promise.withResolvers<Status>();
    this.decided = promise;
    this.#decide = resolve;
    for (const [plugin, timeoutMs] of waits) {
      const boundedMs = Math.min(timeoutMs, longestWaitMs);
      this.#timers.set(
        plugin,
        clock.after(boundedMs, () => this.reject(plugin, `rejected due to timeout after waiting ${durationText(boundedMs)} at plugin ${plugin}`)),
      );
    }
  }

  get pending(): readonly string[] {
    return [...this.#timers.keys()];
  }

  allow(plugin: string): void {
    this.#timers.get(plugin)?.[Symbol.dispose]();
    if (this.#timers.delete(plugin) && this.#timers.size === 0) this.#decide(success);
  }

  reject(plugin: string, reason: string): void {
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
    this.#decide({ ...unschedulable(reason), plugin });
  }
}
