import type { DriverConnection } from '../../../extension-points/devices/dynamic/contract.ts';
import { RuntimeError } from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { type DeviceName, DriverHealth, type KnownHealth } from './device-health.ts';

export interface HealthWatchOptions {
  readonly connection: DriverConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: (devices: readonly DeviceName[]) => void;
}

/** How long after a stream ended the next one is asked for (upstream's). */
const retryMs = 5_000;

/** Follows what one connection of a driver says of its devices. When the stream ends nothing is known, until it says it again. */
export class HealthWatch implements AsyncDisposable {
  readonly #options: HealthWatchOptions;
  readonly #health = new DriverHealth();
  readonly #closing = new AbortController();
  readonly #following: Promise<void>;
  #expiry: Disposable | undefined;

  constructor(options: HealthWatchOptions) {
    this.#options = options;
    this.#following = this.#followAlways();
  }

  get(pool: string, device: string): KnownHealth | undefined {
    return this.#health.get(pool, device, this.#options.clock.now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the driver is not used any more'));
    this.#expiry?.[Symbol.dispose]();
    await this.#following;
  }

  async #followAlways(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch (error) {
        // Most drivers do not watch their devices; the next one of this name is asked anew.
        if (error instanceof RuntimeError && error.code === 'UNIMPLEMENTED') return;
        this.#options.log.debug('health of devices not followed; trying again', { driver: this.#options.connection.driver, error });
      }
      this.#tell(this.#health.clear());
      await this.#options.clock.sleep(retryMs, signal).catch(() => {}); // told to stop
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { connection, clock } = this.#options;
    for await (const reported of connection.health(signal)) {
      this.#tell(this.#health.update(reported, clock.now()));
      this.#planExpiry();
    }
  }

  /** Whoever shows a device that nothing was heard of in time is told. */
  #planExpiry(): void {
    const { clock } = this.#options;
    this.#expiry?.[Symbol.dispose]();
    const atMs = this.#health.nextExpiryMs;
    if (atMs === undefined || this.#closing.signal.aborted) return;
    this.#expiry = clock.after(Math.max(0, atMs - clock.now()), () => {
      this.#tell(this.#health.expire(clock.now()));
      this.#planExpiry();
    });
  }

  #tell(devices: readonly DeviceName[]): void {
    if (devices.length > 0 && !this.#closing.signal.aborted) this.#options.onChange(devices);
  }
}
