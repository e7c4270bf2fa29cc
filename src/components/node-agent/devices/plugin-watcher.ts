import { type Dirent, type FSWatcher, watch } from 'node:fs';
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type PluginInfo, Registration } from '../../../api/generated/plugin-registration/plugin-registration_pb.js';
import { goStatusText } from '../../../extension-points/devices/go-status.ts';
import { createGrpcClient, type GrpcClient } from '../../../extension-points/runtime/grpc-client.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { untilAborted } from '../../../kernel/until-aborted.ts';

/** Takes plugins of one type. */
export interface PluginHandler {
  /** Throws when such a plugin cannot be used at all. */
  validate(name: string, versions: readonly string[], endpoint: string): void;
  /** Uses the plugin from now on; disposing stops that. */
  register(name: string, endpoint: string, versions: readonly string[]): Promise<Disposable>;
}

export interface PluginWatcherOptions {
  /** `plugins_registry`; made when it is not there. */
  readonly directory: string;
  /** By the type that plugins say they are: `DevicePlugin`. */
  readonly handlers: Readonly<Record<string, PluginHandler>>;
  readonly clock: Clock;
  readonly log: Log;
}

const dialTimeoutMs = 10_000;
const infoTimeoutMs = 1_000;
const notifyTimeoutMs = 5_000;
const firstRetryMs = 500;
const maximumRetryMs = 122_000;
/** Notifications of the file system can be lost. */
const relistMs = 10_000;
const maximumSockets = 1_000;
const maximumFolders = 1_000;

interface Known {
  /** Tells a socket from one that was made in its place. */
  readonly identity: string;
  registration: Disposable | undefined;
  failures: number;
  retryAtMs: number;
}

/** Finds plugins by the sockets they put into a folder (upstream's plugin watcher): asks each what it is, hands it to the handler of its type, and tells it what came of it. */
export class PluginWatcher implements AsyncDisposable {
  readonly #options: PluginWatcherOptions;
  readonly #known = new Map<string, Known>();
  readonly #working = new Map<string, Promise<void>>();
  #watcher: FSWatcher | undefined;
  #timer: Disposable | undefined;
  #looking: Promise<void> | undefined;
  #isDue = false;
  readonly #closing = new AbortController();

  constructor(options: PluginWatcherOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { directory, log } = this.#options;
    await mkdir(directory, { recursive: true, mode: 0o750 });
    this.#watcher = watch(directory, { persistent: false, recursive: true }, () => this.#look());
    this.#watcher.on('error', (error) => log.warn('plugins_registry cannot be watched; it is listed instead', { error }));
    this.#look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('node agent stopped'));
    this.#watcher?.close();
    this.#timer?.[Symbol.dispose]();
    await this.#looking;
    await Promise.all(this.#working.values());
    for (const { registration } of this.#known.values()) registration?.[Symbol.dispose]();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #look(): void {
    this.#isDue = true;
    this.#looking ??= this.#lookUntilDone();
  }

  async #lookUntilDone(): Promise<void> {
    while (this.#isDue && !this.#isClosed) {
      this.#isDue = false;
      try {
        this.#compare(await socketsBelow(this.#options.directory));
      } catch (error) {
        this.#options.log.warn('plugins_registry cannot be listed; trying again', { error });
      }
    }
    this.#looking = undefined; // in the same step as the last look at what is due
    this.#plan();
  }

  #plan(): void {
    this.#timer?.[Symbol.dispose]();
    if (this.#isClosed) return;
    const nowMs = this.#options.clock.now();
    const retries = [...this.#known.values()].filter(({ registration }) => !registration).map(({ retryAtMs }) => retryAtMs - nowMs);
    this.#timer = this.#options.clock.after(Math.max(50, Math.min(relistMs, ...retries)), () => this.#look());
  }

  #compare(found: ReadonlyMap<string, string>): void {
    for (const [path, known] of this.#known)
      if (found.get(path) !== known.identity && !this.#working.has(path)) {
        known.registration?.[Symbol.dispose]();
        this.#known.delete(path);
      }
    for (const [path, identity] of found) {
      if (this.#working.has(path)) continue;
      const known = this.#known.get(path) ?? { identity, registration: undefined, failures: 0, retryAtMs: 0 };
      if (known.registration || known.retryAtMs > this.#options.clock.now()) continue;
      this.#known.set(path, known);
      const work = this.#register(path, known).finally(() => {
        this.#working.delete(path);
        this.#look();
      });
      this.#working.set(path, work);
    }
  }

  async #register(path: string, known: Known): Promise<void> {
    try {
      known.registration = await this.#ask(path);
    } catch (error) {
      if (this.#isClosed) return;
      known.retryAtMs = this.#options.clock.now() + Math.min(firstRetryMs * 2 ** known.failures++, maximumRetryMs);
      this.#options.log.warn('plugin not registered; trying again', { socket: path, error });
    }
  }

  async #ask(path: string): Promise<Disposable> {
    const { signal } = this.#closing;
    using grpc = await createGrpcClient(`unix://${path}`);
    const refuse = async (message: string): Promise<never> => {
      await notify(grpc, path, message, signal);
      throw new Error(message);
    };
    await untilAborted(grpc.connected(dialTimeoutMs), signal).catch((error: unknown) => {
      throw new Error(`RegisterPlugin error -- dial failed at socket ${path}, err: failed to dial socket ${path}, err: ${goStatusText(error)}`, {
        cause: error,
      });
    });
    const { type, name, endpoint, supportedVersions } = await informationOf(grpc, path, signal);
    const handler = Object.hasOwn(this.#options.handlers, type) ? this.#options.handlers[type] : undefined;
    if (!handler) return await refuse(`RegisterPlugin error -- no handler registered for plugin type: ${type} at socket ${path}`);
    try {
      handler.validate(name, supportedVersions, endpoint === '' ? path : endpoint);
    } catch (error) {
      return await refuse(`RegisterPlugin error -- plugin validation failed with err: ${(error as Error).message}`);
    }
    let registration: Disposable;
    try {
      registration = await handler.register(name, endpoint === '' ? path : endpoint, supportedVersions);
    } catch (error) {
      return await refuse(`RegisterPlugin error -- plugin registration failed with err: ${(error as Error).message}`);
    }
    // The plugin is in use; that it did not hear so does not change that.
    await notify(grpc, path, undefined, signal).catch((error: unknown) =>
      this.#options.log.warn('plugin not told that it is registered', { socket: path, error }),
    );
    return registration;
  }
}

async function informationOf(grpc: GrpcClient, path: string, signal: AbortSignal): Promise<PluginInfo> {
  try {
    return await grpc.unary(Registration.method.getInfo, {}, { deadlineMs: infoTimeoutMs, signal });
  } catch (error) {
    throw new Error(`RegisterPlugin error -- failed to get plugin info using RPC GetInfo at socket ${path}, err: ${goStatusText(error)}`, { cause: error });
  }
}

async function notify(grpc: GrpcClient, path: string, refusal: string | undefined, signal: AbortSignal): Promise<void> {
  try {
    await grpc.unary(
      Registration.method.notifyRegistrationStatus,
      { pluginRegistered: refusal === undefined, error: refusal ?? '' },
      { deadlineMs: notifyTimeoutMs, signal },
    );
  } catch (error) {
    throw new Error(`RegisterPlugin error -- failed to send registration status at socket ${path}, err: ${goStatusText(error)}`, { cause: error });
  }
}

/** Sockets whose name does not begin with a dot, and what tells each from a later one. Links are not followed: they may lead anywhere. */
async function socketsBelow(directory: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const folders = [directory];
  for (let index = 0; index < Math.min(folders.length, maximumFolders); index++) {
    for (const entry of await entriesOf(folders[index]!, index === 0)) {
      const path = join(folders[index]!, entry.name);
      if (entry.isDirectory()) folders.push(path);
      if (!entry.isSocket() || entry.name.startsWith('.') || found.size >= maximumSockets) continue;
      const status = await lstat(path).catch(() => undefined); // gone since
      if (status?.isSocket()) found.set(path, `${status.ino} ${status.ctimeMs}`);
    }
  }
  return found;
}

/** A folder below may be gone since it was listed. */
async function entriesOf(directory: string, isNeeded: boolean): Promise<readonly Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (isNeeded || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [];
  }
}
