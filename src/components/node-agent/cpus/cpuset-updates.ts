import type { Pod } from '../../../api/generated/core-v1.ts';
import type { Runtime } from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { noResources } from '../containers/container-resources.ts';
import { podText, podUid } from '../directories.ts';
import { activeContainer, isRunning, type ObservedContainer, type ObservedPod } from '../pod/observed-pod.ts';
import { allContainers } from '../resources.ts';
import { cpuListText } from './cpu-list.ts';
import type { StaticCpus } from './static-cpus.ts';

export interface CpusetUpdatesParts {
  readonly cpus: StaticCpus;
  readonly runtime: Runtime;
  readonly activePods: () => readonly Pod[];
  readonly observed: (uid: string) => ObservedPod;
  readonly periodMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps running containers on the CPUs they are to be on: whenever those change, and again and again for containers that were not up then. */
export class CpusetUpdates implements AsyncDisposable {
  readonly #parts: CpusetUpdatesParts;
  /** What containers were told last, by id. */
  #told = new Map<string, string>();
  #work: Promise<void> | undefined;
  #isDue = false;
  #timer: Disposable | undefined;
  #changes: Disposable | undefined;
  #isClosed = false;

  constructor(parts: CpusetUpdatesParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#changes = this.#parts.cpus.onChange(() => this.#wake());
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#changes?.[Symbol.dispose]();
    this.#timer?.[Symbol.dispose]();
    await this.#work;
  }

  #wake(): void {
    if (this.#isClosed) return;
    this.#isDue = true;
    this.#work ??= this.#run().finally(() => (this.#work = undefined));
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // whoever changed something is not kept waiting
    const { clock, periodMs } = this.#parts;
    while (this.#isDue && !this.#isClosed) {
      this.#isDue = false;
      await this.#update();
    }
    this.#timer?.[Symbol.dispose]();
    if (!this.#isClosed) this.#timer = clock.after(periodMs, () => this.#wake());
  }

  async #update(): Promise<void> {
    const { activePods, observed } = this.#parts;
    const told = new Map<string, string>();
    for (const pod of activePods()) {
      const seen = observed(podUid(pod));
      for (const { name } of allContainers(pod)) {
        const container = activeContainer(seen, name);
        if (container && isRunning(container) && !this.#isClosed) await this.#tell(pod, container, told);
      }
    }
    this.#told = told;
  }

  async #tell(pod: Pod, { id, metadata }: ObservedContainer, told: Map<string, string>): Promise<void> {
    const { cpus, runtime, log } = this.#parts;
    const cpusetCpus = cpuListText(cpus.cpusOf(podUid(pod), metadata.name));
    try {
      if (this.#told.get(id) !== cpusetCpus) await runtime.updateContainerResources(id, { ...noResources, cpusetCpus });
      told.set(id, cpusetCpus);
    } catch (error) {
      log.warn('a container was not moved to its CPUs; trying again', { pod: podText(pod), container: metadata.name, cpus: cpusetCpus, error });
    }
  }
}
