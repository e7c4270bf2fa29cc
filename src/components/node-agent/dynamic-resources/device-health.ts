import type { DeviceHealth } from '../../../extension-points/devices/dynamic/contract.ts';

const defaultTimeoutSeconds = 30;
const maximumMessageBytes = 1_024;
/** A driver has far fewer devices on a node. */
const maximumDevices = 65_536;
/** Of a pool; devices have shorter ones. */
const longestName = 253;

export interface KnownHealth {
  readonly health: DeviceHealth['health'];
  readonly message?: string;
}

interface Entry extends KnownHealth {
  readonly pool: string;
  readonly device: string;
  readonly expiresAtMs: number;
}

/** What one driver said of its devices. What it has not repeated in time counts for nothing. */
export class DriverHealth {
  readonly #entries = new Map<string, Entry>();

  get(pool: string, device: string, nowMs: number): KnownHealth | undefined {
    const entry = this.#entries.get(`${pool}/${device}`);
    return entry && entry.expiresAtMs > nowMs ? entry : undefined;
  }

  /** Takes what the driver says now. Answers the devices that are shown differently because of it. */
  update(reported: readonly DeviceHealth[], nowMs: number): readonly DeviceName[] {
    const changed: DeviceName[] = [];
    for (const { pool, device, health, message, timeoutSeconds = defaultTimeoutSeconds } of reported) {
      const before = this.get(pool, device, nowMs);
      const shown = message === undefined ? undefined : cutMessage(message);
      if (pool.length > longestName || device.length > longestName) continue; // no slice has it
      if (!this.#entries.has(`${pool}/${device}`) && this.#entries.size >= maximumDevices) continue;
      this.#entries.set(`${pool}/${device}`, {
        pool,
        device,
        health,
        ...(shown === undefined ? {} : { message: shown }),
        expiresAtMs: nowMs + timeoutSeconds * 1_000,
      });
      if (before?.health !== health || before.message !== shown) changed.push({ pool, device });
    }
    return changed;
  }

  /** Forgets what is too old; answers whose health is unknown now. */
  expire(nowMs: number): readonly DeviceName[] {
    const expired = [...this.#entries.values()].filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
    for (const { pool, device } of expired) this.#entries.delete(`${pool}/${device}`);
    return expired;
  }

  /** When the first of what is known becomes too old; undefined when nothing is known. */
  get nextExpiryMs(): number | undefined {
    return this.#entries.size === 0 ? undefined : Math.min(...[...this.#entries.values()].map(({ expiresAtMs }) => expiresAtMs));
  }

  clear(): readonly DeviceName[] {
    const known = [...this.#entries.values()];
    this.#entries.clear();
    return known;
  }
}

export interface DeviceName {
  readonly pool: string;
  readonly device: string;
}

/** As upstream, by bytes; never in the middle of a character. */
function cutMessage(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= maximumMessageBytes) return message;
  return `${bytes
    .subarray(0, maximumMessageBytes - 3)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}...`;
}
