import { resourceslices } from '../../../api/generated/resource-types.ts';
import type { Client } from '../../../client/client.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';

export interface StaleSlicesOptions {
  readonly client: Pick<Client, 'deleteCollection'>;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a driver may be gone, as while it is restarted, before pods are kept away from its devices (upstream's wiping delay). */
export const wipeAfterMs = 30_000;
const firstRetryMs = 1_000;
const maximumRetryMs = 300_000;

/** Takes the devices of drivers that are gone out of the scheduler's sight: their ResourceSlices of this node are deleted. */
export class StaleSlices implements AsyncDisposable {
  readonly #options: StaleSlicesOptions;
  readonly #closing = new AbortController();
  /** Drivers that cannot be reached. */
  readonly #gone = new Map<string, AbortController>();
  readonly #working = new Set<Promise<void>>();

  constructor(options: StaleSlicesOptions) {
    this.#options = options;
  }

  /** When the agent starts no driver has come yet, and perhaps some never will. */
  wipeAll(): void {
    this.#begin(() => this.#wipe(`spec.nodeName=${this.#options.nodeName}`, this.#closing.signal));
  }

  /** Tells whether a driver can be reached. */
  setUsable(driver: string, isUsable: boolean): void {
    const known = this.#gone.get(driver);
    if (isUsable) {
      this.#gone.delete(driver);
      known?.abort(new Error('the driver is back'));
    } else if (!known && !this.#closing.signal.aborted) {
      const cancellation = new AbortController();
      this.#gone.set(driver, cancellation);
      const signal = AbortSignal.any([cancellation.signal, this.#closing.signal]);
      this.#begin(async () => {
        await this.#options.clock.sleep(wipeAfterMs, signal);
        this.#options.log.info('driver stays away; its devices are not offered any more', { driver });
        await this.#wipe(`spec.driver=${driver},spec.nodeName=${this.#options.nodeName}`, signal);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('node agent stopped'));
    await Promise.all(this.#working);
  }

  #begin(work: () => Promise<void>): void {
    // All that rejects is that it was called off.
    const running = work()
      .catch(() => {})
      .finally(() => this.#working.delete(running));
    this.#working.add(running);
  }

  async #wipe(fieldSelector: string, signal: AbortSignal): Promise<void> {
    const { client, clock, log } = this.#options;
    for (let delayMs = firstRetryMs; ; delayMs = Math.min(delayMs * 2, maximumRetryMs)) {
      signal.throwIfAborted();
      try {
        return await client.deleteCollection(resourceslices, { fieldSelector });
      } catch (error) {
        log.debug('ResourceSlices not deleted; trying again', { fieldSelector, error });
      }
      await clock.sleep(delayMs, signal);
    }
  }
}
