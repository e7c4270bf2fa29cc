import { untilAborted } from '../../../kernel/until-aborted.ts';

/** Lets one at a time work on a claim: preparing and undoing must not meet. */
export class ClaimLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Waits until nobody else has any of the keys. Disposing lets the next one go on. Rejects with the signal's reason. */
  async acquire(keys: Iterable<string>, signal: AbortSignal): Promise<Disposable> {
    const held: (() => void)[] = [];
    const release = (): void => held.splice(0).forEach((next) => next());
    try {
      // Always in the same order, so that two never wait for each other.
      for (const key of [...new Set(keys)].sort()) held.push(await this.#acquireOne(key, signal));
    } catch (error) {
      release();
      throw error;
    }
    return { [Symbol.dispose]: release };
  }

  async #acquireOne(key: string, signal: AbortSignal): Promise<() => void> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const tail = before.then(() => promise);
    this.#tails.set(key, tail);
    void tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    try {
      await untilAborted(before, signal);
    } catch (error) {
      resolve();
      throw error;
    }
    return resolve;
  }
}
