import type { NodeInfo, NodeScore } from '../../extension-points/scheduling/contract.ts';
import type { NodeScores } from '../../extension-points/scheduling/decision.ts';
import type { LiveNodeTable } from '../../extension-points/scheduling/node-table.ts';
import { maximumScore } from '../../extension-points/scheduling/normalize-scores.ts';
import type { Breathe, Plugin, SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import { atOnce, checkedScore, fault, statusOf } from '../../extension-points/scheduling/run.ts';
import type { PodClass, ScoreColumn, Subject } from './pod-class.ts';

export interface ScoreSheetDeps {
  readonly framework: SchedulingFramework;
  readonly table: LiveNodeTable;
  readonly breathe: Breathe;
}

/** The nodes to choose from, by index, in order. */
export interface Candidates {
  readonly indexes: Int32Array;
  /** Whether the class of the pod is known to take them all. */
  readonly areOfClass: boolean;
}

/** What one plugin made of the feasible nodes. */
interface Line {
  readonly plugin: Plugin;
  readonly weight: number;
  rawOf(position: number): number;
  normalizedOf(position: number): number;
}

/** Scores the feasible nodes of one cycle: what classes remember is added up, what batches score is scored at once, the rest one by one. Made once, used for every cycle. */
export class ScoreSheet implements NodeScores {
  readonly #deps: ScoreSheetDeps;
  #indexes: Int32Array = new Int32Array(0);
  /** The feasible nodes as they were when the scoring began; absent while the table has them still. */
  #nodes: readonly NodeInfo[] | undefined;
  /** The indexes may mean other nodes by now. */
  #mayHavePaused = false;
  #lines: Line[] = [];
  readonly #columns: Float64Array[] = [];
  #usedColumns = 0;
  /** Memory for the positions of the best nodes. */
  #best = new Int32Array(0);
  /** The weighted sums by position among the feasible nodes; left alone while the ranking of a class has them. */
  #totals: Float64Array = new Float64Array(0);
  /** The class whose totals are the outcome when nothing else has a say, and what is to be added to all of them. */
  #ranked: { readonly podClass: PodClass; readonly constant: number; readonly isWhole: boolean } | undefined;

  constructor(deps: ScoreSheetDeps) {
    this.#deps = deps;
  }

  get count(): number {
    return this.#indexes.length;
  }

  get plugins(): readonly { readonly name: string; readonly weight: number }[] {
    return this.#lines.map(({ plugin, weight }) => ({ name: plugin.name, weight }));
  }

  nameOf(position: number): string {
    return this.#nodes ? this.#nodes[position]!.name : this.#deps.table.nodes[this.#indexes[position]!]!.name;
  }

  rawOf(line: number, position: number): number {
    return this.#lines[line]!.rawOf(position);
  }

  normalizedOf(line: number, position: number): number {
    return this.#lines[line]!.normalizedOf(position);
  }

  totalOf(position: number): number {
    if (!this.#ranked) return this.#totals[position]!;
    return this.#ranked.podClass.totals[this.#indexes[position]!]! + this.#ranked.constant;
  }

  /**
   * Scores the nodes at `indexes`. Throws when a plugin fails or scores out of range. What it says holds until the next time, and for that array only. Answers a promise
   * when nodes are asked about one by one, with pauses: what is said of them then holds whatever becomes of the table; otherwise, until others have their turn.
   */
  score(subject: Subject, podClass: PodClass, { indexes, areOfClass }: Candidates): Promise<void> | undefined {
    const { table, framework } = this.#deps;
    const { state, pod } = subject;
    this.#indexes = indexes;
    this.#nodes = undefined;
    this.#mayHavePaused = false;
    this.#lines = [];
    this.#usedColumns = 0;
    this.#ranked = undefined;
    this.#prepare(subject, podClass, indexes);
    const others = framework.pluginsWith('score').filter((plugin) => !podClass.isRemembered(plugin) && !state.skippedScores.has(plugin.name));
    const columns = podClass.score(subject, indexes, !areOfClass);
    if (others.length === 0 && columns.every((column) => !column.isNormalized || column.nonZero === 0)) {
      let constant = 0;
      for (const column of columns) constant += column.isNormalized ? this.#addConstant(subject, column) : this.#addPlain(column);
      this.#ranked = { podClass, constant, isWhole: indexes === podClass.feasible };
      return undefined;
    }
    this.#totals = this.#totalsOf(podClass);
    this.#addRemembered(subject, columns);
    for (const plugin of others) {
      if (!plugin.implementation.scoreAll) continue;
      const scores = this.#column(indexes.length);
      framework.call(state, plugin, 'scoreAll', [state, pod, table, indexes, scores]);
      this.#addNormalized(subject, plugin, scores);
    }
    const single = others.filter(({ implementation }) => !implementation.scoreAll);
    return single.length === 0 ? undefined : this.#scoreOneByOne(subject, single);
  }

  async #scoreOneByOne(subject: Subject, plugins: readonly Plugin[]): Promise<void> {
    const { framework, breathe } = this.#deps;
    const { state, pod } = subject;
    // This may take so long that others need a turn; the list stays as it is, though the table may not.
    const nodes = this.#nodeList();
    this.#mayHavePaused = true;
    for (const plugin of plugins) {
      const scores = this.#column(nodes.length);
      for (const [position, node] of nodes.entries()) {
        scores[position] = atOnce(plugin, 'Score', framework.call(state, plugin, 'score', [state, pod, node]));
        const turn = breathe();
        if (turn) await turn;
      }
      this.#addNormalized(subject, plugin, scores);
    }
  }

  /** The positions of the best nodes, best first. */
  best(limit: number): number[] {
    if (this.#ranked?.isWhole) return this.#ranked.podClass.ranking.best(limit).map((index) => positionOf(this.#indexes, index));
    const totals = this.#ranked ? this.#totalsOf(this.#ranked.podClass) : this.#totals;
    const best: number[] = [];
    for (let position = 0; position < totals.length; position++) {
      const total = totals[position]!;
      if (best.length === limit && total <= totals[best[limit - 1]!]!) continue;
      let place = best.length;
      while (place > 0 && totals[best[place - 1]!]! < total) place--;
      best.splice(place, 0, position);
      if (best.length > limit) best.pop();
    }
    return best;
  }

  /** Adds to the total of a node; for extenders. */
  add(position: number, score: number): void {
    if (this.#ranked) {
      const totals = this.#column(this.count);
      for (let place = 0; place < totals.length; place++) totals[place] = this.totalOf(place);
      this.#totals = totals;
      this.#ranked = undefined;
    }
    this.#totals[position]! += score;
  }

  /** The position of the node with the highest total; one of several by `random`, 0..1. */
  choose(random: () => number): number {
    if (this.#ranked?.isWhole) return positionOf(this.#indexes, this.#ranked.podClass.ranking.choose(random())!);
    const totals = this.#ranked ? this.#totalsOf(this.#ranked.podClass) : this.#totals;
    if (this.#best.length < totals.length) this.#best = new Int32Array(totals.length * 2);
    const count = collectHighest(totals, this.#best);
    if (count === 0) throw new Error('no node to choose from');
    return this.#best[Math.floor(random() * count)]!;
  }

  /** What a class remembers of the nodes, by position. */
  #totalsOf({ totals: remembered }: PodClass): Float64Array {
    const indexes = this.#indexes;
    const totals = this.#column(indexes.length);
    for (let position = 0; position < indexes.length; position++) totals[position] = remembered[indexes[position]!]!;
    return totals;
  }

  #prepare({ state, pod }: Subject, podClass: PodClass, indexes: Int32Array): void {
    const { framework, table } = this.#deps;
    for (const plugin of framework.pluginsWith('preScore')) {
      const answer = plugin.implementation.preScoreAll
        ? framework.call(state, plugin, 'preScoreAll', [state, pod, table, indexes])
        : // A plugin that signs does not look at the nodes here.
          framework.call(state, plugin, 'preScore', [state, pod, podClass.isRemembered(plugin) ? table.nodes : this.#nodeList()]);
      const status = statusOf(plugin, 'PreScore', answer);
      if (status.code === 'skip') state.skippedScores.add(plugin.name);
      else if (status.code !== 'success') throw fault(plugin, 'PreScore', status);
    }
  }

  #addRemembered(subject: Subject, columns: readonly ScoreColumn[]): void {
    for (const column of columns) {
      if (column.isNormalized) this.#addColumn(subject, column);
      else this.#addPlain(column);
    }
  }

  /** Notes scores that are in the total already. */
  #addPlain({ plugin, weight, raw }: ScoreColumn): 0 {
    const rawOf = (position: number): number => raw[this.#indexes[position]!]!;
    this.#lines.push({ plugin, weight, rawOf, normalizedOf: rawOf });
    return 0;
  }

  /** Notes scores that are all 0. Answers what they add to every total: it is enough to see what becomes of one. */
  #addConstant(subject: Subject, { plugin, weight }: ScoreColumn): number {
    const one = new Float64Array(1);
    this.#normalize(subject, plugin, one);
    this.#lines.push({ plugin, weight, rawOf: () => 0, normalizedOf: () => one[0]! });
    return checkedScore(plugin, one[0]!) * weight;
  }

  #addColumn(subject: Subject, column: ScoreColumn): void {
    const indexes = this.#indexes;
    if (column.nonZero > 0) {
      const scores = this.#column(indexes.length);
      for (let position = 0; position < indexes.length; position++) scores[position] = column.raw[indexes[position]!]!;
      this.#addNormalized(subject, column.plugin, scores);
      return;
    }
    const added = this.#addConstant(subject, column);
    const totals = this.#totals;
    if (added !== 0) for (let position = 0; position < totals.length; position++) totals[position]! += added;
  }

  #addNormalized(subject: Subject, plugin: Plugin, scores: Float64Array): void {
    const weight = this.#deps.framework.weightOf(plugin);
    let raw = scores;
    if (plugin.implementation.normalizeAll ?? plugin.implementation.normalizeScores) {
      raw = this.#column(scores.length);
      raw.set(scores);
      this.#normalize(subject, plugin, scores);
    }
    const totals = this.#totals;
    for (let position = 0; position < scores.length; position++) {
      const score = scores[position]!;
      if (!(score >= 0 && score <= maximumScore)) checkedScore(plugin, score);
      totals[position]! += score * weight;
    }
    this.#lines.push({ plugin, weight, rawOf: (position) => raw[position]!, normalizedOf: (position) => scores[position]! });
  }

  #normalize({ state, pod }: Subject, plugin: Plugin, scores: Float64Array): void {
    const { framework, table } = this.#deps;
    // Once there was a pause the table may be another: then by name.
    if (plugin.implementation.normalizeAll && !this.#mayHavePaused && (plugin.implementation.scoreAll || plugin.implementation.sign)) {
      framework.call(state, plugin, 'normalizeAll', [state, pod, table, this.#indexes.subarray(0, scores.length), scores]);
      return;
    }
    const named: NodeScore[] = Array.from(scores, (score, position) => ({ name: this.nameOf(position), score }));
    atOnce(plugin, 'NormalizeScore', framework.call(state, plugin, 'normalizeScores', [state, pod, named]));
    for (const [position, { score }] of named.entries()) scores[position] = score;
  }

  /** The nodes by position, which stay so although the table changes: to be called before others have their turn. */
  keepNodes(): readonly NodeInfo[] {
    return this.#nodeList();
  }

  #nodeList(): readonly NodeInfo[] {
    const { nodes } = this.#deps.table;
    return (this.#nodes ??= Array.from(this.#indexes, (index) => nodes[index]!));
  }

  /** Memory that is used again in the next cycle. */
  #column(length: number): Float64Array {
    let column = this.#columns[this.#usedColumns];
    if (!column || column.length < length) column = this.#columns[this.#usedColumns] = new Float64Array(Math.max(64, length * 2));
    this.#usedColumns++;
    return column.subarray(0, length);
  }
}

/** Writes the positions of the highest total, in order, and answers how many there are. It stands alone: small functions are compiled best. */
function collectHighest(totals: Float64Array, best: Int32Array): number {
  const { length } = totals;
  let highest = -Infinity;
  let count = 0;
  for (let position = 0; position < length; position++) {
    const total = totals[position]!;
    if (total < highest) continue;
    if (total > highest) {
      highest = total;
      count = 0;
    }
    best[count++] = position;
  }
  return count;
}

/** Where an index stands in a list that is in order. */
function positionOf(indexes: Int32Array, index: number): number {
  let [from, to] = [0, indexes.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (indexes[middle]! < index) from = middle + 1;
    else to = middle;
  }
  return from;
}
