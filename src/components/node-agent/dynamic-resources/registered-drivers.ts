import { type DriverConnection, type DriverService, driverServices } from '../../../extension-points/devices/dynamic/contract.ts';
import { connectDriver } from '../../../extension-points/devices/dynamic/driver-connection.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import type { PluginHandler } from '../devices/plugin-watcher.ts';
import type { DriverReport } from './contract.ts';
import type { DeviceName, KnownHealth } from './device-health.ts';
import { HealthWatch } from './health-watch.ts';

export interface RegisteredDriversOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How long a driver may take for a call. Default: upstream's 45 s. */
  readonly callTimeoutMs?: number;
  /** Told when a driver can be reached, and when it cannot any more. */
  readonly onUsable: (driver: string, isUsable: boolean) => void;
  readonly onHealth: (driver: string, devices: readonly DeviceName[]) => void;
}

interface Registered {
  readonly connection: DriverConnection;
  readonly health: HealthWatch;
  isConnected: boolean;
}

/** The drivers of a node by name. Of several connections of one driver, as while it is replaced by a newer one, the last that came and can be reached is asked. */
export class RegisteredDrivers implements PluginHandler, AsyncDisposable {
  readonly #options: RegisteredDriversOptions;
  readonly #drivers = new Map<string, Registered[]>();
  readonly #ending = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: RegisteredDriversOptions) {
    this.#options = options;
  }

  validate(name: string, services: readonly string[], endpoint: string): void {
    chosenService(name, services, endpoint);
  }

  async register(driver: string, endpoint: string, services: readonly string[]): Promise<Disposable> {
    const service = chosenService(driver, services, endpoint);
    this.#refuseSame(driver, endpoint);
    const { clock, log, callTimeoutMs, onHealth } = this.#options;
    const connection = await connectDriver({ driver, endpoint, service, ...(callTimeoutMs === undefined ? {} : { callTimeoutMs }) });
    try {
      this.#refuseSame(driver, endpoint); // another may have come meanwhile
    } catch (error) {
      connection[Symbol.dispose]();
      throw error;
    }
    const health = new HealthWatch({ connection, clock, log, onChange: (devices) => onHealth(driver, devices) });
    const registered: Registered = { connection, health, isConnected: false };
    this.#drivers.set(driver, [...(this.#drivers.get(driver) ?? []), registered]);
    log.info('driver of dynamic resources registered', { driver, endpoint, service });
    this.#tell(driver);
    const watching = connection.watch((isConnected) => {
      registered.isConnected = isConnected;
      this.#tell(driver);
    });
    return { [Symbol.dispose]: () => (watching[Symbol.dispose](), this.#remove(registered)) };
  }

  /** The connection to ask. Throws when nothing is known of such a driver. */
  get(driver: string): DriverConnection {
    if (driver === '') throw new Error('DRA driver name is empty');
    const registered = this.#drivers.get(driver);
    if (!registered) throw new Error(`DRA driver ${driver} is not registered`);
    return (registered.findLast(({ isConnected }) => isConnected) ?? registered.at(-1)!).connection;
  }

  /** How a device is, by the newest connection that knows it. */
  healthOf(driver: string, pool: string, device: string): KnownHealth | undefined {
    for (const { health } of (this.#drivers.get(driver) ?? []).toReversed()) {
      const known = health.get(pool, device);
      if (known) return known;
    }
    return undefined;
  }

  report(): readonly DriverReport[] {
    return [...this.#drivers].flatMap(([driver, all]) => all.map(({ connection, isConnected }) => ({ driver, endpoint: connection.endpoint, isConnected })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const registered of [...this.#drivers.values()].flat()) this.#remove(registered);
    await Promise.all(this.#ending);
  }

  #refuseSame(driver: string, endpoint: string): void {
    if (this.#drivers.get(driver)?.some(({ connection }) => connection.endpoint === endpoint))
      throw new Error(`endpoint ${endpoint} already registered for DRA driver plugin ${driver}`);
  }

  #remove(registered: Registered): void {
    const { connection, health } = registered;
    const { driver, endpoint } = connection;
    const known = this.#drivers.get(driver) ?? [];
    if (!known.includes(registered)) return;
    const rest = known.filter((other) => other !== registered);
    if (rest.length > 0) this.#drivers.set(driver, rest);
    else this.#drivers.delete(driver);
    const ending = health[Symbol.asyncDispose]().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    connection[Symbol.dispose]();
    this.#options.log.info('driver of dynamic resources left', { driver, endpoint });
    this.#tell(driver);
  }

  #tell(driver: string): void {
    if (!this.#isClosed) this.#options.onUsable(driver, this.#drivers.get(driver)?.some(({ isConnected }) => isConnected) ?? false);
  }
}

/** The first of the services that a driver has and the agent can use. Throws in upstream's words when there is none. */
function chosenService(driver: string, services: readonly string[], endpoint: string): DriverService {
  const refuse = (why: string): never => {
    throw new Error(`invalid supported gRPC versions of DRA driver plugin ${driver} at endpoint ${endpoint}: ${why}`);
  };
  if (services.length === 0) return refuse('empty list of supported gRPC services (aka supported versions)');
  const chosen = services.find((service): service is DriverService => (driverServices as readonly string[]).includes(service));
  return chosen ?? refuse(`none of services supported by the plugin (${goQuoted(services)}) are supported by the kubelet (${goQuoted(driverServices)})`);
}

/** A list of strings as Go prints it. */
const goQuoted = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;
