import {
  type Container,
  type ContainerConfig,
  type ContainerStatus,
  type Image,
  type LinuxContainerResources,
  type PodSandbox,
  type PodSandboxConfig,
  type PodSandboxStatus,
  type Runtime,
  RuntimeError,
} from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';

interface FakeSandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly createdAtMs: number;
  isReady: boolean;
  readonly ip: string;
}
export interface FakeContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly createdAtMs: number;
  status: Pick<ContainerStatus, 'state' | 'startedAtMs' | 'finishedAtMs' | 'exitCode' | 'reason' | 'message'>;
}

/** A runtime in memory for tests: containers run until `exit` is called or they are stopped. Every call that changes something is noted in `calls`. */
export class FakeRuntime implements Runtime {
  readonly calls: string[] = [];
  readonly sandboxes = new Map<string, FakeSandbox>();
  readonly containers = new Map<string, FakeContainer>();
  readonly images = new Map<string, Image>();
  /** What pulls are refused with, by image name. */
  readonly pullFailures = new Map<string, string>();
  /** What containers were told last since they were created, by name. */
  readonly updates = new Map<string, LinuxContainerResources>();
  /** What commands answer. */
  execExitCode = 0;
  isNetworkReady = true;
  readonly #clock: Clock;
  #ids = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest container of a name. */
  container(name: string): FakeContainer {
    const found = [...this.containers.values()].findLast(({ config }) => config.metadata.name === name);
    if (!found) throw new Error(`no container ${name}`);
    return found;
  }

  exit(name: string, exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error'): void {
    const container = this.container(name);
    container.status = { ...container.status, state: 'exited', exitCode, reason, finishedAtMs: this.#clock.now() };
  }

  version = async (): ReturnType<Runtime['version']> => ({ name: 'containerd', version: '1.0.0', apiVersion: 'v1' });
  status = async (): ReturnType<Runtime['status']> => ({
    conditions: [
      { type: 'RuntimeReady', status: true, reason: '', message: '' },
      this.isNetworkReady
        ? { type: 'NetworkReady', status: true, reason: '', message: '' }
        : { type: 'NetworkReady', status: false, reason: 'NetworkPluginNotReady', message: 'cni plugin not initialized' },
    ],
    handlers: [],
  });

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    const id = `sandbox-${++this.#ids}`;
    this.calls.push(`runPodSandbox ${config.metadata.name} ${config.metadata.attempt}`);
    this.sandboxes.set(id, { id, config, createdAtMs: this.#clock.now() + this.#ids, isReady: true, ip: `10.0.0.${this.#ids}` });
    return id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    const sandbox = this.sandboxes.get(id);
    if (!sandbox) return;
    this.calls.push(`stopPodSandbox ${sandbox.config.metadata.name}`);
    sandbox.isReady = false;
  }

  async removePodSandbox(id: string): Promise<void> {
    if (this.sandboxes.delete(id)) this.calls.push('removePodSandbox');
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatus> {
    const sandbox = this.sandboxes.get(id);
    if (!sandbox) throw new RuntimeError('NOT_FOUND', `sandbox ${id} not found`);
    return { ...sandboxOf(sandbox), ips: sandbox.config.linux.security.namespaces.network === 'node' ? [] : [sandbox.ip] };
  }

  async listPodSandboxes(filter: { labels?: Readonly<Record<string, string>> } = {}): Promise<readonly PodSandbox[]> {
    return [...this.sandboxes.values()].filter(({ config }) => matches(config.labels, filter.labels)).map(sandboxOf);
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const id = `container-${++this.#ids}`;
    this.calls.push(`createContainer ${config.metadata.name} ${config.metadata.attempt}`);
    this.containers.set(id, {
      id,
      sandboxId,
      config,
      createdAtMs: this.#clock.now() + this.#ids,
      status: { state: 'created', startedAtMs: 0, finishedAtMs: 0, exitCode: 0, reason: '', message: '' },
    });
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.#existing(id);
    this.calls.push(`startContainer ${container.config.metadata.name}`);
    container.status = { ...container.status, state: 'running', startedAtMs: this.#clock.now() };
  }

  async stopContainer(id: string, timeoutSeconds: number): Promise<void> {
    const container = this.#existing(id);
    this.calls.push(`stopContainer ${container.config.metadata.name} ${timeoutSeconds}`);
    if (container.status.state !== 'exited')
      container.status = { ...container.status, state: 'exited', exitCode: 137, reason: 'Error', finishedAtMs: this.#clock.now() };
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.containers.get(id);
    if (this.containers.delete(id)) this.calls.push(`removeContainer ${container!.config.metadata.name}`);
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    const container = this.#existing(id);
    const { sandboxId: _sandbox, ...common } = containerOf(container);
    return { ...common, ...container.status, logPath: '', mounts: container.config.mounts };
  }

  async listContainers(filter: { labels?: Readonly<Record<string, string>> } = {}): Promise<readonly Container[]> {
    return [...this.containers.values()].filter(({ config }) => matches(config.labels, filter.labels)).map(containerOf);
  }

  async updateContainerResources(id: string, resources: LinuxContainerResources): Promise<void> {
    const { name } = this.#existing(id).config.metadata;
    this.calls.push(`updateContainerResources ${name}`);
    this.updates.set(name, resources);
  }

  async reopenContainerLog(): Promise<void> {}

  async execSync(id: string, command: readonly string[]): ReturnType<Runtime['execSync']> {
    this.calls.push(`execSync ${this.#existing(id).config.metadata.name} ${command.join(' ')}`);
    return { stdout: Buffer.from('out'), stderr: Buffer.alloc(0), exitCode: this.execExitCode };
  }

  exec = async (): Promise<string> => 'http://127.0.0.1/exec';
  attach = async (): Promise<string> => 'http://127.0.0.1/attach';
  portForward = async (): Promise<string> => 'http://127.0.0.1/portforward';
  containerStats = async (): Promise<never> => {
    throw new RuntimeError('UNIMPLEMENTED', 'no statistics');
  };
  listContainerStats = async (): Promise<readonly never[]> => [];
  listImages = async (): Promise<readonly Image[]> => [...this.images.values()];
  imageStatus = async (reference: string): Promise<Image | undefined> => this.images.get(reference);
  imageFilesystem = async (): Promise<readonly never[]> => [];
  removeImage = async (reference: string): Promise<void> => void this.images.delete(reference);

  async pullImage(reference: string): Promise<string> {
    this.calls.push(`pullImage ${reference}`);
    const failure = this.pullFailures.get(reference);
    if (failure) throw new RuntimeError('UNKNOWN', failure);
    this.addImage(reference);
    return reference;
  }

  addImage(reference: string, image: Partial<Image> = {}): void {
    this.images.set(reference, { id: reference, tags: [reference], digests: [], sizeBytes: 1000, username: '', uid: 0, pinned: false, ...image });
  }

  #existing(id: string): FakeContainer {
    const container = this.containers.get(id);
    if (!container) throw new RuntimeError('NOT_FOUND', `container ${id} not found`);
    return container;
  }
}

const matches = (labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>> = {}): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);

const sandboxOf = ({ id, config, isReady, createdAtMs }: FakeSandbox): PodSandbox => ({
  id,
  metadata: config.metadata,
  state: isReady ? 'ready' : 'not-ready',
  createdAtMs,
  labels: config.labels,
  annotations: config.annotations,
});

const containerOf = ({ id, sandboxId, config, status, createdAtMs }: FakeContainer): Container => ({
  id,
  sandboxId,
  metadata: config.metadata,
  state: status.state,
  image: config.userSpecifiedImage,
  imageRef: `sha256:${config.image}`,
  createdAtMs,
  labels: config.labels,
  annotations: config.annotations,
});
