import { join } from 'node:path';
import { deviceclasses } from '../api/generated/resource-types.ts';
import { isAlreadyExists } from '../api/status.ts';
import { ownCdiFolder } from '../components/node-agent/dynamic-resources/dynamic-resources.ts';
import { serveDriver } from '../extension-points/devices/dynamic/serve.ts';
import { followFaultFile } from '../extension-points/devices/fault-file.ts';
import { classOfDriver } from '../extensions/devices/fake-dra-gpu/device-class.ts';
import { createFakeDraGpu, fakeDraGpuSteps } from '../extensions/devices/fake-dra-gpu/fake-dra-gpu.ts';
import { readFakeDraGpu } from '../extensions/devices/fake-dra-gpu/read-fake-dra-gpu.ts';
import type { DisposalStack } from '../kernel/disposal.ts';
import type { NodeParts } from './node-parts.ts';

export interface DriverPlace {
  readonly nodeName: string;
  /** The agent's own folder. */
  readonly directory: string;
  /** What holds `plugins` and `plugins_registry`. */
  readonly pluginDirectory: string;
}

/** Fake GPUs for claims, each read from a word such as `gpu.example.com=4`. Throws when one cannot be read. */
export const readFakeDraGpus = (words: readonly string[]): ReturnType<typeof readFakeDraGpu>[] => words.map(readFakeDraGpu);

/** Serves the drivers that were asked for on the node's own sockets, as an outside program does, each with a class by which claims ask for it. */
export async function serveFakeDraGpus(
  { fakeDraGpus, clientFor, clock, log }: NodeParts,
  { nodeName, directory, pluginDirectory }: DriverPlace,
  stack: DisposalStack,
): Promise<void> {
  const client = clientFor(`system:node:${nodeName}`, ['system:nodes']);
  const administrator = clientFor('system:wherry:nodes', ['system:masters']);
  for (const options of readFakeDraGpus(fakeDraGpus)) {
    const driver = createFakeDraGpu({ ...options, nodeName, cdiDirectory: join(directory, ownCdiFolder) });
    await administrator.create(deviceclasses, classOfDriver(driver.name)).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
    const driverLog = log.scope(`driver/${driver.name}`);
    stack.use(await serveDriver(driver, { client, nodeName, kubeletDirectory: pluginDirectory, clock, log: driverLog }));
    const path = join(directory, 'fake-dra-gpu', `${driver.name}.json`);
    stack.use(followFaultFile({ path, steps: fakeDraGpuSteps, setFaults: (faults) => driver.setFaults(faults), log: driverLog }));
  }
}
