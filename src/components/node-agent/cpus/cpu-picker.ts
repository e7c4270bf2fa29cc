import type { CpuLayout, CpuLevel } from './cpu-layout.ts';
import { type CpuSet, sortedCpus } from './cpu-list.ts';

/** Packed: whole cores first. Spread: one CPU after another, so that cores are shared last. */
export type CpuOrder = 'packed' | 'spread';

/** Picks CPUs out of free ones, group by group. What is picked is not free any more. */
export class CpuPicker {
  readonly #machine: CpuLayout;
  readonly #order: CpuOrder;
  /** NUMA nodes and sockets, whichever holds the other in front. */
  readonly #levels: readonly CpuLevel[];
  readonly picked = new Set<number>();
  #free: CpuLayout;
  #needed: number;

  constructor(machine: CpuLayout, free: CpuSet, count: number, order: CpuOrder) {
    this.#machine = machine;
    this.#order = order;
    this.#levels = machine.groups('socket').size >= machine.groups('numa').size ? ['numa', 'socket', 'core'] : ['socket', 'numa', 'core'];
    this.#free = machine.only(free);
    this.#needed = count;
  }

  get needed(): number {
    return this.#needed;
  }

  get isSatisfied(): boolean {
    return this.#needed < 1;
  }

  get canSucceed(): boolean {
    return this.#needed <= this.#free.size;
  }

  get free(): CpuLayout {
    return this.#free;
  }

  take(cpus: CpuSet): void {
    for (const cpu of cpus) this.picked.add(cpu);
    this.#free = this.#free.only(this.#free.ids.difference(this.picked));
    this.#needed -= cpus.size;
  }

  /** All free groups of the outermost level that the request fills, then of the one inside it. */
  takeWholeNodesAndSockets(): void {
    for (const level of this.#levels.slice(0, 2)) {
      const total = level === 'socket' ? () => this.#machine.cpusPer('socket') : (id: number) => this.#machine.cpusIn(level, id).size;
      this.#takeWhole(level, this.sorted(level), total);
    }
  }

  takeWholeCores(): void {
    this.#takeWhole('core', this.sorted('core'), () => this.#machine.cpusPer('core'));
  }

  /** Caches the request fills, then one that has room for what is left. */
  takeUncoreCaches(): void {
    const perCache = this.#machine.cpusPer('uncore');
    for (const cache of this.#sortedCaches()) {
      if (this.#needed >= perCache) this.#takeWhole('uncore', this.#sortedCaches(), (id) => this.#machine.cpusIn('uncore', id).size);
      if (this.isSatisfied) return;
      this.#takeWithin(cache);
      if (this.isSatisfied) return;
    }
  }

  /** Any CPUs that are left, those of broken cores first (or, spread, by their number). */
  takeSingle(): void {
    const cpus =
      this.#order === 'packed'
        ? this.sorted('core').flatMap((core) => sortedCpus(this.#free.cpusIn('core', core)))
        : this.sorted('socket').flatMap((socket) => sortedCpus(this.#free.cpusIn('socket', socket)));
    for (const cpu of cpus.slice(0, this.#needed)) this.take(new Set([cpu]));
  }

  /** Groups of a level with free CPUs: the fewest free first, within what holds them in the same order. */
  sorted(level: CpuLevel): number[] {
    const index = this.#levels.indexOf(level);
    const outer = this.#levels[index - 1];
    if (outer === undefined) return this.#fewestFirst(level, this.#free.groups(level));
    return this.sorted(outer).flatMap((id) => this.#fewestFirst(level, this.#free.groupsIn(level, outer, id)));
  }

  #sortedCaches(): number[] {
    return this.sorted('numa').flatMap((node) => this.#fewestFirst('uncore', this.#free.groupsIn('uncore', 'numa', node)));
  }

  #fewestFirst(level: CpuLevel, ids: Iterable<number>): number[] {
    const counts = new Map(Array.from(ids, (id) => [id, this.#free.cpusIn(level, id).size]));
    return [...counts].sort(([left, leftCount], [right, rightCount]) => leftCount - rightCount || left - right).map(([id]) => id);
  }

  #takeWhole(level: CpuLevel, ids: readonly number[], total: (id: number) => number): void {
    for (const id of ids.filter((group) => this.#free.cpusIn(level, group).size === total(group))) {
      const cpus = this.#machine.cpusIn(level, id);
      if (this.#needed >= cpus.size) this.take(cpus);
    }
  }

  /** All that is still needed from one cache, as whole cores but for an odd last CPU; nothing when it has not as much. */
  #takeWithin(cache: number): void {
    const perCore = this.#machine.cpusPer('core');
    const cores = sortedCpus(this.#free.groupsIn('core', 'uncore', cache)).slice(0, Math.ceil(this.#needed / perCore));
    const cpus = sortedCpus(this.#free.cpusIn('core', ...cores));
    if (this.#needed % 2 !== 0 && perCore > 1 && cpus.length > this.#needed) cpus.pop();
    if (cpus.length === this.#needed) this.take(new Set(cpus));
  }
}
