import type { Pod } from '../../api/generated/core-v1.ts';
import type { NodeInfo, Status } from '../../extension-points/scheduling/contract.ts';
import { unresolvable } from '../../extension-points/scheduling/contract.ts';
import type { Diagnosis } from '../../extension-points/scheduling/fit-error.ts';
import { noNodes, refusingPlugins } from '../../extension-points/scheduling/fit-error.ts';
import { NodeRecord } from '../../extension-points/scheduling/node-record.ts';
import type { Breathe, SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import type { SchedulingState } from '../../extension-points/scheduling/scheduling-state.ts';
import type { Nominations } from './nominations.ts';
import { podKey, priorityOf } from './pod-facts.ts';

export interface FindNodeDeps {
  readonly framework: SchedulingFramework;
  readonly nominations: Nominations;
  readonly breathe: Breathe;
  /** 0..1; picks among the best. */
  readonly random: () => number;
  /** 0: as upstream adapts it to the size of the cluster. 100: all, so the choice is the best of all. */
  readonly percentageOfNodesToScore: number;
}

export type FindNodeOutcome = { readonly kind: 'found'; readonly nodeName: string } | { readonly kind: 'unfit'; readonly diagnosis: Diagnosis };

/** Finds the best node for pods, one after the other. Remembers where the last search ended, so that all nodes get their turn when not all are looked at. */
export class NodeFinder {
  readonly #deps: FindNodeDeps;
  #start = 0;

  constructor(deps: FindNodeDeps) {
    this.#deps = deps;
  }

  /** Throws when a plugin fails. */
  async find(state: SchedulingState, pod: Pod, nodes: readonly NodeInfo[]): Promise<FindNodeOutcome> {
    const { framework } = this.#deps;
    if (nodes.length === 0)
      return { kind: 'unfit', diagnosis: { nodeCount: 0, failures: new Map(), unschedulablePlugins: new Set([noNodes]), pendingPlugins: new Set() } };
    const { status, nodeNames, narrowedBy } = framework.preFilter(state, pod, nodes);
    if (status.code !== 'success') return { kind: 'unfit', diagnosis: refusedAsWhole(status, nodes, narrowedBy) };
    const candidates = nodeNames ? nodes.filter(({ name }) => nodeNames.has(name)) : nodes;
    const failures = new Map<string, Status>();
    const feasible = (await this.#nominated(state, pod, candidates)) ?? (await this.#feasible(state, pod, candidates, failures));
    if (feasible.length === 0) return { kind: 'unfit', diagnosis: diagnose(nodes, failures, narrowedBy) };
    return { kind: 'found', nodeName: await this.#best(state, pod, feasible) };
  }

  /** Pods of the same or a higher priority that the node was set aside for must fit beside the pod; and the pod must fit without them, who may never come. */
  check(state: SchedulingState, pod: Pod, node: NodeInfo): Status {
    const { framework, nominations } = this.#deps;
    const expected = nominations.isEmpty
      ? []
      : [...nominations.on(node.name)].filter((other) => podKey(other) !== podKey(pod) && priorityOf(other) >= priorityOf(pod));
    if (expected.length > 0) {
      const imagined = state.clone();
      let crowded = NodeRecord.from(node);
      for (const other of expected) {
        crowded = crowded.withPod(other);
        framework.addPod(imagined, pod, other, crowded);
      }
      const status = framework.filter(imagined, pod, crowded);
      if (status.code !== 'success') return status;
    }
    return framework.filter(state, pod, node);
  }

  /** A node set aside for the pod is the answer when it still fits. */
  async #nominated(state: SchedulingState, pod: Pod, candidates: readonly NodeInfo[]): Promise<NodeInfo[] | undefined> {
    const name = pod.status?.nominatedNodeName;
    const node = name ? candidates.find((candidate) => candidate.name === name) : undefined;
    return node && this.check(state, pod, node).code === 'success' ? [node] : undefined;
  }

  async #feasible(state: SchedulingState, pod: Pod, candidates: readonly NodeInfo[], failures: Map<string, Status>): Promise<NodeInfo[]> {
    const count = candidates.length;
    const wanted = this.#deps.framework.hasScores ? feasibleNodesToFind(count, this.#deps.percentageOfNodesToScore) : 1;
    const feasible: NodeInfo[] = [];
    let looked = 0;
    while (looked < count && feasible.length < wanted) {
      const node = candidates[(this.#start + looked++) % count]!;
      const status = this.check(state, pod, node);
      if (status.code === 'success') feasible.push(node);
      else failures.set(node.name, status);
      const turn = this.#deps.breathe();
      if (turn) await turn;
    }
    this.#start = count === 0 ? 0 : (this.#start + looked) % count;
    return feasible;
  }

  async #best(state: SchedulingState, pod: Pod, feasible: readonly NodeInfo[]): Promise<string> {
    if (feasible.length === 1) return feasible[0]!.name;
    const totals = await this.#deps.framework.score(state, pod, feasible, this.#deps.breathe);
    const highest = totals.reduce((left, right) => Math.max(left, right), 0);
    const best = feasible.filter((_, index) => totals[index] === highest);
    return best[Math.floor(this.#deps.random() * best.length)]!.name;
  }
}

/** Upstream's numFeasibleNodesToFind: clusters of under 100 nodes are looked at whole, larger ones at least 100 and 5 % of them. */
export function feasibleNodesToFind(nodeCount: number, percentage: number): number {
  if (nodeCount < 100 || percentage >= 100) return nodeCount;
  const share = percentage > 0 ? percentage : Math.max(5, 50 - Math.floor(nodeCount / 125));
  return Math.max(100, Math.floor((nodeCount * share) / 100));
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
