import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Registration } from '../../../api/generated/plugin-registration/plugin-registration_pb.js';
import type { Client } from '../../../client/client.ts';
import { type Clock, systemClock } from '../../../kernel/clock.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { type Log, silentLog } from '../../../kernel/log.ts';
import { serveGrpc, unaryMethod } from '../../runtime/grpc-server.ts';
import { pluginsRegistryFolder } from '../contract.ts';
import { type DynamicDeviceDriver, driverPluginType, driverServices, healthService, pluginsFolder } from './contract.ts';
import { driverMethods } from './driver-methods.ts';
import { SlicePublisher } from './publish-slices.ts';

// What most drivers need beside.
export { type CdiSpecification, type ContainerEdits, readCdiSpecifications, removeCdiSpecification, writeCdiSpecification } from './cdi-specification.ts';

export interface ServeDriverOptions {
  /** Reads claims and nodes, reads and writes ResourceSlices. */
  readonly client: Client;
  readonly nodeName: string;
  /** What holds `plugins` and `plugins_registry`. Default: the stock `/var/lib/kubelet`. */
  readonly kubeletDirectory?: string;
  /** Tells this instance from others that run at the same time, as while a driver is replaced by a newer one: usually the uid of its pod. */
  readonly instance?: string;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** A driver that is served. Disposing ends it and removes its sockets; what is prepared stays so, and what is published until the agent finds that no driver comes again. */
export interface ServedDriver extends AsyncDisposable {
  /** Path of the driver's own socket. */
  readonly endpoint: string;
  /** Resolves when an agent has first taken the driver. */
  readonly registered: Promise<void>;
  /** Resolves when the first pools are published. */
  readonly published: Promise<void>;
}

const retryMs = 1_000;

/** Turns a driver into an outside program: serves it to the node agent of this machine, wherry's or a kubelet, and publishes its devices. */
export async function serveDriver(driver: DynamicDeviceDriver, options: ServeDriverOptions): Promise<ServedDriver> {
  const { client, nodeName, kubeletDirectory = '/var/lib/kubelet', instance, clock = systemClock, log = silentLog } = options;
  const suffix = instance === undefined ? '' : `-${instance}`;
  const endpoint = join(kubeletDirectory, pluginsFolder, driver.name, `dra${suffix}.sock`);
  const registrationSocket = join(kubeletDirectory, pluginsRegistryFolder, `${driver.name}${suffix}-reg.sock`);
  const registered = settledLater();
  const published = settledLater();
  const closing = new AbortController();
  const stack = new DisposalStack();
  const serve = async (path: string, methods: Parameters<typeof serveGrpc>[1]): Promise<void> => {
    await mkdir(join(path, '..'), { recursive: true, mode: 0o750 });
    stack.defer(() => rm(path, { force: true }));
    stack.use(await serveGrpc(path, methods));
  };
  try {
    await serve(endpoint, driverMethods(driver, client, clock));
    // Last, so that whoever finds the driver can use it.
    await serve(registrationSocket, [
      unaryMethod(Registration.method.getInfo, async () => ({
        type: driverPluginType,
        name: driver.name,
        endpoint,
        supportedVersions: [...driverServices, ...(driver.health ? [healthService] : [])],
      })),
      unaryMethod(Registration.method.notifyRegistrationStatus, async ({ pluginRegistered, error }) => {
        if (pluginRegistered) registered.resolve();
        else log.warn('the node agent refuses the driver', { driver: driver.name, error });
        return {};
      }),
    ]);
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
  const publisher = stack.use(new SlicePublisher({ driver: driver.name, nodeName, client, clock, log }));
  const publishing = publishAlways(driver, publisher, { clock, log, signal: closing.signal, onPublished: published.resolve });
  return {
    endpoint,
    registered: registered.promise,
    published: published.promise,
    async [Symbol.asyncDispose]() {
      closing.abort(new Error('the driver is stopped'));
      await publishing;
      registered.reject(new Error('the driver was stopped before an agent took it'));
      published.reject(new Error('the driver was stopped before its devices were published'));
      await stack[Symbol.asyncDispose]();
    },
  };
}

interface Publishing {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onPublished: () => void;
}

/** A driver that fails to list its devices is asked again. */
async function publishAlways(driver: DynamicDeviceDriver, publisher: SlicePublisher, { clock, log, signal, onPublished }: Publishing): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const pools of driver.pools(signal)) publisher.publish(pools).then(onPublished, () => {}); // it ends unpublished when the driver does
      return;
    } catch (error) {
      log.warn('the driver does not list its devices; asking again', { driver: driver.name, error });
    }
    await clock.sleep(retryMs, signal).catch(() => {}); // told to stop
  }
}

/** A promise that nobody has to wait for. */
function settledLater(): PromiseWithResolvers<void> {
  const later = Promise.withResolvers<void>();
  later.promise.catch(() => {});
  return later;
}
