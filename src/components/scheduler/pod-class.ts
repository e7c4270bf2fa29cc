import type { Pod } from '../../api/generated/core-v1.ts';
import type { NodeInfo } from '../../extension-points/scheduling/contract.ts';
import type { Diagnosis } from '../../extension-points/scheduling/fit-error.ts';
import { NodeRecord } from '../../extension-points/scheduling/node-record.ts';
import type { Breathe, Plugin, SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import { checkedScore, fault, isRejected } from '../../extension-points/scheduling/run.ts';
import type { SchedulingState } from '../../extension-points/scheduling/scheduling-state.ts';
import type { LiveNodeTable } from './node-table.ts';
import type { Nominations } from './nominations.ts';
import { priorityOf } from './pod-facts.ts';
import type { RankedPlugin } from './verdict-column.ts';
import { VerdictColumn } from './verdict-column.ts';

export interface PodClassDeps {
  readonly framework: SchedulingFramework;
  readonly table: LiveNodeTable;
  readonly nominations: Nominations;
  readonly breathe: Breathe;
}

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
  totals = new Float64Array(64);
  /** 1 where the scores are older than the node. */
  #stale = new Uint8Array(64).fill(1);
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

  /** About what it holds, in bytes. */
  get sizeBytes(): number {
    return this.verdicts.numbers.byteLength + this.totals.byteLength + this.#stale.byteLength + (this.#scores?.length ?? 0) * this.totals.byteLength;
  }

  /** The same object while no verdict and no node's place changes. */
  get identity(): object {
    const { changes } = this.verdicts;
    const { rosterVersion } = this.#deps.table;
    if (this.#identity?.changes !== changes || this.#identity.rosterVersion !== rosterVersion) this.#identity = { object: {}, changes, rosterVersion };
    return this.#identity.object;
  }

  /** Looks at the nodes that changed since the last time. Answers a promise when that takes so long that others must have their turn meanwhile. */
  refresh(subject: Subject, epochs: string): Promise<void> | undefined {
    const { table } = this.#deps;
    if (epochs !== this.#epochs) {
      this.#epochs = epochs;
      this.#version = -1;
    }
    if (this.#version === table.version && this.verdicts.size === table.nodes.length) return undefined;
    const filters = this.#filters(subject.state);
    const since = this.#version;
    this.#version = table.version;
    this.#resize(table.nodes.length);
    // Few changes: the usual case, and too quick for a pause.
    if (since >= 0 && table.version - since <= 64) {
      table.changedSince(since, (index) => this.#judge(subject, filters, index));
      return undefined;
    }
    return this.#catchUp(subject, filters, since, epochs);
  }

  /** The scores of plugins that need normalisation; those of the others are in `totals`. Both are up to date for the nodes at `indexes` afterwards. */
  score({ state, pod }: Subject, indexes: Int32Array): readonly ScoreColumn[] {
    const columns = (this.#scores ??= this.#newColumns(state));
    const { framework, table } = this.#deps;
    for (const index of indexes) {
      if (this.#stale[index] === 0) continue;
      const node = table.nodes[index]!;
      let total = 0;
      for (const column of columns) {
        const raw = framework.call(state, column.plugin, 'score', [state, pod, node]);
        column.nonZero += Number(raw !== 0) - Number(column.raw[index] !== 0);
        column.raw[index] = raw;
        if (!column.isNormalized) total += checkedScore(column.plugin, raw) * column.weight;
      }
      this.totals[index] = total;
      this.#stale[index] = 0;
    }
    return columns;
  }

  async #catchUp(subject: Subject, filters: readonly RankedPlugin[], since: number, epochs: string): Promise<void> {
    const { table, breathe } = this.#deps;
    const changed = new Set<number>();
    const isKnown = since >= 0 && table.changedSince(since, (index) => changed.add(index));
    // An epoch ago scores were others, too.
    if (!isKnown) this.#stale.fill(1);
    const indexes = isKnown ? [...changed] : table.nodes.map((_, index) => index);
    for (const index of indexes) {
      if (index < table.nodes.length) this.#judge(subject, filters, index);
      const turn = breathe();
      if (turn) await turn;
    }
    // What changed during the pauses.
    await this.refresh(subject, epochs);
  }

  #judge({ state, pod }: Subject, filters: readonly RankedPlugin[], index: number): void {
    if (index >= this.verdicts.size) return;
    const { table, nominations } = this.#deps;
    this.#stale[index] = 1;
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
      const status = framework.call(state, plugin, 'filter', [state, pod, node]);
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

  #newColumns(state: SchedulingState): readonly ScoreColumn[] {
    const { framework } = this.#deps;
    return framework
      .pluginsWith('score')
      .filter((plugin) => this.isRemembered(plugin) && !state.skippedScores.has(plugin.name))
      .map((plugin) => ({
        plugin,
        weight: framework.weightOf(plugin),
        isNormalized: Boolean(plugin.implementation.normalizeScores ?? plugin.implementation.normalizeAll),
        raw: new Float64Array(this.totals.length),
        nonZero: 0,
      }));
  }

  #resize(size: number): void {
    this.verdicts.resize(size);
    if (size <= this.totals.length) return;
    const capacity = Math.max(size, this.totals.length * 2);
    this.totals = enlarged(this.totals, capacity);
    const stale = new Uint8Array(capacity).fill(1);
    stale.set(this.#stale);
    this.#stale = stale;
    for (const column of this.#scores ?? []) column.raw = enlarged(column.raw, capacity);
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
