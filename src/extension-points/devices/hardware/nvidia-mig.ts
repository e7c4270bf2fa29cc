import type { RootFiles } from './root-files.ts';

/** A part of a GPU with memory of its own (MIG GPU instance). */
export interface NvidiaGpuInstance {
  readonly id: number;
  /** Whoever may open this node may use the instance: `/dev/nvidia-caps/nvidia-cap<capabilityMinor>`. */
  readonly capabilityMinor: number;
  readonly computeInstances: readonly NvidiaComputeInstance[];
}

/** What a program runs on: a MIG device is a compute instance of a GPU instance. */
export interface NvidiaComputeInstance {
  readonly id: number;
  readonly capabilityMinor: number;
}

/** The instances of one GPU from /proc/driver/nvidia/capabilities; undefined when it cannot be split. */
export async function readMigInstances(files: RootFiles, gpuMinor: number): Promise<readonly NvidiaGpuInstance[] | undefined> {
  const folder = `/proc/driver/nvidia/capabilities/gpu${gpuMinor}/mig`;
  if (!(await files.exists(folder))) return undefined;
  const instances: NvidiaGpuInstance[] = [];
  for (const [id, path] of await numbered(files, folder, 'gi')) {
    const capabilityMinor = await capabilityOf(files, path);
    if (capabilityMinor === undefined) continue; // taken away just now
    const computeInstances: NvidiaComputeInstance[] = [];
    for (const [computeId, computePath] of await numbered(files, path, 'ci')) {
      const minor = await capabilityOf(files, computePath);
      if (minor !== undefined) computeInstances.push({ id: computeId, capabilityMinor: minor });
    }
    instances.push({ id, capabilityMinor, computeInstances });
  }
  return instances;
}

/** Folders `<prefix><number>`: their numbers and paths. */
async function numbered(files: RootFiles, folder: string, prefix: string): Promise<readonly (readonly [number, string])[]> {
  const names = await files.names(folder);
  return names
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => [Number(name.slice(prefix.length)), `${folder}/${name}`]);
}

async function capabilityOf(files: RootFiles, folder: string): Promise<number | undefined> {
  const minor = /^DeviceFileMinor:\s*(\d+)/m.exec((await files.text(`${folder}/access`)) ?? '')?.[1];
  return minor === undefined ? undefined : Number(minor);
}
