import type { Clock } from '../../kernel/clock.ts';
import { type Extension, ExtensionError, type ExtensionPoint } from '../../kernel/extension-point.ts';
import { errorText, type Log } from '../../kernel/log.ts';
import type { ConnectedPlugin, PluginAbsence, PluginRoute } from './connected-plugin.ts';
import { type ContainerAllocation, type Device, type DevicePlugin, nothingAllocated, type PreferredAllocationRequest } from './contract.ts';
import { ResourceDevices } from './resource-devices.ts';
import { isDeviceResourceName } from './resource-name.ts';

/** How long the devices of a plugin that is gone stay in the node's capacity (upstream's `endpointStopGracePeriod`). */
export const stopGraceMs = 300_000;

export interface DevicePluginsOptions {
  readonly point: ExtensionPoint<DevicePlugin>;
  readonly clock: Clock;
  readonly log: Log;
  /** What there is of a resource has changed. `changedIds`: devices whose health is another than before. */
  readonly onChange: (resourceName: string, changedIds: readonly string[]) => void;
}

/** A node has far fewer; its status must stay writable whatever registers. */
const maximumResources = 1_000;

/** A plugin that is connected. Disposing ends it. */
interface Endpoint {
  readonly route: PluginRoute;
  readonly connectedAtMs: number;
  readonly resource: Resource;
  readonly extension: Extension<DevicePlugin>;
  /** Absent for a plugin that others have put on the roster. */
  readonly roster: Disposable | undefined;
  readonly cancellation: AbortController;
  /** What it said last; undefined until it said anything. */
  devices: readonly Device[] | undefined;
}

interface Resource {
  readonly state: ResourceDevices;
  /** The last that came is asked first; the others step in when it leaves (a plugin that is being replaced by a newer one). */
  endpoints: Endpoint[];
  /** The last plugin, once it has gone. */
  lastPlugin: DevicePlugin | undefined;
  grace: Disposable | undefined;
  absence: PluginAbsence | undefined;
}

/** The device plugins of a node, looked up by resource name. Devices live as long as some plugin vouches for them, and five minutes more as unhealthy ones. */
export class DevicePlugins implements AsyncDisposable {
  readonly #options: DevicePluginsOptions;
  readonly #resources = new Map<string, Resource>();
  /** Resources that were here: the node goes on showing 0 of them. */
  readonly #forgotten = new Map<string, PluginAbsence>();
  readonly #follows = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: DevicePluginsOptions) {
    this.#options = options;
  }

  /** Names of all resources, those of vanished plugins included until the grace is over. */
  resourceNames(): readonly string[] {
    return [...this.#resources.keys()];
  }
  forgottenNames(): readonly string[] {
    return [...this.#forgotten.keys()];
  }
  resource(name: string): ResourceDevices | undefined {
    return this.#resources.get(name)?.state;
  }
  /** Where the plugins of a resource are, the one that is asked first. */
  originsOf(name: string): readonly string[] {
    return (this.#resources.get(name)?.endpoints ?? []).map(({ extension }) => extension.origin).reverse();
  }

  /** The plugins of a resource, the one that is asked first. */
  pluginsOf(name: string): readonly ConnectedPlugin[] {
    const connected = ({ extension, route, connectedAtMs, devices }: Endpoint): ConnectedPlugin => ({
      name: extension.name,
      origin: extension.origin,
      route,
      connectedAtMs,
      hasListed: devices !== undefined,
    });
    return (this.#resources.get(name)?.endpoints ?? []).map(connected).reverse();
  }
  /** Why a resource has no plugin; undefined for one that has, and for one that never had. */
  absenceOf(name: string): PluginAbsence | undefined {
    return this.#resources.get(name)?.absence ?? this.#forgotten.get(name);
  }

  /** A resource of before a restart: none of its devices is there until its plugin comes again, and it is forgotten when it does not. */
  remember(resourceName: string): void {
    const resource = this.#resourceOf(resourceName);
    if (resource.endpoints.length === 0) this.#startGrace(resource, { state: 'Awaited' });
  }

  /** Asks a plugin that came from outside from now on. One of the same origin is replaced, another of the same resource stays behind it. Disposing disconnects it. Throws when all have been let go, and when there are too many. */
  connect(plugin: DevicePlugin, origin: string, route: PluginRoute = 'kubelet.sock'): Disposable {
    const { point } = this.#options;
    const refusal = this.#refusalOf(plugin);
    if (refusal !== undefined) {
      (plugin as Partial<Disposable>)[Symbol.dispose]?.();
      throw new Error(refusal);
    }
    const name = `${plugin.resourceName} at ${origin}`;
    const previous = this.#resources.get(plugin.resourceName)?.endpoints.find(({ extension }) => extension.name === name);
    // Its devices stay until the new one has spoken: a restart must not show.
    if (previous) this.#cut(previous);
    const roster = point.add({ name, origin, implementation: plugin });
    const endpoint = this.#attach(point.get(name)!, { roster, previous, route });
    return { [Symbol.dispose]: () => this.#disconnect(endpoint) };
  }

  /** Asks the plugins that others have put on the roster, and no longer those that were taken from it. */
  refresh(): void {
    const { point, log } = this.#options;
    for (const resource of [...this.#resources.values()])
      for (const endpoint of resource.endpoints) if (point.get(endpoint.extension.name) !== endpoint.extension) this.#disconnect(endpoint);
    const attached = new Set([...this.#resources.values()].flatMap(({ endpoints }) => endpoints.map(({ extension }) => extension)));
    for (const extension of [...point]) {
      if (attached.has(extension)) continue;
      const { resourceName } = extension.implementation;
      // A module that was loaded may have forgotten it.
      if (typeof resourceName === 'string' && isDeviceResourceName(resourceName))
        this.#attach(extension, { roster: undefined, previous: undefined, route: 'in process' });
      else log.error('a device plugin is left out: its resource name is invalid', { plugin: extension.name, resource: resourceName });
    }
  }

  /** Throws the plugin's own error. */
  async allocate(resourceName: string, deviceIds: readonly string[]): Promise<ContainerAllocation> {
    // A module that was loaded may leave out what it has nothing of.
    return { ...nothingAllocated, ...(await this.#ask(this.#primary(resourceName), 'allocate', deviceIds)) };
  }

  /** Undefined when the plugin has no wishes. */
  async preferredAllocation(resourceName: string, request: PreferredAllocationRequest): Promise<readonly string[] | undefined> {
    const extension = this.#primary(resourceName);
    if (!extension.implementation.preferredAllocation) return undefined;
    try {
      return await this.#ask(extension, 'preferredAllocation', request);
    } catch (cause) {
      throw new Error(`device plugin GetPreferredAllocation rpc failed with err: ${(cause as Error).message}`, { cause });
    }
  }

  /** Whether the plugin wants to be told before containers start; a plugin that is gone still does, and then they cannot. */
  wantsPreStart(resourceName: string): boolean {
    const resource = this.#resources.get(resourceName);
    return (resource?.endpoints.at(-1)?.extension.implementation ?? resource?.lastPlugin)?.preStartContainer !== undefined;
  }

  async preStartContainer(resourceName: string, deviceIds: readonly string[]): Promise<void> {
    try {
      await this.#ask(this.#primary(resourceName), 'preStartContainer', deviceIds);
    } catch (cause) {
      throw new Error(`device plugin PreStartContainer rpc failed with err: ${(cause as Error).message}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const resource of this.#resources.values()) {
      resource.grace?.[Symbol.dispose]();
      for (const endpoint of resource.endpoints.splice(0)) this.#cut(endpoint);
    }
    await Promise.all(this.#follows);
  }

  #refusalOf({ resourceName }: DevicePlugin): string | undefined {
    if (this.#isClosed) return 'the device plugins of this node are not used any more';
    const isFull = !this.#resources.has(resourceName) && this.#resources.size >= maximumResources;
    return isFull ? `a node has at most ${maximumResources} resources of device plugins` : undefined;
  }

  #resourceOf(name: string): Resource {
    let resource = this.#resources.get(name);
    if (!resource) {
      resource = { state: new ResourceDevices(name), endpoints: [], lastPlugin: undefined, grace: undefined, absence: undefined };
      this.#resources.set(name, resource);
      this.#forgotten.delete(name);
    }
    return resource;
  }

  #primary(resourceName: string): Extension<DevicePlugin> {
    const resource = this.#resources.get(resourceName);
    if (!resource) throw new Error(`unknown Device Plugin ${resourceName}`);
    const extension = resource.endpoints.at(-1)?.extension;
    if (!extension) throw new Error(`endpoint ${resourceName} has been stopped`);
    return extension;
  }

  #attach(
    extension: Extension<DevicePlugin>,
    { roster, previous, route }: { readonly roster: Disposable | undefined; readonly previous: Endpoint | undefined; readonly route: PluginRoute },
  ): Endpoint {
    const { resourceName } = extension.implementation;
    const resource = this.#resourceOf(resourceName);
    const cancellation = new AbortController();
    const endpoint: Endpoint = { resource, extension, roster, route, connectedAtMs: this.#options.clock.now(), cancellation, devices: undefined };
    resource.endpoints = [...resource.endpoints.filter((other) => other !== previous), endpoint];
    resource.grace?.[Symbol.dispose]();
    resource.grace = undefined;
    resource.absence = undefined;
    resource.lastPlugin = undefined;
    this.#options.log.info('device plugin connected', { resource: resourceName, origin: extension.origin });
    this.#options.onChange(resourceName, []);
    const follow = this.#follow(endpoint).finally(() => this.#follows.delete(follow));
    this.#follows.add(follow);
    return endpoint;
  }

  async #ask<K extends 'allocate' | 'preferredAllocation' | 'preStartContainer'>(
    extension: Extension<DevicePlugin>,
    method: K,
    argument: Parameters<NonNullable<DevicePlugin[K]>>[0],
  ): Promise<Awaited<ReturnType<NonNullable<DevicePlugin[K]>>>> {
    try {
      const call = this.#options.point.call as (...all: unknown[]) => Promise<Awaited<ReturnType<NonNullable<DevicePlugin[K]>>>>;
      return await call.call(this.#options.point, extension, method, argument);
    } catch (error) {
      // What the plugin said reaches people word for word.
      throw error instanceof ExtensionError ? error.cause : error;
    }
  }

  async #follow(endpoint: Endpoint): Promise<void> {
    const { signal } = endpoint.cancellation;
    let fault: unknown;
    try {
      for await (const devices of endpoint.extension.implementation.devices(signal)) {
        if (signal.aborted) return;
        endpoint.devices = devices.some(({ numaNodes }) => !numaNodes) ? devices.map((device) => ({ ...device, numaNodes: device.numaNodes ?? [] })) : devices;
        this.#show(endpoint.resource);
      }
    } catch (error) {
      fault = error;
    }
    if (signal.aborted) return;
    this.#options.log.info('device plugin has gone', {
      resource: endpoint.resource.state.resourceName,
      origin: endpoint.extension.origin,
      error: fault ?? 'its list has ended',
    });
    this.#disconnect(endpoint, fault === undefined ? 'its list has ended' : errorText(fault));
  }

  /** The devices are those that the newest plugin lists which has listed any. */
  #show(resource: Resource): void {
    const devices = resource.endpoints.findLast((endpoint) => endpoint.devices !== undefined)?.devices;
    if (devices) this.#options.onChange(resource.state.resourceName, resource.state.replace(devices));
  }

  #disconnect(endpoint: Endpoint, error?: string): void {
    const { resource } = endpoint;
    if (!resource.endpoints.includes(endpoint)) return;
    resource.endpoints = resource.endpoints.filter((other) => other !== endpoint);
    this.#cut(endpoint);
    if (this.#isClosed) return;
    if (resource.endpoints.length > 0) return this.#show(resource);
    resource.lastPlugin = endpoint.extension.implementation;
    resource.state.markUnhealthy();
    this.#startGrace(resource, { state: 'Gone', ...(error === undefined ? {} : { error }) });
    this.#options.onChange(resource.state.resourceName, []);
  }

  #cut(endpoint: Endpoint): void {
    endpoint.cancellation.abort(new Error('the device plugin is not used any more'));
    if (!endpoint.roster) return; // others made it, and may go on using it
    endpoint.roster[Symbol.dispose]();
    (endpoint.extension.implementation as Partial<Disposable>)[Symbol.dispose]?.();
  }

  #startGrace(resource: Resource, why: Pick<PluginAbsence, 'state' | 'error'>): void {
    const { resourceName } = resource.state;
    const sinceMs = this.#options.clock.now();
    const absence: PluginAbsence = { ...why, sinceMs, graceEndsAtMs: sinceMs + stopGraceMs };
    resource.absence = absence;
    resource.grace?.[Symbol.dispose]();
    resource.grace = this.#options.clock.after(stopGraceMs, () => {
      this.#resources.delete(resourceName);
      this.#forgotten.set(resourceName, { ...absence, state: 'GivenUp' });
      if (this.#forgotten.size > maximumResources) this.#forgotten.delete(this.#forgotten.keys().next().value!);
      this.#options.log.info('devices of a vanished plugin are given up', { resource: resourceName });
      this.#options.onChange(resourceName, []);
    });
  }
}
