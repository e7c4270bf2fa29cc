import type { Pod } from '../../api/generated/core-v1.ts';
import type { NodeInfo, Status } from '../../extension-points/scheduling/contract.ts';
import { NodeRecord } from '../../extension-points/scheduling/node-record.ts';
import type { Breathe, SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import type { SchedulingState } from '../../extension-points/scheduling/scheduling-state.ts';
import type { Nominations } from './nominations.ts';
import { expectedOn } from './pod-class.ts';
import { podKey } from './pod-facts.ts';

export interface PlainSearchDeps {
  readonly framework: SchedulingFramework;
  readonly nominations: Nominations;
  readonly breathe: Breathe;
  /** 0: as upstream adapts it to the size of the cluster. 100: all, so the choice is the best of all. */
  readonly percentageOfNodesToScore: number;
}

/** Asks all plugins about one node after the other, as upstream does. Remembers where the last search ended, so that all nodes get their turn when not all are looked at. */
export class PlainSearch {
  readonly #deps: PlainSearchDeps;
  #start = 0;

  constructor(deps: PlainSearchDeps) {
    this.#deps = deps;
  }

  /** Pods of the same or a higher priority that the node was set aside for must fit beside the pod; and the pod must fit without them, who may never come. */
  check(state: SchedulingState, pod: Pod, node: NodeInfo): Status {
    const { framework, nominations } = this.#deps;
    const expected = nominations.isEmpty ? [] : expectedOn(nominations, node.name, pod).filter((other) => podKey(other) !== podKey(pod));
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

  /** As many of the nodes that fit as are wanted; `onFailure` is told of those that do not. */
  async feasible(state: SchedulingState, pod: Pod, candidates: readonly NodeInfo[], failures: Map<string, Status>): Promise<NodeInfo[]> {
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
}

/** Upstream's numFeasibleNodesToFind: clusters of under 100 nodes are looked at whole, larger ones at least 100 and 5 % of them. */
export function feasibleNodesToFind(nodeCount: number, percentage: number): number {
  if (nodeCount < 100 || percentage >= 100) return nodeCount;
  const share = percentage > 0 ? percentage : Math.max(5, 50 - Math.floor(nodeCount / 125));
  return Math.max(100, Math.floor((nodeCount * share) / 100));
}
