import type { Pod } from '../../api/generated/core-v1.ts';
import type { NodeInfo, Status } from '../../extension-points/scheduling/contract.ts';
import { success, unresolvable } from '../../extension-points/scheduling/contract.ts';
import type { AttemptRecorder, NodeVerdicts } from '../../extension-points/scheduling/decision.ts';
import type { SchedulingExtender } from '../../extension-points/scheduling/extender.ts';
import type { Diagnosis } from '../../extension-points/scheduling/fit-error.ts';
import { noNodes, refusingPlugins } from '../../extension-points/scheduling/fit-error.ts';
import type { LiveNodeTable } from '../../extension-points/scheduling/node-table.ts';
import type { Breathe, SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import type { SchedulingState } from '../../extension-points/scheduling/scheduling-state.ts';
import { ColumnFailures } from './column-failures.ts';
import { filterByExtenders, prioritizeByExtenders } from './consult-extenders.ts';
import { type Judgement, judgeNodes } from './judge-nodes.ts';
import type { Nominations } from './nominations.ts';
import { PlainSearch } from './plain-search.ts';
import type { PodClass, Subject } from './pod-class.ts';
import { PodClasses } from './pod-classes.ts';
import type { Candidates } from './score-sheet.ts';
import { ScoreSheet } from './score-sheet.ts';
import type { VerdictColumn } from './verdict-column.ts';

export interface FindNodeDeps {
  readonly framework: SchedulingFramework;
  readonly table: LiveNodeTable;
  readonly nominations: Nominations;
  readonly breathe: Breathe;
  /** 0..1; picks among the best. */
  readonly random: () => number;
  /** 0: as upstream adapts it to the size of the cluster. 100: all, so the choice is the best of all. */
  readonly percentageOfNodesToScore: number;
  /** Asked after the plugins, in order. */
  readonly extenders?: readonly SchedulingExtender[];
  /** Ends requests to extenders. */
  readonly signal?: AbortSignal;
}

/** How often a search begins anew because of what changed during its pauses. */
const mostStarts = 8;

export type FindNodeOutcome = { readonly kind: 'found'; readonly nodeName: string } | { readonly kind: 'unfit'; readonly diagnosis: Diagnosis };

/**
 * Finds the best node for pods, one after the other: never two at a time. All nodes are looked at unless a percentage is asked for; what plugins that sign pods make
 * of a node is remembered for all pods of a class.
 */
export class NodeFinder {
  readonly #deps: FindNodeDeps;
  readonly #search: PlainSearch;
  readonly #classes: PodClasses;
  readonly #sheet: ScoreSheet;

  constructor(deps: FindNodeDeps) {
    this.#deps = deps;
    this.#search = new PlainSearch(deps);
    this.#classes = new PodClasses(deps);
    this.#sheet = new ScoreSheet(deps);
  }

  /** The same text for pods that none of these plugins can tell apart; undefined when one of them may. A plugin whose events have no hints does not look at pods. */
  classOf(pod: Pod, plugins: readonly string[]): string | undefined {
    const isBlind = (plugin: string): boolean => this.#deps.framework.eventsOf(plugin)?.every(({ hint }) => !hint) ?? true;
    return plugins.every((plugin) => this.#classes.isSigned(pod, plugin) || isBlind(plugin)) ? this.#classes.keyOf(pod) : undefined;
  }

  /** The verdict on one node, with and without the pods it was set aside for. */
  check(state: SchedulingState, pod: Pod, node: NodeInfo): Status {
    return this.#search.check(state, pod, node);
  }

  /** Throws when a plugin, or an extender that must not be passed over, fails. `state` is that of a cycle that begins. */
  async find(state: SchedulingState, pod: Pod, record?: AttemptRecorder): Promise<FindNodeOutcome> {
    for (let start = 0; start < mostStarts; start++) {
      const outcome = await this.#findOnce(state, pod, record);
      if (outcome) return outcome;
      state.clear();
    }
    throw new Error('nodes and pods changed faster than a node could be found');
  }

  /** Undefined when the outcome does not hold any more. */
  async #findOnce(state: SchedulingState, pod: Pod, record?: AttemptRecorder): Promise<FindNodeOutcome | undefined> {
    const { framework, table, percentageOfNodesToScore } = this.#deps;
    const { nodes, version } = table;
    if (nodes.length === 0)
      return { kind: 'unfit', diagnosis: { nodeCount: 0, failures: new Map(), unschedulablePlugins: new Set([noNodes]), pendingPlugins: new Set() } };
    const { status, nodeNames, narrowedBy } = framework.preFilter(state, pod, nodes);
    if (status.code !== 'success') return { kind: 'unfit', diagnosis: refusedAsWhole(status, nodes, narrowedBy) };
    const subject: Subject = { state, pod };
    const nominated = await this.#nominated(subject, nodeNames, record);
    if (nominated !== undefined) return { kind: 'found', nodeName: nominated };
    if (nodeNames) {
      const candidates = Array.from(nodeNames, (name) => table.indexOf(name)).flatMap((index) => (index === undefined ? [] : [nodes[index]!]));
      return this.#findAmong(subject, candidates, narrowedBy, record);
    }
    if (percentageOfNodesToScore < 100 && nodes.length >= 100) return this.#findAmong(subject, nodes.slice(), narrowedBy, record);
    const outcome = await this.#findAmongAll(subject, record);
    // What plugins worked out at first may be older than what the chosen node was judged by.
    return outcome.kind === 'unfit' || table.version === version || this.#isExtended(pod) || this.#fits(pod, outcome.nodeName) ? outcome : undefined;
  }

  /** Whether a node takes the pod as everything is now. */
  #fits(pod: Pod, nodeName: string): boolean {
    const { framework, table } = this.#deps;
    const index = table.indexOf(nodeName);
    if (index === undefined) return false;
    const state = framework.newState();
    const { status, nodeNames } = framework.preFilter(state, pod, table.nodes);
    return status.code === 'success' && nodeNames?.has(nodeName) !== false && this.check(state, pod, table.nodes[index]!).code === 'success';
  }

  #isExtended(pod: Pod): boolean {
    return this.#deps.extenders?.some((extender) => extender.isInterested(pod)) ?? false;
  }

  /** A node set aside for the pod is the answer when it still fits. */
  async #nominated({ state, pod }: Subject, nodeNames: ReadonlySet<string> | undefined, record?: AttemptRecorder): Promise<string | undefined> {
    const name = pod.status?.nominatedNodeName;
    if (!name || (nodeNames && !nodeNames.has(name))) return undefined;
    const index = this.#deps.table.indexOf(name);
    if (index === undefined) return undefined;
    const node = this.#deps.table.nodes[index]!;
    if (this.check(state, pod, node).code !== 'success') return undefined;
    const { nodes } = await filterByExtenders(this.#deps, pod, [node], record);
    return nodes[0]?.name;
  }

  /** One after the other among few, or among as many as it takes. */
  async #findAmong(subject: Subject, candidates: readonly NodeInfo[], narrowedBy: readonly string[], record?: AttemptRecorder): Promise<FindNodeOutcome> {
    const { state, pod } = subject;
    const all = this.#deps.table.nodes.slice();
    const failures = new Map<string, Status>();
    const fitting = await this.#search.feasible(state, pod, candidates, failures);
    record?.verdicts(verdictsOfMap(all, fitting, failures));
    const { nodes, refusals } = await filterByExtenders(this.#deps, pod, fitting, record);
    for (const [name, status] of refusals) failures.set(name, status);
    if (nodes.length === 0) return { kind: 'unfit', diagnosis: diagnose(all, failures, narrowedBy) };
    return { kind: 'found', nodeName: await this.#best(subject, nodes, record) };
  }

  async #findAmongAll(subject: Subject, record?: AttemptRecorder): Promise<FindNodeOutcome> {
    const { table } = this.#deps;
    const podClass = this.#classes.of(subject.pod);
    const judge = (): Promise<Judgement> => judgeNodes({ ...this.#deps, search: this.#search }, subject, podClass, this.#classes.epochOf(subject.pod));
    let judgement = await judge();
    // Whoever had a turn before this one went on may have taken a node away, and another one has its index now.
    while (judgement.rosterVersion !== table.rosterVersion) judgement = await judge();
    const { verdicts } = judgement;
    record?.verdicts(verdictsOf(table.nodes, verdicts, verdicts === podClass.verdicts ? podClass.identity : undefined));
    const indexes = verdicts === podClass.verdicts ? podClass.feasible : verdicts.feasible();
    if (indexes.length === 0) return { kind: 'unfit', diagnosis: diagnosisOf(table, verdicts, podClass) };
    if (!this.#isExtended(subject.pod)) {
      if (indexes.length === 1) return { kind: 'found', nodeName: table.nodes[indexes[0]!]!.name };
      return {
        kind: 'found',
        nodeName: await this.#bestOf(subject, podClass, { indexes, areOfClass: verdicts === podClass.verdicts || !verdicts.isWidened }, record),
      };
    }
    const failures = new Map(new ColumnFailures(table.nodes.slice(), verdicts === podClass.verdicts ? verdicts.copy() : verdicts));
    const all = table.nodes.slice();
    const { nodes, refusals } = await filterByExtenders(
      this.#deps,
      subject.pod,
      Array.from(indexes, (index) => all[index]!),
      record,
    );
    for (const [name, status] of refusals) failures.set(name, status);
    if (nodes.length === 0) return { kind: 'unfit', diagnosis: diagnose(all, failures, []) };
    return { kind: 'found', nodeName: await this.#best(subject, nodes, record) };
  }

  /** The best of nodes that are known by their records only: some may be gone by now. */
  async #best(subject: Subject, nodes: readonly NodeInfo[], record?: AttemptRecorder): Promise<string> {
    if (nodes.length === 1) return nodes[0]!.name;
    const { table } = this.#deps;
    const podClass = this.#classes.of(subject.pod);
    const refresh = (): Promise<void> | undefined => podClass.refresh(subject, this.#classes.epochOf(subject.pod));
    for (let waiting = refresh(); waiting; waiting = refresh()) await waiting;
    const indexes = Int32Array.from(nodes.map(({ name }) => table.indexOf(name)).filter((index) => index !== undefined));
    if (indexes.length === 0) throw new Error('the nodes that would do are gone');
    return this.#bestOf(subject, podClass, { indexes, areOfClass: false }, record);
  }

  async #bestOf(subject: Subject, podClass: PodClass, candidates: Candidates, record?: AttemptRecorder): Promise<string> {
    const sheet = this.#sheet;
    // Without a pause nobody else has a turn: the sheet goes by indexes.
    const waiting = sheet.score(subject, podClass, candidates);
    if (waiting) await waiting;
    if (this.#deps.extenders?.length) await prioritizeByExtenders(this.#deps, subject.pod, sheet, record);
    const chosen = sheet.choose(this.#deps.random);
    record?.scored(sheet, chosen);
    return sheet.nameOf(chosen);
  }
}

function refusedAsWhole(status: Status, nodes: readonly NodeInfo[], narrowedBy: readonly string[]): Diagnosis {
  const { unschedulablePlugins, pendingPlugins } = refusingPlugins([status]);
  return {
    nodeCount: nodes.length,
    failures: new Map(nodes.map(({ name }) => [name, status])),
    preFilterMessage: status.reasons.join(', '),
    unschedulablePlugins: new Set([...unschedulablePlugins, ...narrowedBy]),
    pendingPlugins,
  };
}

function diagnose(nodes: readonly NodeInfo[], failures: Map<string, Status>, narrowedBy: readonly string[]): Diagnosis {
  const { unschedulablePlugins, pendingPlugins } = refusingPlugins(failures.values());
  const leftOut = unresolvable(`node(s) didn't satisfy plugin(s) [${[...narrowedBy].sort().join(' ')}]`);
  if (narrowedBy.length > 0) for (const { name } of nodes) if (!failures.has(name)) failures.set(name, leftOut);
  return { nodeCount: nodes.length, failures, unschedulablePlugins: new Set([...unschedulablePlugins, ...narrowedBy]), pendingPlugins };
}

/** The same for a column of which no node is feasible. Pods of a class mostly fail alike. */
function diagnosisOf(table: LiveNodeTable, verdicts: VerdictColumn, podClass: PodClass): Diagnosis {
  const isShared = verdicts === podClass.verdicts;
  if (isShared && podClass.diagnosis?.changes === verdicts.changes && podClass.diagnosis.rosterVersion === table.rosterVersion) return podClass.diagnosis.said;
  const failures = new ColumnFailures(table.nodes.slice(), isShared ? verdicts.copy() : verdicts);
  const said: Diagnosis = { nodeCount: table.nodes.length, failures, ...refusingPlugins([...failures.counted()].map(([status]) => status)) };
  if (isShared) podClass.diagnosis = { changes: verdicts.changes, rosterVersion: table.rosterVersion, said };
  return said;
}

/** What a recorder is shown; holds until the nodes change. */
function verdictsOf(nodes: readonly NodeInfo[], verdicts: VerdictColumn, identity: object | undefined): NodeVerdicts {
  return {
    nodeCount: verdicts.size,
    feasibleCount: verdicts.feasibleCount,
    evaluatedCount: verdicts.size,
    nameOf: (index) => nodes[index]!.name,
    statusOf: (index) => verdicts.statusAt(index) ?? success,
    ...(identity ? { identity } : {}),
  };
}

function verdictsOfMap(nodes: readonly NodeInfo[], fitting: readonly NodeInfo[], failures: ReadonlyMap<string, Status>): NodeVerdicts {
  const names = new Set(fitting.map(({ name }) => name));
  return {
    nodeCount: nodes.length,
    feasibleCount: fitting.length,
    nameOf: (index) => nodes[index]!.name,
    statusOf: (index) => failures.get(nodes[index]!.name) ?? (names.has(nodes[index]!.name) ? success : undefined),
  };
}
