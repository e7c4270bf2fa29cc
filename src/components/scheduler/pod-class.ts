import type { Pod } from '../../api/generated/core-v1.ts';
import type { NodeInfo } from '../../extension-points/scheduling/contract.ts';
import type { Diagnosis } from '../../extension-points/scheduling/fit-error.ts';
import { NodeRecord } from '../../extension-points/scheduling/node-record.ts';
import type { LiveNodeTable } from '../../extension-points/scheduling/node-table.ts';
import type { Breathe, Plugin, SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import { atOnce, checkedScore, fault, isRejected, statusOf } from '../../extension-points/scheduling/run.ts';
import type { SchedulingState } from '../../extension-points/scheduling/scheduling-state.ts';
import { judgeAtOnce, judgeOneByOne } from './ask-plugins.ts';
import type { Nominations } from './nominations.ts';
import { priorityOf } from './pod-facts.ts';
import { Ranking } from './ranking.ts';
import type { RankedPlugin } from './verdict-column.ts';
import { feasible, VerdictColumn } from './verdict-column.ts';

export interface PodClassDeps {
  readonly framework: SchedulingFramework;
  readonly table: LiveNodeTable;
  readonly nominations: Nominations;
  readonly breathe: Breathe;
}

/** So many nodes are looked at one by one without a pause. */
const fewNodes = 64;

/** The ages of scores: never asked for since the node changed, as new as the node, or waiting in the list of those that are not. */
const unscored = 0;
const fresh = 1;
const old = 2;

/** A pod in its cycle. */
export interface Subject {
  readonly state: SchedulingState;
  readonly pod: Pod;
}

/** The scores of one plugin by node index, as the plugin gave them. */
export interface ScoreColumn {
  readonly plugin: Plugin;
  readonly weight: number;
  /** Whether they still have to be brought into 0..100. */
  readonly isNormalized: boolean;
  raw: Float64Array;
  /** How many entries are not 0. */
  nonZero: number;
}

/**
 * What the plugins that sign pods make of each node for all pods that they sign alike, remembered until the node changes. Plugins that sign hold nothing against a
 * pod, and score it, by the node alone; so a class of identical pods pays for a node once, and not once per pod.
 */
export class PodClass {
  readonly #deps: PodClassDeps;
  readonly #signers: ReadonlySet<string>;
  readonly verdicts = new VerdictColumn();
  /** Why the pods of the class fit no node, as it was last worked out. */
  diagnosis: { readonly changes: number; readonly rosterVersion: number; readonly said: Diagnosis } | undefined;
  #identity: { readonly object: object; readonly changes: number; readonly rosterVersion: number } | undefined;
  /** The weighted scores, summed, of plugins that need no normalisation. */
  totals = new Float64Array(0);
  #ranking: Ranking | undefined;
  /** The nodes whose scores are older than they are. */
  #aged: number[] = [];
  /** Whether all scores are, and the list is not kept: many classes are never scored. */
  #isAllAged = true;
  /** By index, one of the ages below. */
  #ages = new Uint8Array(0);
  #feasible: { readonly changes: number; readonly indexes: Int32Array } | undefined;
  #scores: readonly ScoreColumn[] | undefined;
  #version = -1;
  #epochs = '';

  constructor(deps: PodClassDeps, signers: ReadonlySet<string>) {
    this.#deps = deps;
    this.#signers = signers;
  }

  /** Whether a plugin's results for the pods of this class are remembered here. */
  isRemembered({ name }: Plugin): boolean {
    return this.#signers.has(name);
  }

  /** The feasible nodes by their total. */
  get ranking(): Ranking {
    return (this.#ranking ??= new Ranking());
  }

  /** About what it holds, in bytes. */
  get sizeBytes(): number {
    const { byteLength } = this.totals;
    return this.verdicts.numbers.byteLength + (this.#ranking?.sizeBytes ?? 0) + this.#ages.byteLength + byteLength * (1.5 + (this.#scores?.length ?? 0));
  }

  /** The same object while no verdict and no node's place changes. */
  get identity(): object {
    const { changes } = this.verdicts;
    const { rosterVersion } = this.#deps.table;
    if (this.#identity?.changes !== changes || this.#identity.rosterVersion !== rosterVersion) this.#identity = { object: {}, changes, rosterVersion };
    return this.#identity.object;
  }

  /** The nodes that the remembered plugins take, in order. */
  get feasible(): Int32Array {
    const { changes } = this.verdicts;
    if (this.#feasible?.changes !== changes) this.#feasible = { changes, indexes: this.verdicts.feasible() };
    return this.#feasible.indexes;
  }

  /** Looks at the nodes that changed since the last time. Answers a promise when that takes so long that others must have their turn meanwhile. */
  refresh(subject: Subject, epochs: string): Promise<void> | undefined {
    const { table } = this.#deps;
    if (epochs !== this.#epochs) {
      this.#epochs = epochs;
      this.#version = -1;
    }
    if (this.#version === table.version && this.verdicts.size === table.nodes.length) return undefined;
    if (this.verdicts.isCluttered) {
      this.verdicts.clear();
      this.#version = -1;
    }
    const filters = this.#filters(subject.state);
    const since = this.#version;
    this.#version = table.version;
    this.#resize(table.nodes.length);
    // Few changes: the usual case, and too quick for a pause.
    if (since < 0 || table.version - since > fewNodes) return this.#catchUp(subject, filters, since, epochs);
    try {
      table.changedSince(since, (index) => this.#judge(subject, filters, index));
    } catch (error) {
      // Which nodes were not looked at is not known any more.
      this.#version = -1;
      throw error;
    }
    return undefined;
  }

  /**
   * The scores of plugins, of which those that need no normalisation are in `totals`. Up to date afterwards for all nodes that are feasible, and for those at `indexes`
   * that are not, if there may be any.
   */
  score(subject: Subject, indexes: Int32Array, mayHaveOthers: boolean): readonly ScoreColumn[] {
    // Another epoch may have plugins leave out other scores.
    if (this.#isAllAged) this.#scores = this.#columnsFor(subject.state);
    const columns = this.#scores!;
    this.#makeRoom();
    if (this.#isAllAged) this.#ageFeasible();
    if (this.#aged.length > fewNodes) this.#scoreMany(subject, columns);
    // Taken off one by one: what is left when a plugin throws is still to be done.
    for (let index = this.#aged.at(-1); index !== undefined; index = this.#aged.at(-1)) {
      const isFeasible = index < this.verdicts.size && this.verdicts.numbers[index] === feasible;
      if (isFeasible) this.#scoreOne(subject, columns, index);
      else this.#ages[index] = unscored;
      this.#aged.pop();
      if (isFeasible) this.ranking.set(index, this.totals[index]!);
      else this.ranking.delete(index);
    }
    // A node that the class refuses may do for this pod: when it was set aside for it.
    if (mayHaveOthers) for (const index of indexes) if (this.#ages[index] === unscored) this.#scoreOne(subject, columns, index);
    return columns;
  }

  /** Has plugins that can score many nodes at once do so; leaves the rest as it was. */
  #scoreMany({ state, pod }: Subject, columns: readonly ScoreColumn[]): void {
    const { framework, table } = this.#deps;
    const batches = columns.filter(({ plugin }) => plugin.implementation.scoreAll);
    const indexes = Int32Array.from(this.#aged.filter((index) => index < this.verdicts.size && this.verdicts.numbers[index] === feasible));
    const scores = batches.map(({ plugin }) => {
      const column = new Float64Array(indexes.length);
      framework.call(state, plugin, 'scoreAll', [state, pod, table, indexes, column]);
      return column;
    });
    const single = columns.filter((column) => !batches.includes(column));
    for (const [position, index] of indexes.entries()) {
      this.#scoreOne({ state, pod }, single, index);
      for (const [place, column] of batches.entries()) this.totals[index]! += this.#note(column, index, scores[place]![position]!);
      this.ranking.set(index, this.totals[index]!);
    }
    this.#aged = this.#aged.filter((index) => this.#ages[index] !== fresh);
  }

  #scoreOne({ state, pod }: Subject, columns: readonly ScoreColumn[], index: number): void {
    const { framework, table } = this.#deps;
    const node = table.nodes[index]!;
    let total = 0;
    for (const column of columns) {
      total += this.#note(column, index, framework.call(state, column.plugin, 'score', [state, pod, node]));
    }
    this.totals[index] = total;
    this.#ages[index] = fresh;
  }

  /** Answers what a score adds to the node's total. */
  #note(column: ScoreColumn, index: number, raw: number): number {
    atOnce(column.plugin, 'Score', raw);
    column.nonZero += Number(raw !== 0) - Number(column.raw[index] !== 0);
    column.raw[index] = raw;
    return column.isNormalized ? 0 : checkedScore(column.plugin, raw) * column.weight;
  }

  async #catchUp(subject: Subject, filters: readonly RankedPlugin[], since: number, epochs: string): Promise<void> {
    const { table, breathe } = this.#deps;
    const changed = new Set<number>();
    const isKnown = since >= 0 && table.changedSince(since, (index) => changed.add(index));
    try {
      if (!isKnown) await this.#begin(subject, filters);
      for (const index of changed) {
        if (index < table.nodes.length) this.#judge(subject, filters, index);
        const turn = breathe();
        if (turn) await turn;
      }
    } catch (error) {
      this.#version = -1;
      throw error;
    }
    // What changed during the pauses.
    await this.refresh(subject, epochs);
  }

  /** The verdicts on all nodes from scratch. */
  async #begin(subject: Subject, filters: readonly RankedPlugin[]): Promise<void> {
    const { nominations, table, breathe } = this.#deps;
    this.verdicts.acceptAll();
    this.#isAllAged = true;
    for (const ranked of filters) {
      if (!ranked.plugin.implementation.filterAll) continue;
      judgeAtOnce(this.#deps, subject, ranked, this.verdicts);
      const turn = breathe(table.nodes.length);
      if (!turn) continue;
      await turn;
      // Nodes that came or went meanwhile are looked at once this is done; until then they have a place.
      this.#resize(table.nodes.length);
    }
    for (const name of nominations.nodes()) {
      const index = table.indexOf(name);
      if (index !== undefined) this.#judge(subject, filters, index);
    }
    const single = filters.filter(({ plugin }) => !plugin.implementation.filterAll);
    if (single.length > 0) await judgeOneByOne(this.#deps, subject, single, this.verdicts);
  }

  #judge({ state, pod }: Subject, filters: readonly RankedPlugin[], index: number): void {
    if (index >= this.verdicts.size) return;
    const { table, nominations } = this.#deps;
    this.#age(index);
    const node = table.nodes[index]!;
    const expected = nominations.isEmpty ? [] : expectedOn(nominations, node.name, pod);
    // A pod of the class that is expected itself counts, too: it is for the finder to leave it out when that pod has its turn.
    const crowded = expected.length === 0 ? undefined : expected.reduce<NodeRecord>((record, other) => record.withPod(other), NodeRecord.from(node));
    if (crowded && this.#refuse(state, pod, filters, index, crowded)) return;
    if (!this.#refuse(state, pod, filters, index, node)) this.verdicts.accept(index);
  }

  /** Whether a plugin refuses the node, which is noted then. */
  #refuse(state: SchedulingState, pod: Pod, filters: readonly RankedPlugin[], index: number, node: NodeInfo): boolean {
    const { framework } = this.#deps;
    for (const ranked of filters) {
      const { plugin } = ranked;
      const status = statusOf(plugin, 'Filter', framework.call(state, plugin, 'filter', [state, pod, node]));
      if (status.code === 'success') continue;
      if (!isRejected(status)) throw fault(plugin, 'Filter', status);
      this.verdicts.refuse(index, status, ranked);
      return true;
    }
    return false;
  }

  #filters(state: SchedulingState): readonly RankedPlugin[] {
    return this.#deps.framework
      .pluginsWith('filter')
      .map((plugin, rank) => ({ plugin, rank }))
      .filter(({ plugin }) => this.isRemembered(plugin) && !state.skippedFilters.has(plugin.name));
  }

  #columnsFor(state: SchedulingState): readonly ScoreColumn[] {
    const { framework } = this.#deps;
    const plugins = framework.pluginsWith('score').filter((plugin) => this.isRemembered(plugin) && !state.skippedScores.has(plugin.name));
    const known = this.#scores;
    if (known?.length === plugins.length && known.every(({ plugin }, place) => plugin === plugins[place])) return known;
    return plugins.map((plugin) => ({
      plugin,
      weight: framework.weightOf(plugin),
      isNormalized: Boolean(plugin.implementation.normalizeScores ?? plugin.implementation.normalizeAll),
      raw: new Float64Array(this.totals.length),
      nonZero: 0,
    }));
  }

  #age(index: number): void {
    if (this.#isAllAged || this.#ages[index] === old) return;
    this.#ages[index] = old;
    this.#aged.push(index);
  }

  #ageFeasible(): void {
    this.#isAllAged = false;
    this.#ranking = undefined;
    this.#ages.fill(unscored);
    this.#aged = Array.from(this.feasible);
    for (const index of this.#aged) this.#ages[index] = old;
  }

  #resize(size: number): void {
    for (let index = size; index < this.verdicts.size; index++) this.#age(index);
    this.verdicts.resize(size);
    if (!this.#isAllAged) this.#makeRoom();
  }

  /** Scores take the most memory, and pods that fit one node at most need none. */
  #makeRoom(): void {
    const { size } = this.verdicts;
    if (this.totals.length >= size) return;
    const length = Math.max(size, this.totals.length * 2);
    const ages = new Uint8Array(length);
    ages.set(this.#ages);
    this.#ages = ages;
    this.totals = enlarged(this.totals, length);
    for (const column of this.#scores ?? []) column.raw = enlarged(column.raw, length);
  }
}

/** The pods that a node was set aside for and that count against this one: of the same or a higher priority. */
export const expectedOn = (nominations: Nominations, nodeName: string, pod: Pod): Pod[] =>
  [...nominations.on(nodeName)].filter((other) => priorityOf(other) >= priorityOf(pod));

function enlarged(array: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(capacity);
  larger.set(array);
  return larger;
}
