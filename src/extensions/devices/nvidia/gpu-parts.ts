import type { NvidiaDriver, NvidiaGpu } from '../../../extension-points/devices/hardware/nvidia-driver.ts';
import type { MigStrategy } from './configuration.ts';
import type { MigName } from './mig-names.ts';

/** What is given to one container at a time: a GPU, or a MIG device of one. */
export interface GpuPart {
  readonly id: string;
  /** As NVIDIA numbers it: `0`, or `0:1` for the second MIG device of the first GPU. */
  readonly index: string;
  readonly gpu: NvidiaGpu;
  /** Of the machine: `/dev/nvidia0`. */
  readonly nodes: readonly string[];
}

/** Finds the name of a MIG device; undefined when nobody knows it. */
export type NameOfMig = (gpu: NvidiaGpu, gpuInstance: number, computeInstance: number) => MigName | undefined;

export const gpuResource = 'nvidia.com/gpu';

/**
 * What the driver has to offer, by resource name. GPUs that are split are offered whole with strategy `none`, as MIG devices with the others. Throws in the words of
 * NVIDIA's plugin when `single` finds GPUs of different kinds, or when `mixed` cannot name a MIG device.
 */
export function gpuParts(driver: NvidiaDriver, strategy: MigStrategy, nameOf: NameOfMig): ReadonlyMap<string, readonly GpuPart[]> {
  const parts = new Map<string, GpuPart[]>();
  const profiles = new Set<string>();
  const add = (resource: string, part: GpuPart): void => void (parts.get(resource) ?? parts.set(resource, []).get(resource)!).push(part);
  for (const [index, gpu] of driver.gpus.entries()) {
    if (strategy === 'none' || gpu.gpuInstances.length === 0) add(gpuResource, { id: gpu.uuid, index: String(index), gpu, nodes: [`/dev/nvidia${gpu.minor}`] });
    else
      for (const { profile, part } of migParts(gpu, index, nameOf)) {
        profiles.add(profile ?? '');
        add(strategy === 'single' ? gpuResource : migResource(profile, part.id), part);
      }
  }
  if (strategy === 'single') requireUniform(driver, profiles);
  return parts;
}

/** `1g.5gb+me` cannot be part of a name. A compute instance that is only part of its GPU instance (`1c.3g.20gb`) has no resource upstream either. */
function migResource(profile: string | undefined, id: string): string {
  if (profile === undefined) throw new Error(`the profile of MIG device ${id} is not known: nvidia-smi, which tells it, is not there`);
  if (/^\d+c\./.test(profile)) throw new Error(`MIG profile '${profile}' does not match any resource patterns`);
  return `nvidia.com/mig-${profile.replaceAll('+', '.')}`;
}

function migParts(gpu: NvidiaGpu, index: number, nameOf: NameOfMig): readonly { readonly profile: string | undefined; readonly part: GpuPart }[] {
  const instances = gpu.gpuInstances.flatMap((instance) => instance.computeInstances.map((compute) => ({ instance, compute })));
  return instances.map(({ instance, compute }, number) => {
    const name = nameOf(gpu, instance.id, compute.id);
    const nodes = [`/dev/nvidia${gpu.minor}`, ...[instance, compute].map(({ capabilityMinor }) => `/dev/nvidia-caps/nvidia-cap${capabilityMinor}`)];
    // Drivers still know MIG devices by this form of name.
    const id = name?.uuid ?? `MIG-${gpu.uuid}/${instance.id}/${compute.id}`;
    return { profile: name?.profile, part: { id, index: `${index}:${number}`, gpu, nodes } };
  });
}

function requireUniform(driver: NvidiaDriver, profiles: ReadonlySet<string>): void {
  const split = driver.gpus.filter(({ gpuInstances }) => gpuInstances.length > 0).length;
  if (split > 0 && split < driver.gpus.length) throw new Error('all devices on the node must be configured with the same migEnabled value');
  if (profiles.size > 1) throw new Error('invalid MIG configuration: more than one MIG device type present on node');
}
