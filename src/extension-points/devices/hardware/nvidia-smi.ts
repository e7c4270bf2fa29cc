import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const patienceMs = 30_000;
const maximumBytes = 16 * 1024 * 1024;

/** What only the driver's library knows of a GPU, as `nvidia-smi` tells it. */
export interface NvidiaSmiGpu {
  readonly uuid: string;
  /** Mebibytes; 0 when it is not told. */
  readonly memoryMib: number;
  readonly isMigEnabled: boolean;
  readonly migDevices: readonly NvidiaSmiMigDevice[];
}

export interface NvidiaSmiMigDevice {
  readonly gpuInstance: number;
  readonly computeInstance: number;
  /** `1g.5gb`, `1c.3g.20gb`. */
  readonly profile: string;
  readonly uuid: string;
  /** Mebibytes; 0 when it is not told. */
  readonly memoryMib: number;
}

/** Asks the `nvidia-smi` of the machine below `root`. Undefined when there is none; rejects when it fails. */
export async function askNvidiaSmi(root = '/'): Promise<readonly NvidiaSmiGpu[] | undefined> {
  const program = await findNvidiaSmi(root);
  if (program === undefined) return undefined;
  const options = { timeout: patienceMs, maxBuffer: maximumBytes, env: { ...process.env, LC_ALL: 'C' } };
  const [list, report] = await Promise.all([execute(program, ['-L'], options), execute(program, ['-q', '-x'], options)]);
  return readNvidiaSmi(list.stdout, report.stdout);
}

/**
 * Puts together `nvidia-smi -L`, which has the profiles and UUIDs of MIG devices, and `nvidia-smi -q -x`, which has the rest. Both number the MIG devices of a GPU alike.
 */
export function readNvidiaSmi(list: string, report: string): readonly NvidiaSmiGpu[] {
  const named = namedDevices(list);
  return [...report.matchAll(/<gpu id="[^"]*">([\s\S]*?)<\/gpu>/g)].map(([, gpu]) => {
    const uuid = tag(gpu!, 'uuid');
    const migDevices = [...gpu!.matchAll(/<mig_device>([\s\S]*?)<\/mig_device>/g)].flatMap(([, device]) => {
      const name = named.get(`${uuid} ${tag(device!, 'index')}`);
      if (!name) return [];
      const [gpuInstance, computeInstance] = [Number(tag(device!, 'gpu_instance_id')), Number(tag(device!, 'compute_instance_id'))];
      return [{ gpuInstance, computeInstance, ...name, memoryMib: memoryOf(device!) }];
    });
    // MIG devices come before the GPU's own memory, with fields of the same name.
    const whole = gpu!.replace(/<mig_devices>[\s\S]*?<\/mig_devices>/, '');
    return { uuid, memoryMib: memoryOf(whole), isMigEnabled: tag(gpu!, 'current_mig') === 'Enabled', migDevices };
  });
}

/** By GPU and index. */
function namedDevices(list: string): ReadonlyMap<string, { readonly profile: string; readonly uuid: string }> {
  const found = new Map<string, { profile: string; uuid: string }>();
  let gpu = '';
  for (const line of list.split('\n')) {
    gpu = /^GPU \d+: .*\(UUID: (GPU-[^)]+)\)/.exec(line)?.[1] ?? gpu;
    const [, profile, index, uuid] = /^\s+MIG (\S+)\s+Device\s+(\d+): \(UUID: (MIG-[^)]+)\)/.exec(line) ?? [];
    if (profile !== undefined) found.set(`${gpu} ${index}`, { profile, uuid: uuid! });
  }
  return found;
}

const tag = (xml: string, name: string): string => new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(xml)?.[1] ?? '';
const memoryOf = (xml: string): number => Number(/<fb_memory_usage>\s*<total>\s*(\d+) MiB/.exec(xml)?.[1] ?? 0);

/** Where the `nvidia-smi` of the machine below `root` is; undefined when it has none. */
export async function findNvidiaSmi(root: string): Promise<string | undefined> {
  for (const folder of ['usr/bin', 'usr/local/nvidia/bin', 'bin']) {
    const path = join(root, folder, 'nvidia-smi');
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}
