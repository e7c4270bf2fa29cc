import { ImageService, RuntimeService } from '../../api/generated/cri/runtime_pb.js';
import { type Container, type Image, type PodSandbox, type Runtime, RuntimeError } from './contract.ts';
import { type ServedMethod, serveGrpc, streamMethod, unaryMethod } from './grpc-server.ts';
import { containerConfigFromWire, resourcesFromWire, sandboxConfigFromWire } from './wire-config.ts';
import { fromInt64 } from './wire-numbers.ts';
import {
  containerStatusToWire,
  containerToWire,
  eventToWire,
  filesystemToWire,
  imageToWire,
  sandboxStatusToWire,
  sandboxToWire,
  statsToWire,
} from './wire-status.ts';

/**
 * Serves a runtime written in TypeScript as CRI v1 on a unix socket, for wherry's agent, a kubelet or `crictl`. What the contract does not have (pod statistics,
 * metrics, checkpoints) answers UNIMPLEMENTED, which callers of the CRI expect of any method newer than the runtime.
 */
export function serveRuntime(runtime: Runtime, socketPath: string): Promise<AsyncDisposable> {
  return serveGrpc(socketPath, [...sandboxMethods(runtime), ...containerMethods(runtime), ...streamingMethods(runtime), ...imageMethods(runtime)]);
}

// How many entries one message of a streamed list carries.
const pageSize = 500;

function sandboxMethods(runtime: Runtime): readonly ServedMethod[] {
  const { method } = RuntimeService;
  const list = async (filter: SandboxFilter | undefined): Promise<readonly PodSandbox[]> => {
    const sandboxes = await runtime.listPodSandboxes({ ...(filter?.id ? { id: filter.id } : {}), labels: filter?.labelSelector ?? {} });
    return sandboxes.filter(({ state }) => !filter?.state || (filter.state.state === 0) === (state === 'ready'));
  };
  return [
    unaryMethod(method.version, async () => {
      const { name, version, apiVersion } = await runtime.version();
      return { version: '0.1.0', runtimeName: name, runtimeVersion: version, runtimeApiVersion: apiVersion };
    }),
    unaryMethod(method.status, async () => {
      const { conditions, handlers } = await runtime.status();
      return { status: { conditions: conditions.map((condition) => ({ ...condition })) }, runtimeHandlers: handlers.map((name) => ({ name })) };
    }),
    unaryMethod(method.updateRuntimeConfig, async ({ runtimeConfig }) => {
      await runtime.updateRuntimeConfig?.(runtimeConfig?.networkConfig?.podCidr ?? '');
      return {};
    }),
    unaryMethod(method.runPodSandbox, async ({ config, runtimeHandler }) => ({
      podSandboxId: await runtime.runPodSandbox(sandboxConfigFromWire(config), runtimeHandler),
    })),
    unaryMethod(method.stopPodSandbox, ({ podSandboxId }) => done(runtime.stopPodSandbox(podSandboxId))),
    unaryMethod(method.removePodSandbox, ({ podSandboxId }) => done(runtime.removePodSandbox(podSandboxId))),
    unaryMethod(method.podSandboxStatus, async ({ podSandboxId }) => ({ status: sandboxStatusToWire(await runtime.podSandboxStatus(podSandboxId)) })),
    unaryMethod(method.listPodSandbox, async ({ filter }) => ({ items: (await list(filter)).map(sandboxToWire) })),
    streamMethod(method.streamPodSandboxes, async function* ({ filter }) {
      for (const page of pages(await list(filter))) yield { podSandboxes: page.map(sandboxToWire) };
    }),
  ];
}

interface SandboxFilter {
  readonly id: string;
  readonly state?: { readonly state: number };
  readonly labelSelector: Readonly<Record<string, string>>;
}
interface ContainerFilter extends SandboxFilter {
  readonly podSandboxId: string;
}

function containerMethods(runtime: Runtime): readonly ServedMethod[] {
  const { method } = RuntimeService;
  const states = ['created', 'running', 'exited', 'unknown'];
  const list = async (filter: ContainerFilter | undefined): Promise<readonly Container[]> => {
    const ids = { ...(filter?.id ? { id: filter.id } : {}), ...(filter?.podSandboxId ? { sandboxId: filter.podSandboxId } : {}) };
    const containers = await runtime.listContainers({ ...ids, labels: filter?.labelSelector ?? {} });
    return containers.filter(({ state }) => !filter?.state || states[filter.state.state] === state);
  };
  return [
    unaryMethod(method.createContainer, async ({ podSandboxId, config, sandboxConfig }) => ({
      containerId: await runtime.createContainer(podSandboxId, containerConfigFromWire(config), sandboxConfigFromWire(sandboxConfig)),
    })),
    unaryMethod(method.startContainer, ({ containerId }) => done(runtime.startContainer(containerId))),
    unaryMethod(method.stopContainer, ({ containerId, timeout }) => done(runtime.stopContainer(containerId, fromInt64(timeout)))),
    unaryMethod(method.removeContainer, ({ containerId }) => done(runtime.removeContainer(containerId))),
    unaryMethod(method.containerStatus, async ({ containerId }) => ({ status: containerStatusToWire(await runtime.containerStatus(containerId)) })),
    unaryMethod(method.listContainers, async ({ filter }) => ({ containers: (await list(filter)).map(containerToWire) })),
    streamMethod(method.streamContainers, async function* ({ filter }) {
      for (const page of pages(await list(filter))) yield { containers: page.map(containerToWire) };
    }),
    unaryMethod(method.updateContainerResources, ({ containerId, linux }) => done(runtime.updateContainerResources(containerId, resourcesFromWire(linux)))),
    unaryMethod(method.reopenContainerLog, ({ containerId }) => done(runtime.reopenContainerLog(containerId))),
    unaryMethod(method.containerStats, async ({ containerId }) => ({ stats: statsToWire(await runtime.containerStats(containerId)) })),
    unaryMethod(method.listContainerStats, async () => ({ stats: (await runtime.listContainerStats()).map(statsToWire) })),
    streamMethod(method.streamContainerStats, async function* () {
      for (const page of pages(await runtime.listContainerStats())) yield { containerStats: page.map(statsToWire) };
    }),
    streamMethod(method.getContainerEvents, async function* (_request, signal) {
      if (!runtime.events) throw new RuntimeError('UNIMPLEMENTED', 'method GetContainerEvents not implemented');
      for await (const event of runtime.events(signal)) yield eventToWire(event);
    }),
  ];
}

function streamingMethods(runtime: Runtime): readonly ServedMethod[] {
  const { method } = RuntimeService;
  return [
    unaryMethod(method.execSync, async ({ containerId, cmd, timeout }) => ({ ...(await runtime.execSync(containerId, cmd, fromInt64(timeout))) })),
    unaryMethod(method.exec, async ({ containerId, cmd, stdin, stdout, stderr, tty }) => ({
      url: await runtime.exec({ containerId, command: cmd, stdin, stdout, stderr, tty }),
    })),
    unaryMethod(method.attach, async ({ containerId, stdin, stdout, stderr, tty }) => ({
      url: await runtime.attach({ containerId, stdin, stdout, stderr, tty }),
    })),
    unaryMethod(method.portForward, async ({ podSandboxId, port }) => ({ url: await runtime.portForward(podSandboxId, port) })),
  ];
}

function imageMethods(runtime: Runtime): readonly ServedMethod[] {
  const { method } = ImageService;
  const named = (spec: { readonly image: string } | undefined): string => {
    if (!spec?.image) throw new RuntimeError('INVALID_ARGUMENT', 'image: a name is required');
    return spec.image;
  };
  const list = async (filter: { readonly image?: { readonly image: string } } | undefined): Promise<readonly Image[]> => {
    if (!filter?.image?.image) return runtime.listImages();
    const image = await runtime.imageStatus(filter.image.image);
    return image ? [image] : [];
  };
  return [
    unaryMethod(method.listImages, async ({ filter }) => ({ images: (await list(filter)).map(imageToWire) })),
    streamMethod(method.streamImages, async function* ({ filter }) {
      for (const page of pages(await list(filter))) yield { images: page.map(imageToWire) };
    }),
    unaryMethod(method.imageStatus, async ({ image }) => {
      const found = await runtime.imageStatus(named(image));
      return found ? { image: imageToWire(found) } : {};
    }),
    unaryMethod(method.pullImage, async ({ image, auth, sandboxConfig }, signal) => ({
      imageRef: await runtime.pullImage(named(image), auth, sandboxConfig && sandboxConfigFromWire(sandboxConfig), signal),
    })),
    unaryMethod(method.removeImage, ({ image }) => done(runtime.removeImage(named(image)))),
    unaryMethod(method.imageFsInfo, async () => {
      const filesystems = (await runtime.imageFilesystem()).map(filesystemToWire);
      return { imageFilesystems: filesystems, containerFilesystems: filesystems };
    }),
  ];
}

/** The answer of calls that answer nothing. */
async function done(work: Promise<void>): Promise<Record<string, never>> {
  await work;
  return {};
}

function* pages<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let index = 0; index < items.length; index += pageSize) yield items.slice(index, index + pageSize);
}
