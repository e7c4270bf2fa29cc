import { randomBytes } from 'node:crypto';
import {
  type Container,
  type ContainerConfig,
  type ContainerEvent,
  type ContainerStats,
  type ContainerStatus,
  type PodSandbox,
  type PodSandboxConfig,
  type PodSandboxStatus,
  type Runtime,
  RuntimeError,
} from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { AddressPool } from './address-pool.ts';
import { type Behaviour, behaviourOf, type Script } from './behaviour.ts';
import { EventHub } from './event-hub.ts';
import { missingImagePrefix, simulatedImages } from './simulated-images.ts';
import { SimulatedLog } from './simulated-log.ts';

export interface SimulatedRuntimeOptions {
  readonly clock: Clock;
  /** Says how containers behave, before their annotations do. */
  readonly script?: Script;
  /** Range of pod addresses until the agent names the node's own. Default 10.244.0.0/16. */
  readonly podCidr?: string;
  /** What the node claims to hold; more sandboxes are refused with RESOURCE_EXHAUSTED. Default 10,000 sandboxes. */
  readonly capacity?: { readonly sandboxes?: number };
  /** Whether containers write log files into their pod's log directory, for `kubectl logs`. Default true. */
  readonly writesLogs?: boolean;
}

interface Sandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly createdAtMs: number;
  state: PodSandbox['state'];
  ip: string | undefined;
}

interface SimulatedContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly behaviour: Behaviour;
  readonly log: SimulatedLog;
  readonly createdAtMs: number;
  state: ContainerStatus['state'];
  startedAtMs: number;
  finishedAtMs: number;
  exitCode: number;
  reason: string;
  exitTimer?: Disposable;
  /** Called once it has exited. */
  readonly waiting: (() => void)[];
}

/**
 * A runtime that runs nothing: sandboxes get addresses, containers pass through the states a real one shows, as their pod's annotations say (see `behaviourOf`).
 * Costs a few hundred bytes per container and a timer only for those that end by themselves. Streams (exec, attach, port-forward) are UNIMPLEMENTED.
 */
export function createSimulatedRuntime(options: SimulatedRuntimeOptions): Runtime {
  const node = new SimulatedNode(options);
  return { ...nodeCalls(node), ...sandboxCalls(node), ...containerCalls(node, options), ...observations(node, options.clock), ...simulatedImages() };
}

const maximumSandboxes = 10_000;

/** What the simulated machine holds, and how its containers move from state to state. */
class SimulatedNode {
  readonly sandboxes = new Map<string, Sandbox>();
  readonly containers = new Map<string, SimulatedContainer>();
  readonly events = new EventHub();
  readonly options: SimulatedRuntimeOptions;
  addresses: AddressPool;
  readonly #idPrefix = randomBytes(24).toString('hex');
  #ids = 0;

  constructor(options: SimulatedRuntimeOptions) {
    this.options = options;
    this.addresses = new AddressPool(options.podCidr ?? '10.244.0.0/16');
  }

  /** 64 hexadecimal digits, as containerd's; the counter comes first so that short forms differ. */
  newId(): string {
    this.#ids++;
    return `${this.#ids.toString(16).padStart(8, '0')}${this.#idPrefix}00000000`;
  }

  sandbox(id: string): Sandbox {
    const found = this.sandboxes.get(id);
    if (!found) throw new RuntimeError('NOT_FOUND', `an error occurred when try to find sandbox: sandbox "${id}" not found`);
    return found;
  }

  container(id: string): SimulatedContainer {
    const found = this.containers.get(id);
    if (!found) throw new RuntimeError('NOT_FOUND', `an error occurred when try to find container "${id}": not found`);
    return found;
  }

  containersOf(sandboxId: string): readonly SimulatedContainer[] {
    return [...this.containers.values()].filter((container) => container.sandboxId === sandboxId);
  }

  exit(container: SimulatedContainer, exitCode: number, reason?: string): void {
    if (container.state !== 'running') return;
    container.exitTimer?.[Symbol.dispose]();
    container.state = 'exited';
    container.finishedAtMs = this.options.clock.now();
    container.exitCode = exitCode;
    container.reason = reason ?? (exitCode === 0 ? 'Completed' : 'Error');
    this.tell('stopped', container);
    for (const wake of container.waiting.splice(0)) wake();
  }

  remove(container: SimulatedContainer): void {
    this.exit(container, 137);
    this.containers.delete(container.id);
    this.tell('deleted', container);
  }

  tell(type: ContainerEvent['type'], container: SimulatedContainer): void {
    const podUid = this.sandboxes.get(container.sandboxId)?.config.metadata.uid ?? '';
    this.events.emit({ type, containerId: container.id, createdAtMs: this.options.clock.now(), podUid });
  }
}

function nodeCalls(node: SimulatedNode): Pick<Runtime, 'version' | 'status' | 'updateRuntimeConfig' | 'events'> {
  return {
    version: async () => ({ name: 'simulated', version: '1.0.0', apiVersion: 'v1' }),
    status: async () => ({
      conditions: ['RuntimeReady', 'NetworkReady'].map((type) => ({ type, status: true, reason: '', message: '' })),
      handlers: [''],
    }),
    async updateRuntimeConfig(podCidr) {
      if (podCidr !== '') node.addresses = new AddressPool(podCidr);
    },
    events: (signal) => node.events.subscribe(signal),
  };
}

type SandboxCalls = 'runPodSandbox' | 'stopPodSandbox' | 'removePodSandbox' | 'podSandboxStatus' | 'listPodSandboxes';

function sandboxCalls(node: SimulatedNode): Pick<Runtime, SandboxCalls> {
  const stop = (sandbox: Sandbox): void => {
    for (const container of node.containersOf(sandbox.id)) node.exit(container, 137);
    sandbox.state = 'not-ready';
    if (sandbox.ip !== undefined) node.addresses.giveBack(sandbox.ip);
    sandbox.ip = undefined;
  };
  return {
    async runPodSandbox(config, handler) {
      if (handler !== '') throw new RuntimeError('INVALID_ARGUMENT', `failed to get sandbox runtime: no runtime for "${handler}" is configured`);
      if (node.sandboxes.size >= (node.options.capacity?.sandboxes ?? maximumSandboxes))
        throw new RuntimeError('RESOURCE_EXHAUSTED', 'the simulated node holds as many sandboxes as it can');
      const { name, namespace, uid, attempt } = config.metadata;
      for (const {
        config: { metadata },
      } of node.sandboxes.values()) {
        if (metadata.uid === uid && metadata.attempt === attempt && metadata.name === name)
          throw new RuntimeError('UNKNOWN', `failed to reserve sandbox name "${name}_${namespace}_${uid}_${attempt}": it is reserved`);
      }
      const ip = config.linux.security.namespaces.network === 'node' ? undefined : node.addresses.take();
      const sandbox: Sandbox = { id: node.newId(), config, createdAtMs: node.options.clock.now(), state: 'ready', ip };
      node.sandboxes.set(sandbox.id, sandbox);
      return sandbox.id;
    },
    async stopPodSandbox(id) {
      const sandbox = node.sandboxes.get(id);
      if (sandbox) stop(sandbox);
    },
    async removePodSandbox(id) {
      const sandbox = node.sandboxes.get(id);
      if (!sandbox) return;
      stop(sandbox);
      for (const container of node.containersOf(id)) node.remove(container);
      node.sandboxes.delete(id);
    },
    podSandboxStatus: async (id) => sandboxStatusOf(node.sandbox(id)),
    async listPodSandboxes({ id, labels = {} } = {}) {
      const chosen = id === undefined ? [...node.sandboxes.values()] : [node.sandboxes.get(id)].filter((sandbox) => sandbox !== undefined);
      return chosen.filter(({ config }) => hasLabels(config.labels, labels)).map(sandboxOf);
    },
  };
}

const hasLabels = (labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);

const sandboxOf = ({ id, config, state, createdAtMs }: Sandbox): PodSandbox => ({
  id,
  metadata: config.metadata,
  state,
  createdAtMs,
  labels: config.labels,
  annotations: config.annotations,
});
const sandboxStatusOf = (sandbox: Sandbox): PodSandboxStatus => ({ ...sandboxOf(sandbox), ips: sandbox.ip === undefined ? [] : [sandbox.ip] });

type ContainerCalls =
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'updateContainerResources'
  | 'reopenContainerLog'
  | 'execSync'
  | 'exec'
  | 'attach'
  | 'portForward';

function containerCalls(node: SimulatedNode, { clock, script, writesLogs = true }: SimulatedRuntimeOptions): Pick<Runtime, ContainerCalls> {
  return {
    async createContainer(sandboxId, config, sandboxConfig) {
      if (node.sandbox(sandboxId).state !== 'ready') throw new RuntimeError('FAILED_PRECONDITION', `sandbox container "${sandboxId}" is not running`);
      if (config.image.startsWith(missingImagePrefix)) throw new RuntimeError('NOT_FOUND', `failed to get image "${config.image}": not found`);
      const log = new SimulatedLog(writesLogs && config.logPath !== '' ? `${sandboxConfig.logDirectory}/${config.logPath}` : '', clock);
      const container: SimulatedContainer = {
        id: node.newId(),
        sandboxId,
        config,
        behaviour: behaviourOf(config, sandboxConfig, script),
        log,
        createdAtMs: clock.now(),
        state: 'created',
        startedAtMs: 0,
        finishedAtMs: 0,
        exitCode: 0,
        reason: '',
        waiting: [],
      };
      node.containers.set(container.id, container);
      node.tell('created', container);
      return container.id;
    },
    async startContainer(id) {
      const container = node.container(id);
      if (container.state !== 'created') throw new RuntimeError('FAILED_PRECONDITION', `container "${id}" is in state ${container.state}`);
      const { runSeconds, exitCode, exitReason, log } = container.behaviour;
      await container.log.write(log);
      container.state = 'running';
      container.startedAtMs = clock.now();
      node.tell('started', container);
      if (runSeconds !== undefined) container.exitTimer = clock.after(runSeconds * 1_000, () => node.exit(container, exitCode, exitReason));
    },
    stopContainer: async (id, timeoutSeconds) => stopContainer(node, id, timeoutSeconds),
    async removeContainer(id) {
      const container = node.containers.get(id);
      if (container) node.remove(container);
    },
    updateContainerResources: async (id) => void node.container(id),
    reopenContainerLog: (id) => node.container(id).log.reopen(),
    async execSync(id, command) {
      const container = node.container(id);
      if (container.state !== 'running') throw new RuntimeError('FAILED_PRECONDITION', `container "${id}" is not running`);
      const said = command[0] === 'echo' ? `${command.slice(1).join(' ')}\n` : '';
      return { stdout: Buffer.from(said), stderr: new Uint8Array(), exitCode: container.behaviour.execExitCode };
    },
    exec: () => Promise.reject(noStreams()),
    attach: () => Promise.reject(noStreams()),
    portForward: () => Promise.reject(noStreams()),
  };
}

const noStreams = (): RuntimeError => new RuntimeError('UNIMPLEMENTED', 'simulated containers have no processes to connect to');

async function stopContainer(node: SimulatedNode, id: string, timeoutSeconds: number): Promise<void> {
  const container = node.containers.get(id);
  if (container?.state !== 'running') return;
  const { stopSeconds, stopExitCode } = container.behaviour;
  const isKilled = timeoutSeconds <= 0 || stopSeconds > timeoutSeconds;
  const end = (): void => node.exit(container, isKilled ? 137 : stopExitCode);
  const delayMs = Math.max(0, Math.min(stopSeconds, timeoutSeconds)) * 1_000;
  if (delayMs === 0) return end();
  const exited = new Promise<void>((resolve) => container.waiting.push(resolve));
  node.options.clock.after(delayMs, end);
  await exited;
}

function observations(node: SimulatedNode, clock: Clock): Pick<Runtime, 'containerStatus' | 'listContainers' | 'containerStats' | 'listContainerStats'> {
  return {
    containerStatus: async (id) => statusOf(node.container(id), node),
    async listContainers({ id, sandboxId, labels = {} } = {}) {
      const chosen = id === undefined ? [...node.containers.values()] : [node.containers.get(id)].filter((container) => container !== undefined);
      return chosen
        .filter((container) => (sandboxId === undefined || container.sandboxId === sandboxId) && hasLabels(container.config.labels, labels))
        .map(containerOf);
    },
    containerStats: async (id) => statsOf(node.container(id), clock.now()),
    listContainerStats: async () =>
      [...node.containers.values()].filter(({ state }) => state === 'running').map((container) => statsOf(container, clock.now())),
  };
}

const containerOf = ({ id, sandboxId, config, state, createdAtMs }: SimulatedContainer): Container => ({
  id,
  sandboxId,
  state,
  createdAtMs,
  metadata: config.metadata,
  image: config.userSpecifiedImage || config.image,
  imageRef: config.image,
  labels: config.labels,
  annotations: config.annotations,
});

function statusOf(container: SimulatedContainer, node: SimulatedNode): ContainerStatus {
  const { sandboxId, ...common } = containerOf(container);
  const { startedAtMs, finishedAtMs, exitCode, reason, config } = container;
  const logDirectory = node.sandboxes.get(sandboxId)?.config.logDirectory ?? '';
  return {
    ...common,
    startedAtMs,
    finishedAtMs,
    exitCode,
    reason,
    message: '',
    logPath: config.logPath === '' ? '' : `${logDirectory}/${config.logPath}`,
    mounts: config.mounts,
  };
}

function statsOf(container: SimulatedContainer, nowMs: number): ContainerStats {
  const { cpuMillicores, memoryBytes } = container.behaviour;
  const ranMs = container.startedAtMs === 0 ? 0 : Math.max(0, (container.finishedAtMs || nowMs) - container.startedAtMs);
  const isRunning = container.state === 'running';
  const timestampNs = BigInt(nowMs) * 1_000_000n;
  const bytes = BigInt(isRunning ? Math.trunc(memoryBytes) : 0);
  return {
    id: container.id,
    metadata: container.config.metadata,
    labels: container.config.labels,
    cpu: {
      timestampNs,
      usageCoreNanoSeconds: BigInt(Math.trunc(ranMs * cpuMillicores * 1_000)),
      usageNanoCores: BigInt(isRunning ? Math.trunc(cpuMillicores * 1e6) : 0),
    },
    memory: { timestampNs, workingSetBytes: bytes, usageBytes: bytes, rssBytes: bytes },
    writableLayer: { usedBytes: 0n, inodesUsed: 1n },
  };
}
