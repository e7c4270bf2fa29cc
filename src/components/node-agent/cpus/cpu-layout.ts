import type { Cpu } from '../topology/machine-topology.ts';
import type { CpuSet } from './cpu-list.ts';

/** What CPUs are grouped by. */
export type CpuLevel = 'numa' | 'socket' | 'core' | 'uncore';

const idAt: Readonly<Record<CpuLevel, (cpu: Cpu) => number>> = {
  numa: ({ numaNodeId }) => numaNodeId,
  socket: ({ socketId }) => socketId,
  core: ({ coreId }) => coreId,
  uncore: ({ uncoreCacheId }) => uncoreCacheId,
};

/** CPUs by what they are part of; of a whole machine, or of those that are free. */
export class CpuLayout {
  readonly #cpus: ReadonlyMap<number, Cpu>;

  constructor(cpus: Iterable<Cpu>) {
    this.#cpus = new Map(Array.from(cpus, (cpu) => [cpu.id, cpu]));
  }

  get ids(): Set<number> {
    return new Set(this.#cpus.keys());
  }

  get size(): number {
    return this.#cpus.size;
  }

  get(id: number): Cpu | undefined {
    return this.#cpus.get(id);
  }

  only(ids: CpuSet): CpuLayout {
    return new CpuLayout([...this.#cpus.values()].filter(({ id }) => ids.has(id)));
  }

  /** The groups of a level that have CPUs here. */
  groups(level: CpuLevel): Set<number> {
    return new Set([...this.#cpus.values()].map(idAt[level]));
  }

  /** Those of them that have CPUs in a group of another level. */
  groupsIn(level: CpuLevel, of: CpuLevel, id: number): Set<number> {
    return new Set([...this.#cpus.values()].filter((cpu) => idAt[of](cpu) === id).map(idAt[level]));
  }

  cpusIn(level: CpuLevel, ...ids: readonly number[]): Set<number> {
    return new Set([...this.#cpus.values()].filter((cpu) => ids.includes(idAt[level](cpu))).map(({ id }) => id));
  }

  /** CPUs to a group of this level when all are alike, rounded down. */
  cpusPer(level: CpuLevel): number {
    return Math.floor(this.size / Math.max(1, this.groups(level).size));
  }
}
