import type { DevicePlugin } from '../extension-points/devices/contract.ts';
import { createAmd } from '../extensions/devices/amd/amd.ts';
import { readAmdConfiguration } from '../extensions/devices/amd/configuration.ts';
import { readIntelConfiguration } from '../extensions/devices/intel/configuration.ts';
import { createIntel } from '../extensions/devices/intel/intel.ts';
import { readNvidiaConfiguration } from '../extensions/devices/nvidia/configuration.ts';
import { createNvidia } from '../extensions/devices/nvidia/nvidia.ts';
import { readBoundedFile } from '../kernel/bounded-file.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Extension } from '../kernel/extension-point.ts';
import { errorText, type Log } from '../kernel/log.ts';

export interface GpuOptions {
  /** The machine: `/`, or a folder in which tests have put one. */
  readonly root?: string;
  readonly clock: Clock;
  readonly log: Log;
}

const makers: Readonly<Record<string, (configuration: string, options: GpuOptions) => Promise<readonly DevicePlugin[]>>> = {
  nvidia: (text, options) => createNvidia({ ...options, configuration: readNvidiaConfiguration(text) }),
  amd: (text, options) => createAmd({ ...options, configuration: readAmdConfiguration(text) }),
  intel: (text, options) => createIntel({ ...options, configuration: readIntelConfiguration(text) }),
};
const maximumFileBytes = 1024 * 1024;

/** Throws when these are not all vendors whose GPUs can be offered, each once: `nvidia`, or `nvidia=<configuration file>`. */
export function checkGpus(words: readonly string[]): void {
  const vendors = words.map((word) => word.split('=')[0]!);
  const [unknown] = vendors.filter((vendor) => !Object.hasOwn(makers, vendor));
  if (unknown !== undefined)
    throw new Error(
      `"${unknown}" is not a vendor of GPUs that is known here: write --gpu ${Object.keys(makers).join(', --gpu ')}, each with =<configuration file> if you like`,
    );
  const twice = vendors.find((vendor, index) => vendors.indexOf(vendor) !== index);
  if (twice !== undefined) throw new Error(`--gpu ${twice} is there twice`);
}

/** The plugins of the GPUs that were asked for. Rejects, naming the flag, when a configuration cannot be read or there is no such GPU. */
export async function gpuPlugins(words: readonly string[], options: GpuOptions): Promise<Extension<DevicePlugin>[]> {
  checkGpus(words);
  const extensions: Extension<DevicePlugin>[] = [];
  for (const word of words) {
    const vendor = word.split('=')[0]!;
    try {
      const plugins = await makers[vendor]!(await gpuConfiguration(word), options);
      for (const implementation of plugins) extensions.push({ name: `${vendor} ${implementation.resourceName}`, origin: 'built-in', implementation });
    } catch (cause) {
      throw new Error(`--gpu ${word}: ${errorText(cause)}`, { cause });
    }
  }
  return extensions;
}

/** The text of the configuration file that a word names; empty when it names none. */
export async function gpuConfiguration(word: string): Promise<string> {
  if (!word.includes('=')) return '';
  return readBoundedFile(word.slice(word.indexOf('=') + 1), maximumFileBytes);
}
