import { type NvidiaGpuInstance, readMigInstances } from './nvidia-mig.ts';
import { numaNodeOf } from './pci-device.ts';
import { type RootFiles, rootFiles } from './root-files.ts';

/** What the NVIDIA kernel driver shows of itself in /proc/driver/nvidia. */
export interface NvidiaDriver {
  /** `550.107.02`. */
  readonly version: string;
  /** By minor number. GPUs that the driver was told to leave alone are not among them. */
  readonly gpus: readonly NvidiaGpu[];
}

export interface NvidiaGpu {
  /** As CUDA and nvidia-smi name it: `GPU-b1028956-cfa2-0990-bf4a-5da9abb51763`. */
  readonly uuid: string;
  /** `NVIDIA A100-SXM4-40GB`. */
  readonly model: string;
  /** Its device node is `/dev/nvidia<minor>`. */
  readonly minor: number;
  /** As sysfs names it: `0000:3b:00.0`. */
  readonly pciAddress: string;
  readonly numaNode: number | undefined;
  /** Whether the GPU can be split (MIG). */
  readonly isMigCapable: boolean;
  /** What it is split into; empty when it is not, or when it is to be split and is not yet: the driver does not tell these apart here. */
  readonly gpuInstances: readonly NvidiaGpuInstance[];
}

/**
 * Reads the driver of the machine below `root`. Undefined when it is not loaded.
 * Memory, temperatures, faults (XID) and the UUIDs of MIG devices are not in /proc: they need the driver's own library.
 */
export async function readNvidiaDriver(root = '/'): Promise<NvidiaDriver | undefined> {
  const files = rootFiles(root);
  const version = /^NVRM version:.*?\s(\d+(?:\.\d+)+)\s/m.exec(`${(await files.text('/proc/driver/nvidia/version')) ?? ''} `)?.[1];
  if (version === undefined) return undefined;
  const gpus: NvidiaGpu[] = [];
  for (const address of await files.names('/proc/driver/nvidia/gpus')) {
    const gpu = await readGpu(files, address);
    if (gpu) gpus.push(gpu);
  }
  return { version, gpus: gpus.sort((left, right) => left.minor - right.minor) };
}

async function readGpu(files: RootFiles, address: string): Promise<NvidiaGpu | undefined> {
  const information = fieldsOf((await files.text(`/proc/driver/nvidia/gpus/${address}/information`)) ?? '');
  const uuid = information.get('GPU UUID') ?? '';
  const minor = Number(information.get('Device Minor') ?? Number.NaN);
  if (information.get('GPU Excluded') === 'Yes' || !/^GPU-[0-9a-f-]{36}$/i.test(uuid) || !Number.isInteger(minor)) return undefined;
  const pciAddress = (information.get('Bus Location') ?? address).toLowerCase();
  const mig = await readMigInstances(files, minor);
  return {
    uuid,
    model: information.get('Model') ?? '',
    minor,
    pciAddress,
    numaNode: await numaNodeOf(files, pciAddress),
    isMigCapable: mig !== undefined,
    gpuInstances: mig ?? [],
  };
}

/** Lines of `Name:    value`. */
const fieldsOf = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^([^:\n]+):[ \t]*(.*?)[ \t]*$/gm)].map(([, name, value]) => [name!.trim(), value!]));
