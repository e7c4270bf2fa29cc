import { type NvidiaDriver, readNvidiaDriver } from '../../../extension-points/devices/hardware/nvidia-driver.ts';
import { askNvidiaSmi, type NvidiaSmiGpu } from '../../../extension-points/devices/hardware/nvidia-smi.ts';
import { rootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Log } from '../../../kernel/log.ts';
import { askCudaFacts, type CudaFacts, noCudaFacts } from './cuda-facts.ts';

/** What labels are made of. */
export interface NvidiaFacts {
  readonly driver: NvidiaDriver;
  /** What `nvidia-smi` says, by UUID; empty without it. */
  readonly told: ReadonlyMap<string, NvidiaSmiGpu>;
  readonly cuda: CudaFacts;
  /** PCI classes of the GPUs, six digits. */
  readonly classes: ReadonlySet<string>;
  /** What the machine is sold as. */
  readonly machine: string | undefined;
}

/** Looks at the GPUs of a machine. `nvidia-smi` is asked again only when something else has changed, as that takes seconds. */
export class NvidiaFactsReader {
  readonly #root: string;
  readonly #log: Log;
  #layout = '';
  #told: ReadonlyMap<string, NvidiaSmiGpu> = new Map();
  #cuda = noCudaFacts;

  constructor(root: string, log: Log) {
    this.#root = root;
    this.#log = log;
  }

  /** Undefined when there is no driver, or no GPU that it drives. */
  async read(): Promise<NvidiaFacts | undefined> {
    const files = rootFiles(this.#root);
    const driver = await readNvidiaDriver(this.#root);
    if (!driver || driver.gpus.length === 0) return undefined;
    await this.#ask(driver);
    const classes = await Promise.all(driver.gpus.map(({ pciAddress }) => files.text(`/sys/bus/pci/devices/${pciAddress}/class`)));
    const machine = await files.text('/sys/class/dmi/id/product_name');
    return { driver, told: this.#told, cuda: this.#cuda, classes: new Set(classes.map((text) => (text ?? '').replace(/^0x/, ''))), machine };
  }

  async #ask(driver: NvidiaDriver): Promise<void> {
    const layout = JSON.stringify([driver.version, driver.gpus.map(({ uuid, gpuInstances }) => [uuid, gpuInstances])]);
    if (layout === this.#layout) return;
    try {
      const [gpus, cuda] = await Promise.all([askNvidiaSmi(this.#root), askCudaFacts(this.#root)]);
      this.#told = new Map((gpus ?? []).map((gpu) => [gpu.uuid, gpu]));
      this.#cuda = cuda;
      this.#layout = layout;
    } catch (error) {
      this.#log.warn('nvidia-smi failed; labels that it knows stay as they were', { error });
    }
  }
}
