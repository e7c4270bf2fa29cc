import type { DevicePlugin } from '../../../extension-points/devices/contract.ts';
import { readNvidiaDriver } from '../../../extension-points/devices/hardware/nvidia-driver.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import type { NvidiaConfiguration } from './configuration.ts';
import { NvidiaMachine } from './nvidia-machine.ts';
import { nvidiaPlugin } from './nvidia-plugin.ts';

export interface NvidiaOptions {
  readonly configuration: NvidiaConfiguration;
  /** The machine: `/`, or a folder in which tests have put one. */
  readonly root?: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * One plugin for each resource that this machine's NVIDIA GPUs make: `nvidia.com/gpu`, and what MIG and sharing make of it. Which resources there are is looked at once,
 * which devices they have all the time. Rejects when there is no driver, unless `failOnInitError` is off (then there are none), and when GPUs are split in a way that the
 * strategy does not allow.
 */
export async function createNvidia({ configuration, root = '/', clock, log }: NvidiaOptions): Promise<readonly DevicePlugin[]> {
  if (!(await readNvidiaDriver(root))) {
    const reason = 'no NVIDIA driver is loaded: /proc/driver/nvidia/version is not there';
    if (configuration.failOnInitError) throw new Error(`${reason}; install the driver, or set flags.failOnInitError to false`);
    log.warn('no NVIDIA GPUs are offered', { reason });
    return [];
  }
  const machine = new NvidiaMachine(root, configuration, log);
  const offered = await machine.look();
  if (offered.size === 0) log.warn('no NVIDIA GPUs are offered', { reason: 'the driver has none' });
  return [...offered.keys()].map((resourceName) => nvidiaPlugin(resourceName, machine, clock));
}
