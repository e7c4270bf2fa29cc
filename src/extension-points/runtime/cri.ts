import { ImageService, RuntimeService, type StatusResponse } from '../../api/generated/cri/runtime_pb.js';
import type { Log } from '../../kernel/log.ts';
import { type Runtime, RuntimeError } from './contract.ts';
import { createGrpcClient, type GrpcClient } from './grpc-client.ts';
import { containerConfigToWire, resourcesToWire, sandboxConfigToWire } from './wire-config.ts';
import { toInt64 } from './wire-numbers.ts';
import {
  containerFromWire,
  containerStatusFromWire,
  eventFromWire,
  filesystemFromWire,
  imageFromWire,
  sandboxFromWire,
  sandboxStatusFromWire,
  statsFromWire,
} from './wire-status.ts';

export interface CriOptions {
  /** `unix:///run/containerd/containerd.sock`. */
  readonly endpoint: string;
  readonly log: Log;
}

// Deadlines are the kubelet's: two minutes (`runtimeRequestTimeout`), twice that for a sandbox, none for a pull.
const deadlineMs = 120_000;

/** A runtime behind the CRI v1 socket of another process. Does not wait for it: calls reject with UNAVAILABLE until it answers, and work again after it was restarted. */
export async function connectCri({ endpoint, log }: CriOptions): Promise<Runtime & AsyncDisposable> {
  if (!/^unix:/.test(endpoint)) throw new RuntimeError('INVALID_ARGUMENT', `container runtime endpoint "${endpoint}" must begin with unix://`);
  const grpc = await createGrpcClient(endpoint);
  return {
    ...sandboxCalls(grpc, log),
    ...containerCalls(grpc),
    ...streamingCalls(grpc),
    ...imageCalls(grpc),
    [Symbol.asyncDispose]: async () => grpc[Symbol.dispose](),
  };
}

type SandboxCalls =
  | 'version'
  | 'status'
  | 'updateRuntimeConfig'
  | 'runPodSandbox'
  | 'stopPodSandbox'
  | 'removePodSandbox'
  | 'podSandboxStatus'
  | 'listPodSandboxes';

function sandboxCalls(grpc: GrpcClient, log: Log): Pick<Runtime, SandboxCalls> {
  const { method } = RuntimeService;
  const handlersOf = handlerReader(log);
  return {
    async version() {
      const { runtimeName, runtimeVersion, runtimeApiVersion } = await grpc.unary(method.version, { version: '0.1.0' }, { deadlineMs });
      return { name: runtimeName, version: runtimeVersion, apiVersion: runtimeApiVersion };
    },
    async status() {
      const response = await grpc.unary(method.status, { verbose: handlersOf.needsVerbose() }, { deadlineMs });
      const conditions = (response.status?.conditions ?? []).map(({ type, status, reason, message }) => ({ type, status, reason, message }));
      return { conditions, handlers: handlersOf.read(response) };
    },
    async updateRuntimeConfig(podCidr) {
      await unlessUnimplemented(grpc.unary(method.updateRuntimeConfig, { runtimeConfig: { networkConfig: { podCidr } } }, { deadlineMs }));
    },
    async runPodSandbox(config, handler) {
      const request = { config: sandboxConfigToWire(config), runtimeHandler: handler };
      return (await grpc.unary(method.runPodSandbox, request, { deadlineMs: 2 * deadlineMs })).podSandboxId;
    },
    async stopPodSandbox(id) {
      await unlessNotFound(grpc.unary(method.stopPodSandbox, { podSandboxId: id }, { deadlineMs }));
    },
    async removePodSandbox(id) {
      await unlessNotFound(grpc.unary(method.removePodSandbox, { podSandboxId: id }, { deadlineMs }));
    },
    async podSandboxStatus(id) {
      const { status } = await grpc.unary(method.podSandboxStatus, { podSandboxId: id }, { deadlineMs });
      if (!status) throw new RuntimeError('NOT_FOUND', `sandbox "${id}" not found`);
      return sandboxStatusFromWire(status);
    },
    async listPodSandboxes({ id = '', labels = {} } = {}) {
      const { items } = await grpc.unary(method.listPodSandbox, { filter: { id, labelSelector: { ...labels } } }, { deadlineMs });
      return items.map(sandboxFromWire);
    },
  };
}

type ContainerCalls =
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'containerStatus'
  | 'listContainers'
  | 'updateContainerResources'
  | 'reopenContainerLog'
  | 'containerStats'
  | 'listContainerStats'
  | 'events';

function containerCalls(grpc: GrpcClient): Pick<Runtime, ContainerCalls> {
  const { method } = RuntimeService;
  return {
    async createContainer(sandboxId, config, sandboxConfig) {
      const request = { podSandboxId: sandboxId, config: containerConfigToWire(config), sandboxConfig: sandboxConfigToWire(sandboxConfig) };
      return (await grpc.unary(method.createContainer, request, { deadlineMs })).containerId;
    },
    async startContainer(id) {
      await grpc.unary(method.startContainer, { containerId: id }, { deadlineMs });
    },
    async stopContainer(id, timeoutSeconds) {
      const request = { containerId: id, timeout: toInt64(Math.max(0, timeoutSeconds)) };
      await unlessNotFound(grpc.unary(method.stopContainer, request, { deadlineMs: deadlineMs + Math.max(0, timeoutSeconds) * 1_000 }));
    },
    async removeContainer(id) {
      await unlessNotFound(grpc.unary(method.removeContainer, { containerId: id }, { deadlineMs }));
    },
    async containerStatus(id) {
      const { status } = await grpc.unary(method.containerStatus, { containerId: id }, { deadlineMs });
      if (!status) throw new RuntimeError('NOT_FOUND', `container "${id}" not found`);
      return containerStatusFromWire(status);
    },
    async listContainers({ id = '', sandboxId = '', labels = {} } = {}) {
      const { containers } = await grpc.unary(method.listContainers, { filter: { id, podSandboxId: sandboxId, labelSelector: { ...labels } } }, { deadlineMs });
      return containers.map(containerFromWire);
    },
    async updateContainerResources(id, resources) {
      await grpc.unary(method.updateContainerResources, { containerId: id, linux: resourcesToWire(resources) }, { deadlineMs });
    },
    async reopenContainerLog(id) {
      await grpc.unary(method.reopenContainerLog, { containerId: id }, { deadlineMs });
    },
    async containerStats(id) {
      const { stats } = await grpc.unary(method.containerStats, { containerId: id }, { deadlineMs });
      if (!stats) throw new RuntimeError('NOT_FOUND', `container "${id}" not found`);
      return statsFromWire(stats);
    },
    async listContainerStats() {
      return (await grpc.unary(method.listContainerStats, {}, { deadlineMs })).stats.map(statsFromWire);
    },
    async *events(signal) {
      for await (const event of grpc.serverStream(method.getContainerEvents, {}, signal)) yield eventFromWire(event);
    },
  };
}

function streamingCalls(grpc: GrpcClient): Pick<Runtime, 'execSync' | 'exec' | 'attach' | 'portForward'> {
  const { method } = RuntimeService;
  return {
    async execSync(id, command, timeoutSeconds) {
      // The runtime enforces the time limit; ours, a little later, is for a runtime that hangs.
      const options = timeoutSeconds > 0 ? { deadlineMs: deadlineMs + timeoutSeconds * 1_000 } : {};
      const { stdout, stderr, exitCode } = await grpc.unary(method.execSync, { containerId: id, cmd: [...command], timeout: toInt64(timeoutSeconds) }, options);
      return { stdout, stderr, exitCode };
    },
    async exec({ containerId, command, stdin, stdout, stderr, tty }) {
      return (await grpc.unary(method.exec, { containerId, cmd: [...command], stdin, stdout, stderr, tty }, { deadlineMs })).url;
    },
    async attach({ containerId, stdin, stdout, stderr, tty }) {
      return (await grpc.unary(method.attach, { containerId, stdin, stdout, stderr, tty }, { deadlineMs })).url;
    },
    async portForward(sandboxId, ports) {
      return (await grpc.unary(method.portForward, { podSandboxId: sandboxId, port: [...ports] }, { deadlineMs })).url;
    },
  };
}

function imageCalls(grpc: GrpcClient): Pick<Runtime, 'listImages' | 'imageStatus' | 'pullImage' | 'removeImage' | 'imageFilesystem'> {
  const { method } = ImageService;
  return {
    async listImages() {
      return (await grpc.unary(method.listImages, {}, { deadlineMs })).images.map(imageFromWire);
    },
    async imageStatus(reference) {
      const { image } = await grpc.unary(method.imageStatus, { image: { image: reference } }, { deadlineMs });
      return image && imageFromWire(image);
    },
    async pullImage(reference, authentication, sandbox, signal) {
      const request = {
        image: { image: reference },
        ...(authentication ? { auth: { ...authentication } } : {}),
        ...(sandbox ? { sandboxConfig: sandboxConfigToWire(sandbox) } : {}),
      };
      return (await grpc.unary(method.pullImage, request, signal ? { signal } : {})).imageRef;
    },
    async removeImage(reference) {
      await unlessNotFound(grpc.unary(method.removeImage, { image: { image: reference } }, { deadlineMs }));
    },
    async imageFilesystem() {
      return (await grpc.unary(method.imageFsInfo, {}, { deadlineMs })).imageFilesystems.map(filesystemFromWire);
    },
  };
}

// The CRI says stopping and removing what is not there succeeds; not every runtime complies.
async function unlessNotFound(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!(error instanceof RuntimeError && error.code === 'NOT_FOUND')) throw error;
  });
}

// A runtime without this call takes its network from elsewhere.
async function unlessUnimplemented(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!(error instanceof RuntimeError && error.code === 'UNIMPLEMENTED')) throw error;
  });
}

/** Names the runtime's handlers: from the field of newer runtimes, else from containerd's verbose configuration, asked for once because it is large. */
function handlerReader(log: Log): { needsVerbose(): boolean; read(response: StatusResponse): readonly string[] } {
  let known: readonly string[] | undefined;
  return {
    needsVerbose: () => known === undefined,
    read(response) {
      if (response.runtimeHandlers.length > 0) known = response.runtimeHandlers.map(({ name }) => name);
      known ??= handlersInConfiguration(response.info['config'] ?? '', log);
      return known;
    },
  };
}

function handlersInConfiguration(text: string, log: Log): readonly string[] {
  if (text === '') return [''];
  try {
    const config = JSON.parse(text) as { containerd?: { runtimes?: Record<string, unknown> } } | null;
    return ['', ...Object.keys(config?.containerd?.runtimes ?? {})];
  } catch (error) {
    log.warn('the runtime describes its handlers in a form that cannot be read', { error });
    return [''];
  }
}
