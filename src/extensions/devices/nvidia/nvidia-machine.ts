import type { Device, DeviceNode } from '../../../extension-points/devices/contract.ts';
import { readNvidiaDriver } from '../../../extension-points/devices/hardware/nvidia-driver.ts';
import { type RootFiles, rootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Log } from '../../../kernel/log.ts';
import { writeCdiSpecification } from './cdi-specification.ts';
import type { NvidiaConfiguration } from './configuration.ts';
import type { DriverAccess } from './container-access.ts';
import { below, driverMounts } from './driver-files.ts';
import { type GpuPart, gpuParts } from './gpu-parts.ts';
import { MigNames } from './mig-names.ts';
import { type OfferedGpu, offeredGpus } from './offered-gpus.ts';

/** Nodes of the driver that belong to no GPU; which of them are there depends on what it was built with. */
const driverNodes = ['/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools', '/dev/nvidia-modeset'];

/** The GPUs of one machine as they are now. */
export class NvidiaMachine {
  readonly configuration: NvidiaConfiguration;
  readonly #root: string;
  readonly #files: RootFiles;
  readonly #names: MigNames;
  readonly #log: Log;
  /** By resource and id, as last seen. */
  #offered: ReadonlyMap<string, ReadonlyMap<string, OfferedGpu>> = new Map();
  /** Ids of parts that the driver had at the last look. */
  #present: ReadonlySet<string> = new Set();
  #described = '';
  #looking: Promise<unknown> | undefined;
  #complaint = '';

  constructor(root: string, configuration: NvidiaConfiguration, log: Log) {
    this.#root = root;
    this.#files = rootFiles(root);
    this.#names = new MigNames(root, log);
    this.#log = log;
    this.configuration = configuration;
  }

  offered(resourceName: string): ReadonlyMap<string, OfferedGpu> {
    return this.#offered.get(resourceName) ?? new Map<string, OfferedGpu>();
  }

  /** Looks at the driver, and answers what there is by resource. A GPU that the driver has lost (it fell off the bus) stays, as one that is not healthy. */
  async look(): Promise<ReadonlyMap<string, ReadonlyMap<string, OfferedGpu>>> {
    const driver = await readNvidiaDriver(this.#root);
    const parts = new Map<string, readonly GpuPart[]>();
    if (driver) {
      await this.#names.refresh(driver);
      for (const [resource, own] of gpuParts(driver, this.configuration.migStrategy, this.#names.nameOf)) parts.set(resource, own);
    }
    this.#present = new Set([...parts.values()].flat().map(({ id }) => id));
    const found = offeredGpus(parts, this.configuration.timeSlicing);
    const gpus = new Set(driver?.gpus.map(({ uuid }) => uuid));
    const lost = [...this.#offered].map(([resource, own]) => [resource, [...own.values()].filter(({ part }) => !gpus.has(part.gpu.uuid))] as const);
    const all = new Map<string, Map<string, OfferedGpu>>();
    for (const [resource, own] of [...lost, ...found]) {
      const known = all.get(resource) ?? all.set(resource, new Map()).get(resource)!;
      for (const gpu of own) known.set(gpu.id, gpu);
    }
    this.#offered = all;
    await this.#describe();
    return all;
  }

  /** Looks again; several plugins of a machine that ask at once share a look. What cannot be offered any more (GPUs were split in a way that the strategy does not allow) is logged, and all stays as it was. */
  async lookAgain(): Promise<void> {
    this.#looking ??= this.look()
      .then(() => (this.#complaint = ''))
      .catch((error: unknown) => this.#complain(error))
      .finally(() => (this.#looking = undefined));
    await this.#looking;
  }

  /** A device is healthy while the driver has it and all its nodes are there. */
  async devicesOf(resourceName: string): Promise<readonly Device[]> {
    const devices: Device[] = [];
    for (const { id, part } of this.offered(resourceName).values()) {
      const isHealthy = this.#present.has(part.id) && (await this.#areThere(part.nodes));
      const { numaNode } = part.gpu;
      devices.push({ id, health: isHealthy ? 'Healthy' : 'Unhealthy', numaNodes: numaNode === undefined ? [] : [numaNode] });
    }
    return devices;
  }

  nodesOf = (part: GpuPart): readonly DeviceNode[] => part.nodes.map((path) => this.#node(path));

  /** Looked at anew each time: drivers are upgraded while the machine runs. */
  async driverAccess(): Promise<DriverAccess> {
    const nodes: DeviceNode[] = [];
    for (const path of driverNodes) if (await this.#areThere([path])) nodes.push(this.#node(path));
    const version = (await readNvidiaDriver(this.#root))?.version;
    return { nodes, mounts: version === undefined ? [] : await driverMounts(this.#files, this.configuration.driverRoot, version) };
  }

  #complain(error: unknown): void {
    const complaint = String(error);
    if (complaint !== this.#complaint) this.#log.error('NVIDIA GPUs are offered as they were before', { error });
    this.#complaint = complaint;
  }

  #node(path: string): DeviceNode {
    return { containerPath: path, hostPath: this.#files.pathOf(below(this.configuration.deviceRoot, path)), permissions: 'rw' };
  }

  async #areThere(paths: readonly string[]): Promise<boolean> {
    for (const path of paths) if (!(await this.#files.exists(below(this.configuration.deviceRoot, path)))) return false;
    return true;
  }

  /** What the CDI names stand for, where they are used, and whenever it is something else. */
  async #describe(): Promise<void> {
    const { deviceListStrategies, deviceIdStrategy } = this.configuration;
    if (!deviceListStrategies.some((strategy) => strategy.startsWith('cdi-'))) return;
    const parts = new Map([...this.#offered.values()].flatMap((own) => [...own.values()].map(({ part }) => [part.id, part] as const)));
    const gpus = [...parts.values()].map((part) => ({ name: deviceIdStrategy === 'index' ? part.index : part.id, nodes: this.nodesOf(part) }));
    const driver = await this.driverAccess();
    const description = JSON.stringify([gpus, driver]);
    if (description === this.#described) return;
    await writeCdiSpecification(this.#files, gpus, driver);
    this.#described = description;
    this.#log.info('NVIDIA GPUs are described for CDI', { devices: gpus.length });
  }
}
