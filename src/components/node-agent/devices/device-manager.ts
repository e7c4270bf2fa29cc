import { join } from 'node:path';
import type { Container, Pod, ResourceList, ResourceStatus } from '../../../api/generated/core-v1.ts';
import type { PluginRoute } from '../../../extension-points/devices/connected-plugin.ts';
import {
  type DevicePlugin,
  devicePluginFolder,
  devicePluginVersion,
  pluginsRegistryFolder,
  registrationSocket,
} from '../../../extension-points/devices/contract.ts';
import type { DeviceAllocationRecord } from '../../../extension-points/devices/decision.ts';
import { connectDevicePlugin } from '../../../extension-points/devices/device-plugin.ts';
import { isDeviceResourceName } from '../../../extension-points/devices/resource-name.ts';
import { DevicePlugins } from '../../../extension-points/devices/run.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import type { ExtensionPoint } from '../../../kernel/extension-point.ts';
import type { Log } from '../../../kernel/log.ts';
import { untilAborted } from '../../../kernel/until-aborted.ts';
import { podUid } from '../directories.ts';
import type { DynamicResources } from '../dynamic-resources/contract.ts';
import { quantityValue } from '../quantities.ts';
import type { ResourceHints, TopologyHint } from '../topology/contract.ts';
import { Allocations } from './allocations.ts';
import { withCdiEdits } from './cdi/container-edits.ts';
import type { CheckpointContent } from './checkpoint.ts';
import { CheckpointFile } from './checkpoint-file.ts';
import { containerDevices } from './container-devices.ts';
import type { ContainerDevices, DeviceHost, DeviceManager } from './contract.ts';
import { DeviceAllocator } from './device-allocator.ts';
import { containerDeviceHints, type DeviceHintParts, podDeviceHints } from './device-hints.ts';
import { type DeviceResourceReport, reportDevices } from './device-report.ts';
import { type PluginHandler, PluginWatcher } from './plugin-watcher.ts';
import { servePodResources } from './pod-resources-server.ts';
import { serveRegistration } from './registration-server.ts';

export interface DeviceManagerOptions {
  /** What holds `device-plugins`, `plugins_registry` and `pod-resources`: `/var/lib/kubelet` of a stock node. */
  readonly directory: string;
  /** The roster of device plugins: those in this process are in it, those behind sockets are added as they come. */
  readonly point: ExtensionPoint<DevicePlugin>;
  /** Where specifications of CDI devices are. Default: the standard's two folders. */
  readonly cdiDirectories?: readonly string[];
  /** Who else takes plugins that are found in `plugins_registry`, by the type that plugins say they are. */
  readonly pluginHandlers?: Readonly<Record<string, PluginHandler>>;
  /** The claims that a container uses, for monitoring. Default: none. */
  readonly claimsOf?: DynamicResources['claimsOf'];
  readonly clock: Clock;
  readonly log: Log;
}

/** What the kernel takes as the path of a unix socket. */
const maximumSocketPathBytes = 107;
const checkpointName = 'kubelet_internal_checkpoint';
/** Devices may change much faster than the node's status is worth writing. */
const tellEveryMs = 100;

/** Upstream's device manager: finds device plugins, hands their devices to containers, and remembers who holds what over restarts. */
export function createDeviceManager(options: DeviceManagerOptions): DeviceManager {
  return new NodeDevices(options);
}

class NodeDevices implements DeviceManager {
  readonly #options: DeviceManagerOptions;
  readonly #allocations = new Allocations();
  readonly #plugins: DevicePlugins;
  readonly #checkpoint: CheckpointFile;
  readonly #allocator: DeviceAllocator;
  readonly #stack = new DisposalStack();
  readonly #closing = new AbortController();
  readonly #listeners = new Set<() => void>();
  #host: DeviceHost | undefined;
  #isNew = true;
  #telling: Disposable | undefined;
  #toldAtMs = 0;
  #registered = '';

  constructor(options: DeviceManagerOptions) {
    const { point, clock, log } = options;
    this.#options = options;
    this.#plugins = new DevicePlugins({ point, clock, log, onChange: (name, ids) => this.#onDevices(name, ids) });
    this.#checkpoint = new CheckpointFile(
      join(options.directory, devicePluginFolder, checkpointName),
      () => ({ allocations: this.#allocations.all(), registeredResources: this.#plugins.resourceNames() }),
      log,
    );
    this.#allocator = new DeviceAllocator({ allocations: this.#allocations, plugins: this.#plugins, save: () => this.#checkpoint.save() });
  }

  get directory(): string {
    return this.#options.directory;
  }

  get isNew(): boolean {
    return this.#isNew;
  }

  async start(host: DeviceHost): Promise<void> {
    const { directory, log } = this.#options;
    this.#host = host;
    await this.#recall();
    this.#stack.defer(() => this.#checkpoint.settled());
    this.#stack.use(this.#plugins);
    // Those in this process are there before any pod is admitted.
    this.#plugins.refresh();
    const longest = join(directory, devicePluginFolder, registrationSocket);
    if (Buffer.byteLength(longest) > maximumSocketPathBytes)
      return log.error('device plugins of other processes cannot connect: the path of the socket is too long; start with a shorter --plugin-dir', {
        socket: longest,
      });
    await this.#open(host);
  }

  /** What other processes connect to. */
  async #open(host: DeviceHost): Promise<void> {
    const { directory, claimsOf, clock, log } = this.#options;
    this.#stack.use(
      await serveRegistration({
        directory: join(directory, devicePluginFolder),
        connect: async (resourceName, socketPath) => void (await this.#connect(resourceName, socketPath, 'kubelet.sock')),
      }),
    );
    const handlers: Record<string, PluginHandler> = {
      ...this.#options.pluginHandlers,
      DevicePlugin: {
        validate,
        register: (name: string, endpoint: string) => this.#connect(name, endpoint, 'plugins_registry'),
      },
    };
    const watcher = this.#stack.use(new PluginWatcher({ directory: join(directory, pluginsRegistryFolder), handlers, clock, log }));
    await watcher.start();
    this.#stack.use(
      await servePodResources({ directory: join(directory, 'pod-resources'), host, allocations: this.#allocations, plugins: this.#plugins, claimsOf, clock }),
    );
  }

  async #connect(resourceName: string, socketPath: string, route: PluginRoute): Promise<Disposable> {
    return this.#plugins.connect(await connectDevicePlugin(resourceName, socketPath, this.#closing.signal), socketPath, route);
  }

  refresh(): void {
    if (this.#host) this.#plugins.refresh();
  }

  allocate(pod: Pod, signal: AbortSignal): Promise<void> {
    return untilAborted(this.#allocator.allocatePod(pod, signal), signal);
  }

  allocateContainer(pod: Pod, container: Container, { affinity }: TopologyHint, signal: AbortSignal): Promise<void> {
    return untilAborted(this.#allocator.allocateContainer(pod, container, affinity, signal), signal);
  }

  containerHints(pod: Pod, container: Container): ResourceHints {
    return containerDeviceHints(pod, container, this.#hintParts);
  }

  podHints(pod: Pod): ResourceHints {
    return podDeviceHints(pod, this.#hintParts);
  }

  async forContainer(pod: Pod, container: Container, signal = new AbortController().signal): Promise<ContainerDevices> {
    await untilAborted(this.#allocator.prepareStart(pod, container, signal), signal);
    const devices = containerDevices(this.#allocations.ofContainer(podUid(pod), container.name), this.#options.log);
    return this.#host?.appliesCdi()
      ? devices
      : withCdiEdits(devices, { directories: this.#options.cdiDirectories, nodeDirectory: join(this.#options.directory, 'cdi-nodes') });
  }

  release(uid: string): void {
    if (this.#allocations.release(uid)) this.#checkpoint.saveSoon();
  }

  retain(uids: ReadonlySet<string>): void {
    for (const uid of this.#allocations.podUids()) if (!uids.has(uid)) this.release(uid);
  }

  resources(): { capacity: ResourceList; allocatable: ResourceList } {
    const capacity: ResourceList = {};
    const allocatable: ResourceList = {};
    // As upstream, 0 of a resource that was here rather than nothing: schedulers that remember it are told.
    for (const name of this.#plugins.forgottenNames()) capacity[name] = allocatable[name] = '0';
    for (const name of this.#plugins.resourceNames()) {
      const resource = this.#plugins.resource(name)!;
      capacity[name] = String(resource.capacity);
      allocatable[name] = String(resource.healthy.size);
    }
    return { capacity, allocatable };
  }

  allocatableFor(pod: Pod, allocatable: ResourceList): ResourceList {
    if (!this.#allocations.hasPod(podUid(pod))) return allocatable;
    const raised = { ...allocatable };
    for (const name of this.#allocations.resourceNames()) {
      const inUse = this.#allocations.countInUse(name);
      if (quantityValue(raised[name]) < inUse) raised[name] = String(inUse);
    }
    return raised;
  }

  healthOf(uid: string, containerName: string): ResourceStatus[] | undefined {
    const held = this.#allocations.ofContainer(uid, containerName);
    if (held.length === 0) return undefined;
    return held.map(({ resourceName, devices }) => ({
      name: resourceName,
      // Of a device that is not listed any more nothing bad is known.
      resources: devices.map(({ id }) => ({ resourceID: id, health: this.#plugins.resource(resourceName)?.devices.get(id)?.health ?? 'Healthy' })),
    }));
  }

  takeNotes(pod: Pod): readonly DeviceAllocationRecord[] {
    return this.#allocator.takeNotes(pod);
  }

  report(pods: readonly Pod[]): readonly DeviceResourceReport[] {
    return reportDevices(this.#plugins, this.#allocations, pods);
  }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('node agent stopped'));
    this.#telling?.[Symbol.dispose]();
    await this.#stack[Symbol.asyncDispose]();
  }

  get #hintParts(): DeviceHintParts {
    return { allocations: this.#allocations, plugins: this.#plugins, numaNodes: this.#host?.numaNodes ?? [0] };
  }

  /** What was known before a restart. */
  async #recall(): Promise<void> {
    const content = await this.#checkpoint.read();
    this.#recallContent(content);
    this.#allocations.onChange = (change) => this.#checkpoint.note(change);
  }

  #recallContent(content: CheckpointContent | undefined): void {
    if (!content) return;
    this.#isNew = false;
    for (const allocation of content.allocations) this.#allocations.record(allocation);
    for (const name of content.registeredResources) this.#plugins.remember(name);
    this.#registered = this.#registeredText();
  }

  #registeredText(): string {
    return this.#plugins.resourceNames().join();
  }

  #onDevices(resourceName: string, changedIds: readonly string[]): void {
    const registered = this.#registeredText();
    if (registered !== this.#registered) {
      this.#registered = registered;
      this.#checkpoint.saveSoon();
    }
    const holders = new Set(changedIds.map((id) => this.#allocations.ownerOf(resourceName, id)));
    for (const uid of holders) if (uid !== undefined) this.#host?.wake(uid);
    this.#tell();
  }

  /** At once when nothing was told lately, else a little later. */
  #tell(): void {
    if (this.#telling) return;
    const { clock } = this.#options;
    const waitMs = Math.max(0, this.#toldAtMs + tellEveryMs - clock.now());
    const tell = (): void => {
      this.#telling = undefined;
      this.#toldAtMs = clock.now();
      for (const listener of this.#listeners) listener();
    };
    if (waitMs === 0) tell();
    else this.#telling = clock.after(waitMs, tell);
  }
}

/** Upstream's checks of a plugin that was found in plugins_registry. */
function validate(name: string, versions: readonly string[]): void {
  if (!versions.includes(devicePluginVersion))
    throw new Error(`manager version, ${devicePluginVersion}, is not among plugin supported versions [${versions.join(' ')}]`);
  if (!isDeviceResourceName(name)) throw new Error(`invalid name of device plugin socket: the ResourceName ${JSON.stringify(name)} is invalid`);
}
