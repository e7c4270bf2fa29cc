import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Registration as KubeletRegistration, type RegisterRequest } from '../../api/generated/device-plugin/device-plugin_pb.js';
import { Registration as PluginRegistration } from '../../api/generated/plugin-registration/plugin-registration_pb.js';
import { createGrpcClient } from '../runtime/grpc-client.ts';
import { serveGrpc, unaryMethod } from '../runtime/grpc-server.ts';
import { devicePluginFolder, devicePluginVersion, pluginsRegistryFolder, registrationSocket } from './contract.ts';

/** A plugin that made itself known. */
export interface FoundPlugin {
  readonly route: 'kubelet.sock' | 'plugins_registry';
  readonly resourceName: string;
  readonly version: string;
  /** Of its DevicePlugin service. */
  readonly socketPath: string;
  /** What it said of itself when it registered; unknown of one in plugins_registry. */
  readonly options?: { readonly preStartRequired: boolean; readonly getPreferredAllocationAvailable: boolean };
}

const lookEveryMs = 200;
const callTimeoutMs = 5_000;

/** Stands in for a node agent in a folder where a plugin looks for one, by both routes of registration. Nothing is done with what registers. */
export class AgentDouble implements AsyncDisposable {
  readonly #directory: string;
  readonly #isWanted: (resourceName: string) => boolean;
  #server: AsyncDisposable | undefined;
  #registered: RegisterRequest[] = [];

  /** `directory` holds `device-plugins` and `plugins_registry`; they are made when they are not there. */
  constructor(directory: string, isWanted: (resourceName: string) => boolean = () => true) {
    this.#directory = directory;
    this.#isWanted = isWanted;
  }

  /** As an agent that starts: removes the sockets of plugins that register on kubelet.sock, and serves it. */
  async start(): Promise<void> {
    const folder = join(this.#directory, devicePluginFolder);
    await mkdir(folder, { recursive: true, mode: 0o750 });
    await mkdir(join(this.#directory, pluginsRegistryFolder), { recursive: true, mode: 0o750 });
    for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isSocket()) await rm(join(folder, entry.name), { force: true });
    this.#registered = [];
    this.#server = await serveGrpc(join(folder, registrationSocket), [
      unaryMethod(KubeletRegistration.method.register, async (request) => {
        this.#registered.push(request);
        return {};
      }),
    ]);
  }

  /** As an agent that ends. */
  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
  }

  /** The wanted plugin that came last since the start, once its socket is there. Rejects when none comes in time. */
  async found(withinMs: number): Promise<FoundPlugin> {
    for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
      const found = this.#onKubeletSocket() ?? (await this.#inRegistry());
      if (found) return found;
      if (waitedMs >= withinMs) throw new Error(this.#complaint(withinMs));
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #complaint(withinMs: number): string {
    const last = this.#lastRegistered();
    if (last) return `${last.resourceName} has registered with the socket "${last.endpoint}", which is not in ${join(this.#directory, devicePluginFolder)}`;
    return `no plugin has registered in ${this.#directory} within ${withinMs / 1_000} s`;
  }

  #lastRegistered(): RegisterRequest | undefined {
    return this.#registered.findLast(({ resourceName }) => this.#isWanted(resourceName));
  }

  #onKubeletSocket(): FoundPlugin | undefined {
    const request = this.#lastRegistered();
    if (!request) return undefined;
    const { resourceName, version, endpoint, options } = request;
    // A plugin that listened before the start may register what the start removed, and make it anew.
    if (!existsSync(join(this.#directory, devicePluginFolder, endpoint))) return undefined;
    return {
      route: 'kubelet.sock',
      resourceName,
      version,
      socketPath: join(this.#directory, devicePluginFolder, endpoint),
      ...(options ? { options } : {}),
    };
  }

  async #inRegistry(): Promise<FoundPlugin | undefined> {
    const folder = join(this.#directory, pluginsRegistryFolder);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (!entry.isSocket()) continue;
      const path = join(folder, entry.name);
      const grpc = await createGrpcClient(`unix://${path}`);
      try {
        const { type, name, endpoint, supportedVersions } = await grpc.unary(PluginRegistration.method.getInfo, {}, { deadlineMs: callTimeoutMs });
        if (type !== 'DevicePlugin' || !this.#isWanted(name)) continue;
        await grpc.unary(PluginRegistration.method.notifyRegistrationStatus, { pluginRegistered: true, error: '' }, { deadlineMs: callTimeoutMs });
        const version = supportedVersions.includes(devicePluginVersion) ? devicePluginVersion : (supportedVersions[0] ?? '');
        return { route: 'plugins_registry', resourceName: name, version, socketPath: endpoint === '' ? path : endpoint };
      } catch {
      } finally {
        grpc[Symbol.dispose]();
      }
    }
    return undefined;
  }
}
