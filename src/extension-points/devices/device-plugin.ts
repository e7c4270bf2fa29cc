import { DevicePlugin as DevicePluginService } from '../../api/generated/device-plugin/device-plugin_pb.js';
import { untilAborted } from '../../kernel/until-aborted.ts';
import { createGrpcClient, type GrpcClient } from '../runtime/grpc-client.ts';
import type { DevicePlugin } from './contract.ts';
import { goStatusText } from './go-status.ts';
import { allocationFromWire, DeviceListReader } from './wire.ts';

const dialTimeoutMs = 10_000;
const preStartTimeoutMs = 30_000;
/** Lists that follow each other faster than this are not all read: each replaces the one before. */
const readEveryMs = 25;
/** After reading a long list nothing is read for so many times as long: a plugin that never stops talking must not keep everybody else waiting. */
const restFactor = 4;

/**
 * A device plugin behind the socket of another process. Connects and asks for its options first, as the kubelet does while it registers a plugin; rejects with
 * upstream's `failed to dial device plugin: …` or `failed to get device plugin options: …`, or with the signal's reason: a plugin may never answer. Faults of later
 * calls read as Go prints them.
 */
export async function connectDevicePlugin(
  resourceName: string,
  socketPath: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<DevicePlugin & Disposable> {
  const grpc = await createGrpcClient(`unix://${socketPath}`);
  try {
    const dialled = grpc.connected(dialTimeoutMs).catch((cause: unknown) => fail('failed to dial device plugin: context deadline exceeded', cause));
    await untilAborted(dialled, signal);
    const options = await grpc
      .unary(method.getDevicePluginOptions, {}, { signal })
      .catch((cause: unknown) => fail(`failed to get device plugin options: ${goStatusText(cause)}`, cause));
    return pluginOf(resourceName, grpc, options);
  } catch (error) {
    grpc[Symbol.dispose]();
    throw error;
  }
}

const { method } = DevicePluginService;

function fail(message: string, cause: unknown): never {
  throw new Error(message, { cause });
}

function pluginOf(
  resourceName: string,
  grpc: GrpcClient,
  options: { readonly preStartRequired: boolean; readonly getPreferredAllocationAvailable: boolean },
): DevicePlugin & Disposable {
  const closing = new AbortController();
  const { signal } = closing;
  const inGoWords = <T>(call: Promise<T>): Promise<T> => call.catch((cause: unknown) => fail(goStatusText(cause), cause));
  const plugin: DevicePlugin = {
    resourceName,
    async *devices(ending) {
      const list = new DeviceListReader();
      for await (const bytes of newest(grpc.byteStream(method.listAndWatch, {}, ending))) yield list.read(bytes);
    },
    // Neither this nor the wish has a time limit upstream: a plugin may have to reset a device.
    async allocate(deviceIds) {
      const { containerResponses } = await inGoWords(grpc.unary(method.allocate, { containerRequests: [{ devicesIds: [...deviceIds] }] }, { signal }));
      const [response] = containerResponses;
      if (!response) throw new Error('no containers return in allocation response &AllocateResponse{ContainerResponses:[]*ContainerAllocateResponse{},}');
      return allocationFromWire(response);
    },
  };
  if (options.getPreferredAllocationAvailable)
    plugin.preferredAllocation = async ({ availableIds, mustIncludeIds, size }) => {
      const request = { availableDeviceIDs: [...availableIds], mustIncludeDeviceIDs: [...mustIncludeIds], allocationSize: size };
      const { containerResponses } = await inGoWords(grpc.unary(method.getPreferredAllocation, { containerRequests: [request] }, { signal }));
      return containerResponses[0]?.deviceIDs ?? [];
    };
  if (options.preStartRequired)
    plugin.preStartContainer = async (deviceIds) => {
      await inGoWords(grpc.unary(method.preStartContainer, { devicesIds: [...deviceIds] }, { deadlineMs: preStartTimeoutMs, signal }));
    };
  return Object.assign(plugin, {
    [Symbol.dispose]() {
      closing.abort(new Error('the device plugin is not used any more'));
      grpc[Symbol.dispose]();
    },
  });
}

/** The newest of what has come, at most once every `readEveryMs` and less often when it takes long to read; the last is never left out. A fault of the source comes after what preceded it. */
async function* newest(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let latest: Uint8Array | undefined;
  let end: { readonly error?: unknown } | undefined;
  let arrived = Promise.withResolvers<void>();
  const pumping = (async () => {
    for await (const bytes of source) {
      latest = bytes;
      arrived.resolve();
    }
  })().then(
    () => (end = {}),
    (error: unknown) => (end = { error }),
  );
  void pumping.then(() => arrived.resolve());
  for (;;) {
    await arrived.promise;
    const bytes = latest;
    latest = undefined;
    if (bytes) {
      const startedMs = performance.now();
      yield bytes; // returns when it was read
      const restMs = Math.max(readEveryMs, restFactor * (performance.now() - startedMs));
      if (latest === undefined && end === undefined) arrived = Promise.withResolvers<void>();
      if (end === undefined) await new Promise((resolve) => setTimeout(resolve, restMs).unref());
    } else if (end) {
      if ('error' in end) throw end.error;
      return;
    } else {
      arrived = Promise.withResolvers<void>();
    }
  }
}
