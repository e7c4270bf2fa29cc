import type { CounterUse } from './offered-device.ts';
import type { PoolView } from './pool-view.ts';

/** What is left of the counters of a pool, in billionths, while devices are chosen. */
export class CounterLedger {
  readonly #left = new Map<string, Map<string, bigint>>();

  /** `isInUse`: whether a device was allocated before. Less than nothing may be left: then nothing is to be had. */
  constructor({ counters, consumers }: PoolView, isInUse: (deviceId: string) => boolean) {
    for (const [set, amounts] of counters) this.#left.set(set, new Map(amounts));
    for (const { id, counters: uses } of consumers) if (isInUse(id)) this.#change(uses, -1n);
  }

  /** Takes what a device needs; false, and nothing changed, when there is not enough. */
  take(uses: readonly CounterUse[]): boolean {
    this.#change(uses, -1n);
    if (uses.every(({ set, counter }) => (this.#left.get(set)?.get(counter) ?? -1n) >= 0n)) return true;
    this.giveBack(uses);
    return false;
  }

  giveBack(uses: readonly CounterUse[]): void {
    this.#change(uses, 1n);
  }

  #change(uses: readonly CounterUse[], sign: 1n | -1n): void {
    for (const { set, counter, nano } of uses) {
      const amounts = this.#left.get(set);
      if (amounts?.has(counter)) amounts.set(counter, amounts.get(counter)! + sign * nano);
    }
  }
}
