import type { NvidiaDriver, NvidiaGpu } from '../../../extension-points/devices/hardware/nvidia-driver.ts';
import { askNvidiaSmi, type NvidiaSmiGpu } from '../../../extension-points/devices/hardware/nvidia-smi.ts';
import type { Log } from '../../../kernel/log.ts';

export interface MigName {
  readonly uuid: string;
  /** `1g.5gb`. */
  readonly profile: string;
}

/** What MIG devices are called, which the kernel driver does not say. `nvidia-smi` is asked again only when GPUs are split another way, as that takes seconds. */
export class MigNames {
  readonly #root: string;
  readonly #log: Log;
  #layout = '';
  #names: ReadonlyMap<string, MigName> = new Map();

  constructor(root: string, log: Log) {
    this.#root = root;
    this.#log = log;
  }

  /** To be called before names are asked for. A failing `nvidia-smi` is logged, and asked again next time. */
  async refresh(driver: NvidiaDriver): Promise<void> {
    const layout = layoutOf(driver);
    if (layout === this.#layout) return;
    try {
      const gpus = layout === '' ? [] : ((await askNvidiaSmi(this.#root)) ?? []);
      this.#names = namesOf(gpus);
      this.#layout = layout;
    } catch (error) {
      this.#log.warn('nvidia-smi failed; names of MIG devices are as they were', { error });
    }
  }

  readonly nameOf = (gpu: NvidiaGpu, gpuInstance: number, computeInstance: number): MigName | undefined =>
    this.#names.get(keyOf(gpu.uuid, gpuInstance, computeInstance));
}

const keyOf = (uuid: string, gpuInstance: number, computeInstance: number): string => `${uuid}/${gpuInstance}/${computeInstance}`;

const layoutOf = ({ gpus }: NvidiaDriver): string =>
  gpus
    .flatMap(({ uuid, gpuInstances }) => gpuInstances.flatMap(({ id, computeInstances }) => computeInstances.map((compute) => keyOf(uuid, id, compute.id))))
    .join(' ');

const namesOf = (gpus: readonly NvidiaSmiGpu[]): ReadonlyMap<string, MigName> =>
  new Map(gpus.flatMap((gpu) => gpu.migDevices.map((device) => [keyOf(gpu.uuid, device.gpuInstance, device.computeInstance), device] as const)));
