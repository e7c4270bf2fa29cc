import {
  type Container,
  type ContainerStats,
  type ContainerStatus,
  type PodSandbox,
  type PodSandboxStatus,
  type Runtime,
  RuntimeError,
} from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { behaviourOf } from './behaviour.ts';
import { missingImagePrefix, simulatedImages } from './simulated-images.ts';
import { SimulatedLog } from './simulated-log.ts';
import { type Sandbox, type SimulatedContainer, SimulatedMachine, type SimulatedRuntimeOptions } from './simulated-machine.ts';

export type { SimulatedRuntimeOptions } from './simulated-machine.ts';

/** A runtime that many simulated nodes can share. */
export interface SimulatedRuntime extends Runtime {
  /** The same runtime as one node sees it: its pods get addresses of this range. Throws INVALID_ARGUMENT for what is no range. */
  onNode(podCidr: string): Runtime;
}

/**
 * A runtime that runs nothing: sandboxes get addresses, containers pass through the states a real one shows, as their pod's annotations say (see `behaviourOf`).
 * Costs a few hundred bytes per container and a timer only for those that end by themselves. Streams (exec, attach, port-forward) are UNIMPLEMENTED.
 */
export function createSimulatedRuntime(options: SimulatedRuntimeOptions): SimulatedRuntime {
  const machine = new SimulatedMachine(options);
  const range = { podCidr: options.podCidr ?? '10.244.0.0/16' };
  machine.pool(range.podCidr);
  const runtime: Runtime = {
    ...nodeCalls(machine, range),
    ...sandboxCalls(machine, range),
    ...containerCalls(machine, options),
    ...observations(machine, options.clock),
    ...simulatedImages(),
  };
  return {
    ...runtime,
    onNode(podCidr) {
      machine.pool(podCidr);
      return { ...runtime, runPodSandbox: sandboxCalls(machine, { podCidr }).runPodSandbox };
    },
  };
}

const maximumSandboxes = 10_000;

function nodeCalls(machine: SimulatedMachine, range: { podCidr: string }): Pick<Runtime, 'version' | 'status' | 'updateRuntimeConfig' | 'events'> {
  return {
    version: async () => ({ name: 'simulated', version: '1.0.0', apiVersion: 'v1' }),
    status: async () => ({
      conditions: ['RuntimeReady', 'NetworkReady'].map((type) => ({ type, status: true, reason: '', message: '' })),
      handlers: [''],
    }),
    async updateRuntimeConfig(podCidr) {
      if (podCidr === '') return;
      machine.pool(podCidr);
      range.podCidr = podCidr;
    },
    events: (signal) => machine.events.subscribe(signal),
  };
}

type SandboxCalls = 'runPodSandbox' | 'stopPodSandbox' | 'removePodSandbox' | 'podSandboxStatus' | 'listPodSandboxes';

function sandboxCalls(machine: SimulatedMachine, range: { readonly podCidr: string }): Pick<Runtime, SandboxCalls> {
  const stop = (sandbox: Sandbox): void => {
    for (const container of sandbox.containers) machine.exit(container, 137);
    sandbox.state = 'not-ready';
    if (sandbox.ip !== undefined) sandbox.addresses.giveBack(sandbox.ip);
    sandbox.ip = undefined;
  };
  return {
    async runPodSandbox(config, handler) {
      if (handler !== '') throw new RuntimeError('INVALID_ARGUMENT', `failed to get sandbox runtime: no runtime for "${handler}" is configured`);
      if (machine.sandboxes.size >= (machine.options.capacity?.sandboxes ?? maximumSandboxes))
        throw new RuntimeError('RESOURCE_EXHAUSTED', 'the simulated node holds as many sandboxes as it can');
      const { name, namespace, uid, attempt } = config.metadata;
      for (const {
        config: { metadata },
      } of machine.sandboxesOfPod(uid)) {
        if (metadata.attempt === attempt && metadata.name === name)
          throw new RuntimeError('UNKNOWN', `failed to reserve sandbox name "${name}_${namespace}_${uid}_${attempt}": it is reserved`);
      }
      const addresses = machine.pool(range.podCidr);
      const ip = config.linux.security.namespaces.network === 'node' ? undefined : addresses.take();
      const createdAtMs = machine.options.clock.now();
      const sandbox: Sandbox = { id: machine.newId(), config, createdAtMs, addresses, containers: new Set(), state: 'ready', ip };
      machine.addSandbox(sandbox);
      return sandbox.id;
    },
    async stopPodSandbox(id) {
      const sandbox = machine.sandboxes.get(id);
      if (sandbox) stop(sandbox);
    },
    async removePodSandbox(id) {
      const sandbox = machine.sandboxes.get(id);
      if (!sandbox) return;
      stop(sandbox);
      for (const container of [...sandbox.containers]) machine.remove(container);
      machine.removeSandbox(sandbox);
    },
    podSandboxStatus: async (id) => sandboxStatusOf(machine.sandbox(id)),
    async listPodSandboxes({ id, labels = {} } = {}) {
      const chosen = id === undefined ? [...machine.sandboxesWith(labels)] : [machine.sandboxes.get(id)].filter((sandbox) => sandbox !== undefined);
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

function containerCalls(machine: SimulatedMachine, { clock, script, rules, writesLogs = true }: SimulatedRuntimeOptions): Pick<Runtime, ContainerCalls> {
  return {
    async createContainer(sandboxId, config, sandboxConfig) {
      if (machine.sandbox(sandboxId).state !== 'ready') throw new RuntimeError('FAILED_PRECONDITION', `sandbox container "${sandboxId}" is not running`);
      if (config.image.startsWith(missingImagePrefix)) throw new RuntimeError('NOT_FOUND', `failed to get image "${config.image}": not found`);
      const log = new SimulatedLog(writesLogs && config.logPath !== '' ? `${sandboxConfig.logDirectory}/${config.logPath}` : '', clock);
      const container: SimulatedContainer = {
        id: machine.newId(),
        sandboxId,
        config,
        behaviour: behaviourOf(config, sandboxConfig, { ...(script ? { script } : {}), ...(rules ? { rules } : {}) }),
        log,
        createdAtMs: clock.now(),
        state: 'created',
        startedAtMs: 0,
        finishedAtMs: 0,
        exitCode: 0,
        reason: '',
        waiting: [],
      };
      machine.addContainer(container);
      return container.id;
    },
    async startContainer(id) {
      const container = machine.container(id);
      if (container.state !== 'created') throw new RuntimeError('FAILED_PRECONDITION', `container "${id}" is in state ${container.state}`);
      const { startSeconds, runSeconds, exitCode, exitReason, log } = container.behaviour;
      if (startSeconds > 0) await clock.sleep(startSeconds * 1_000);
      if (!machine.containers.has(id)) throw new RuntimeError('NOT_FOUND', `container "${id}" was removed while it started`);
      await container.log.write(log);
      container.state = 'running';
      container.startedAtMs = clock.now();
      machine.tell('started', container);
      if (runSeconds !== undefined) container.exitTimer = clock.after(runSeconds * 1_000, () => machine.exit(container, exitCode, exitReason));
    },
    stopContainer: async (id, timeoutSeconds) => stopContainer(machine, id, timeoutSeconds),
    async removeContainer(id) {
      const container = machine.containers.get(id);
      if (container) machine.remove(container);
    },
    updateContainerResources: async (id) => void machine.container(id),
    reopenContainerLog: (id) => machine.container(id).log.reopen(),
    async execSync(id, command) {
      const container = machine.container(id);
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

async function stopContainer(machine: SimulatedMachine, id: string, timeoutSeconds: number): Promise<void> {
  const container = machine.containers.get(id);
  if (container?.state !== 'running') return;
  const { stopSeconds, stopExitCode } = container.behaviour;
  const isKilled = timeoutSeconds <= 0 || stopSeconds > timeoutSeconds;
  const end = (): void => machine.exit(container, isKilled ? 137 : stopExitCode);
  const delayMs = Math.max(0, Math.min(stopSeconds, timeoutSeconds)) * 1_000;
  if (delayMs === 0) return end();
  const exited = new Promise<void>((resolve) => container.waiting.push(resolve));
  machine.options.clock.after(delayMs, end);
  await exited;
}

function observations(machine: SimulatedMachine, clock: Clock): Pick<Runtime, 'containerStatus' | 'listContainers' | 'containerStats' | 'listContainerStats'> {
  return {
    containerStatus: async (id) => statusOf(machine.container(id), machine),
    async listContainers({ id, sandboxId, labels = {} } = {}) {
      const chosen = id === undefined ? [...machine.containersWith(labels)] : [machine.containers.get(id)].filter((container) => container !== undefined);
      return chosen
        .filter((container) => (sandboxId === undefined || container.sandboxId === sandboxId) && hasLabels(container.config.labels, labels))
        .map(containerOf);
    },
    containerStats: async (id) => statsOf(machine.container(id), clock.now()),
    listContainerStats: async () =>
      [...machine.containers.values()].filter(({ state }) => state === 'running').map((container) => statsOf(container, clock.now())),
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

function statusOf(container: SimulatedContainer, machine: SimulatedMachine): ContainerStatus {
  const { sandboxId, ...common } = containerOf(container);
  const { startedAtMs, finishedAtMs, exitCode, reason, config } = container;
  const logDirectory = machine.sandboxes.get(sandboxId)?.config.logDirectory ?? '';
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
