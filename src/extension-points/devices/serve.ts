import { watch } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DevicePlugin as DevicePluginService, Registration as KubeletRegistration } from '../../api/generated/device-plugin/device-plugin_pb.js';
import { Registration as PluginRegistration } from '../../api/generated/plugin-registration/plugin-registration_pb.js';
import type { Clock } from '../../kernel/clock.ts';
import { systemClock } from '../../kernel/clock.ts';
import { type Log, silentLog } from '../../kernel/log.ts';
import { createGrpcClient } from '../runtime/grpc-client.ts';
import { type ServedMethod, serveGrpc, streamMethod, unaryMethod } from '../runtime/grpc-server.ts';
import { type DevicePlugin, devicePluginFolder, devicePluginVersion, pluginsRegistryFolder, registrationSocket } from './contract.ts';
import { allocationToWire, devicesToWire } from './wire.ts';

export interface ServeDevicePluginOptions {
  /** What holds `device-plugins` and `plugins_registry`. Default: the stock `/var/lib/kubelet`. */
  readonly kubeletDirectory?: string;
  /** Name of the plugin's socket. Default: made of the resource name. */
  readonly socketName?: string;
  /** `kubelet`: the plugin calls the agent on kubelet.sock. `registry`: the agent finds the socket in plugins_registry. */
  readonly route?: 'kubelet' | 'registry';
  readonly clock?: Clock;
  readonly log?: Log;
}

/** A plugin that is served. Disposing ends it and removes its socket. */
export interface ServedDevicePlugin extends AsyncDisposable {
  readonly socketPath: string;
  /** Resolves when the agent has first taken the plugin. */
  readonly registered: Promise<void>;
}

/**
 * Turns a plugin into an outside program: serves it on a socket and registers it with the node agent of this machine, wherry's or a kubelet. An agent that is
 * restarted removes all sockets; the plugin then listens and registers anew, as it does when the agent is not there yet.
 */
export async function serveDevicePlugin(plugin: DevicePlugin, options: ServeDevicePluginOptions = {}): Promise<ServedDevicePlugin> {
  const served = new Served(plugin, options);
  await served.start();
  return served;
}

const retryMs = 1_000;

class Served implements ServedDevicePlugin {
  readonly socketPath: string;
  readonly registered: Promise<void>;
  readonly #registered = Promise.withResolvers<void>();
  readonly #plugin: DevicePlugin;
  readonly #directory: string;
  readonly #route: 'kubelet' | 'registry';
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #abort = new AbortController();
  #server: AsyncDisposable | undefined;
  #working: Promise<void> = Promise.resolve();
  #watcher: { close(): void } | undefined;
  /** Which kubelet.sock the plugin is registered on. */
  #registeredOn: string | undefined;

  constructor(plugin: DevicePlugin, options: ServeDevicePluginOptions) {
    const { kubeletDirectory = '/var/lib/kubelet', route = 'kubelet', clock = systemClock, log = silentLog } = options;
    this.#plugin = plugin;
    this.#route = route;
    this.#clock = clock;
    this.#log = log;
    this.#directory = join(kubeletDirectory, route === 'kubelet' ? devicePluginFolder : pluginsRegistryFolder);
    this.socketPath = join(this.#directory, options.socketName ?? `${plugin.resourceName.replace(/[^A-Za-z0-9.-]/g, '-')}.sock`);
    this.registered = this.#registered.promise;
    this.registered.catch(() => {}); // whoever does not ask need not hear
  }

  async start(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await this.#listen();
    // An agent that starts shows by its own socket; that the plugin's was removed shows too.
    this.#watcher = watch(this.#directory, { persistent: false }, (_event, name) => {
      if (name === registrationSocket || name === basename(this.socketPath)) this.#look();
    });
    this.#look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error('the device plugin is stopped'));
    this.#watcher?.close();
    await this.#working;
    this.#registered.reject(new Error('the device plugin was stopped before an agent took it'));
    await this.#server?.[Symbol.asyncDispose]();
    await rm(this.socketPath, { force: true });
  }

  async #listen(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
    this.#server = await serveGrpc(this.socketPath, [...pluginMethods(this.#plugin), ...(this.#route === 'registry' ? this.#registrationMethods() : [])]);
  }

  /** One look after the other. */
  #look(): void {
    this.#working = this.#working.then(() => this.#repair()).catch((error: unknown) => this.#log.warn('device plugin not registered; trying again', { error }));
  }

  async #repair(): Promise<void> {
    if (this.#abort.signal.aborted) return;
    try {
      if ((await identityOf(this.socketPath)) === undefined) {
        this.#registeredOn = undefined;
        await this.#listen();
      }
      if (this.#route === 'kubelet') await this.#register();
    } catch (error) {
      this.#clock.after(retryMs, () => this.#look());
      throw error;
    }
  }

  async #register(): Promise<void> {
    const kubelet = join(this.#directory, registrationSocket);
    const identity = await identityOf(kubelet);
    // No agent yet: its socket will be noticed.
    if (identity === undefined || identity === this.#registeredOn) return;
    const grpc = await createGrpcClient(`unix://${kubelet}`);
    try {
      const { preferredAllocation, preStartContainer } = this.#plugin;
      await grpc.unary(
        KubeletRegistration.method.register,
        {
          version: devicePluginVersion,
          endpoint: basename(this.socketPath),
          resourceName: this.#plugin.resourceName,
          options: { preStartRequired: preStartContainer !== undefined, getPreferredAllocationAvailable: preferredAllocation !== undefined },
        },
        { deadlineMs: 15_000, signal: this.#abort.signal },
      );
      this.#registeredOn = identity;
      this.#registered.resolve();
    } finally {
      grpc[Symbol.dispose]();
    }
  }

  #registrationMethods(): readonly ServedMethod[] {
    const { method } = PluginRegistration;
    return [
      unaryMethod(method.getInfo, async () => ({
        type: 'DevicePlugin',
        name: this.#plugin.resourceName,
        endpoint: '',
        supportedVersions: [devicePluginVersion],
      })),
      unaryMethod(method.notifyRegistrationStatus, async ({ pluginRegistered, error }) => {
        if (pluginRegistered) this.#registered.resolve();
        else this.#log.warn('the node agent refuses the device plugin', { error });
        return {};
      }),
    ];
  }
}

/** Tells a file from another of the same name. */
async function identityOf(path: string): Promise<string | undefined> {
  return stat(path).then(
    ({ ino, ctimeMs }) => `${ino} ${ctimeMs}`,
    () => undefined,
  );
}

function pluginMethods(plugin: DevicePlugin): readonly ServedMethod[] {
  const { method } = DevicePluginService;
  return [
    unaryMethod(method.getDevicePluginOptions, async () => ({
      preStartRequired: plugin.preStartContainer !== undefined,
      getPreferredAllocationAvailable: plugin.preferredAllocation !== undefined,
    })),
    streamMethod(method.listAndWatch, async function* (_request, signal) {
      for await (const devices of plugin.devices(signal)) yield devicesToWire(devices);
    }),
    unaryMethod(method.getPreferredAllocation, async ({ containerRequests }) => ({
      containerResponses: await Promise.all(
        containerRequests.map(async ({ availableDeviceIDs, mustIncludeDeviceIDs, allocationSize }) => ({
          deviceIDs: [
            ...((await plugin.preferredAllocation?.({ availableIds: availableDeviceIDs, mustIncludeIds: mustIncludeDeviceIDs, size: allocationSize })) ?? []),
          ],
        })),
      ),
    })),
    unaryMethod(method.allocate, async ({ containerRequests }) => ({
      containerResponses: await Promise.all(containerRequests.map(async ({ devicesIds }) => allocationToWire(await plugin.allocate(devicesIds)))),
    })),
    unaryMethod(method.preStartContainer, async ({ devicesIds }) => {
      await plugin.preStartContainer?.(devicesIds);
      return {};
    }),
  ];
}
