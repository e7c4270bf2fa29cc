import { join } from 'node:path';
import { createDeviceManager } from '../components/node-agent/devices/device-manager.ts';
import type { DynamicResources } from '../components/node-agent/dynamic-resources/contract.ts';
import type { DevicePlugin } from '../extension-points/devices/contract.ts';
import { driverPluginType } from '../extension-points/devices/dynamic/contract.ts';
import { followFaultFile } from '../extension-points/devices/fault-file.ts';
import { createFakeGpu, fakeGpuSteps } from '../extensions/devices/fake-gpu/fake-gpu.ts';
import { readFakeGpu } from '../extensions/devices/fake-gpu/read-fake-gpu.ts';
import type { Clock } from '../kernel/clock.ts';
import type { DisposalStack } from '../kernel/disposal.ts';
import type { Extension, ExtensionPoint } from '../kernel/extension-point.ts';
import type { Log } from '../kernel/log.ts';
import { gpuPlugins } from './gpus.ts';

export interface DevicePartsOptions {
  /** What holds `device-plugins`, `plugins_registry` and `pod-resources`. */
  readonly directory: string;
  /** Fake GPUs, each a word such as `example.com/gpu=4`. */
  readonly fakeGpus: readonly string[];
  /** Vendors whose GPUs of this machine are offered: `nvidia`, or `nvidia=<configuration file>`. */
  readonly gpus: readonly string[];
  /** What is found in `plugins_registry` beside device plugins. */
  readonly dynamicResources: DynamicResources;
  readonly point: ExtensionPoint<DevicePlugin>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The device plugins that ship; all are off until they are asked for. Throws when what is asked for cannot be read. */
export function devicePlugins(fakeGpus: readonly string[]): Extension<DevicePlugin & { setFaults(faults: object): void }>[] {
  return fakeGpus.map((text) => {
    const implementation = createFakeGpu(readFakeGpu(text));
    return { name: `fake-gpu ${implementation.resourceName}`, origin: 'built-in', implementation };
  });
}

/** The device manager of this machine's node, with the plugins that were asked for. */
export async function createDevices(
  { directory, fakeGpus, gpus, dynamicResources, point, clock, log }: DevicePartsOptions,
  stack: DisposalStack,
): Promise<ReturnType<typeof createDeviceManager>> {
  for (const extension of devicePlugins(fakeGpus)) {
    stack.use(point.add(extension));
    const { implementation } = extension;
    const path = join(directory, 'fake-gpu', `${implementation.resourceName.replaceAll('/', '_')}.json`);
    stack.use(followFaultFile({ path, steps: fakeGpuSteps, setFaults: (faults) => implementation.setFaults(faults), log }));
  }
  for (const extension of await gpuPlugins(gpus, { clock, log })) stack.use(point.add(extension));
  const pluginHandlers = { [driverPluginType]: dynamicResources.pluginHandler };
  const claimsOf: DynamicResources['claimsOf'] = (pod, container) => dynamicResources.claimsOf(pod, container);
  return createDeviceManager({ directory, point, pluginHandlers, claimsOf, clock, log });
}
