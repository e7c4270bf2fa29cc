import { join } from 'node:path';
import type { Container, Pod, ResourceStatus } from '../../../api/generated/core-v1.ts';
import type { Client } from '../../../client/client.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import type { Log } from '../../../kernel/log.ts';
import type { ContainerDevices } from '../devices/contract.ts';
import { podUid } from '../directories.ts';
import { appliedCdi, cdiDevicesOf, claimsInUse } from './claim-devices.ts';
import { ClaimLocks } from './claim-locks.ts';
import { ClaimRecords } from './claim-record.ts';
import type { ClaimInUse, DriverReport, DynamicResources, DynamicResourcesHost } from './contract.ts';
import type { DeviceName } from './device-health.ts';
import { hasClaims, podClaims } from './pod-claims.ts';
import { type ClaimWork, prepareClaims } from './prepare-claims.ts';
import { RegisteredDrivers } from './registered-drivers.ts';
import { resourceHealth } from './resource-health.ts';
import { StaleSlices } from './stale-slices.ts';
import { StateFile, stateFileName } from './state-file.ts';
import { unprepareClaims } from './unprepare-claims.ts';

export interface DynamicResourcesOptions {
  readonly client: Pick<Client, 'get' | 'deleteCollection'>;
  readonly nodeName: string;
  /** The agent's own folder. */
  readonly directory: string;
  /** Where specifications of CDI devices are. Default: the standard's two folders, and `cdi` in the agent's own. */
  readonly cdiDirectories?: readonly string[];
  /** How long a driver may take for a call. Default: upstream's 45 s. */
  readonly callTimeoutMs?: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Folder in the agent's own for specifications of CDI devices that the agent applies itself, whatever the runtime can do. */
export const ownCdiFolder = 'cdi';
/** How often it is looked for claims of pods that are gone (upstream's reconcile period). */
const reconcileEveryMs = 60_000;

/** Upstream's DRA manager: finds drivers, has the devices of claims made ready for pods and undone after them, and remembers over restarts what is prepared. */
export function createDynamicResources(options: DynamicResourcesOptions): DynamicResources {
  return new NodeDynamicResources(options);
}

class NodeDynamicResources implements DynamicResources {
  readonly pluginHandler: RegisteredDrivers;
  readonly #options: DynamicResourcesOptions;
  readonly #records = new ClaimRecords();
  readonly #file: StateFile;
  readonly #slices: StaleSlices;
  readonly #work: ClaimWork;
  readonly #stack = new DisposalStack();
  readonly #closing = new AbortController();
  #host: DynamicResourcesHost | undefined;
  /** Pods whose claims could not be made ready the last time. */
  readonly #failed = new Set<string>();
  #areSourcesReady = false;
  #timer: Disposable | undefined;
  #reconciling: Promise<void> | undefined;
  #isDue = false;

  constructor(options: DynamicResourcesOptions) {
    const { client, nodeName, directory, clock, log, callTimeoutMs } = options;
    this.#options = options;
    this.#file = new StateFile(join(directory, stateFileName), () => this.#records.all(), log);
    this.#slices = new StaleSlices({ client, nodeName, clock, log });
    this.pluginHandler = new RegisteredDrivers({
      clock,
      log,
      ...(callTimeoutMs === undefined ? {} : { callTimeoutMs }),
      onUsable: (driver, isUsable) => this.#onUsable(driver, isUsable),
      onHealth: (driver, devices) => this.#onHealth(driver, devices),
    });
    this.#work = { client, records: this.#records, locks: new ClaimLocks(), drivers: this.pluginHandler, save: () => this.#file.save() };
  }

  async start(host: DynamicResourcesHost): Promise<void> {
    this.#host = host;
    for (const record of await this.#file.read()) this.#records.add(record);
    this.#stack.defer(() => this.#file.settled());
    this.#stack.use(this.#slices);
    this.#stack.use(this.pluginHandler);
    this.#slices.wipeAll();
  }

  sourcesReady(): void {
    this.#areSourcesReady = true;
    this.#reconcile();
  }

  lacksClaims(pod: Pod): boolean {
    if (!hasClaims(pod)) return false;
    const { namespace = '', uid = '' } = pod.metadata;
    try {
      return podClaims(pod).some(({ claimName }) => !this.#records.get(namespace, claimName)?.podUids.has(uid));
    } catch {
      return true; // what is wrong is told when they are prepared
    }
  }

  async prepare(pod: Pod, signal: AbortSignal): Promise<void> {
    if (!hasClaims(pod)) return;
    const startedMs = this.#options.clock.now();
    const wasLacking = this.lacksClaims(pod);
    try {
      await prepareClaims(pod, this.#work, AbortSignal.any([signal, this.#closing.signal]));
    } catch (cause) {
      signal.throwIfAborted();
      const error = new Error(`prepare dynamic resources: ${(cause as Error).message}`, { cause });
      this.#failed.add(podUid(pod));
      this.#host?.prepared?.(pod, { startedMs, error });
      throw error;
    }
    if (this.#failed.delete(podUid(pod)) || wasLacking) this.#host?.prepared?.(pod, { startedMs });
  }

  async forContainer(pod: Pod, container: Container): Promise<ContainerDevices> {
    const { directory, cdiDirectories } = this.#options;
    return appliedCdi(cdiDevicesOf(pod, container, this.#records), {
      ownDirectory: join(directory, ownCdiFolder),
      directories: cdiDirectories,
      nodeDirectory: join(directory, 'cdi-nodes'),
      doesRuntime: this.#host?.appliesCdi() ?? false,
    });
  }

  async unprepare(uid: string): Promise<void> {
    this.#failed.delete(uid);
    try {
      await unprepareClaims(uid, this.#work, this.#closing.signal);
    } catch (cause) {
      throw new Error(`unprepare dynamic resources: ${(cause as Error).message}`, { cause });
    }
  }

  healthOf(pod: Pod, containerName: string): ResourceStatus[] | undefined {
    const container = pod.spec.containers.find(({ name }) => name === containerName);
    const statuses = container?.resources?.claims ? resourceHealth(pod, container, this.#records, this.pluginHandler) : [];
    return statuses.length > 0 ? statuses : undefined;
  }

  claimsOf(pod: Pod, container: Container): readonly ClaimInUse[] {
    try {
      return claimsInUse(pod, container, this.#records);
    } catch {
      return []; // not prepared yet
    }
  }

  drivers(): readonly DriverReport[] {
    return this.pluginHandler.report();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('node agent stopped'));
    this.#timer?.[Symbol.dispose]();
    await this.#reconciling;
    await this.#stack[Symbol.asyncDispose]();
  }

  #onUsable(driver: string, isUsable: boolean): void {
    this.#slices.setUsable(driver, isUsable);
    // What could not be undone for want of the driver can be now.
    if (isUsable && this.#areSourcesReady) this.#reconcile();
  }

  #onHealth(driver: string, devices: readonly DeviceName[]): void {
    const names = new Set(devices.map(({ pool, device }) => `${pool}/${device}`));
    const uids = new Set<string>();
    for (const { drivers, podUids } of this.#records.all())
      if (drivers.get(driver)?.some(({ pool, device }) => names.has(`${pool}/${device}`))) for (const uid of podUids) uids.add(uid);
    for (const uid of uids) this.#host?.wake(uid);
  }

  /** One run after the other. */
  #reconcile(): void {
    this.#isDue = true;
    this.#reconciling ??= this.#reconcileUntilDone();
  }

  async #reconcileUntilDone(): Promise<void> {
    await Promise.resolve(); // whoever asks is not kept waiting
    while (this.#isDue && !this.#closing.signal.aborted) {
      this.#isDue = false;
      for (const uid of this.#records.podUids()) {
        if (this.#host?.podUids().has(uid)) continue;
        await this.unprepare(uid).catch((error: unknown) => this.#options.log.warn('claims of a pod that is gone not undone; trying again', { uid, error }));
      }
    }
    this.#reconciling = undefined; // in the same step as the last look at what is due
    this.#timer?.[Symbol.dispose]();
    if (!this.#closing.signal.aborted) this.#timer = this.#options.clock.after(reconcileEveryMs, () => this.#reconcile());
  }
}
