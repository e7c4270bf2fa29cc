import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import type { NodeTable, Status, Verdicts } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import { NodeMarks } from '../../../extension-points/scheduling/topology/node-marks.ts';
import type { PlacementCounts } from '../../../extension-points/scheduling/topology/placement-counts.ts';
import { DomainSkew } from './domain-skew.ts';
import type { SpreadConstraint } from './spread-constraints.ts';

/** Upstream's wording. */
const refusal = "node(s) didn't match pod topology spread constraints";
const skewed = unschedulable(refusal);
const missing = unresolvable(`${refusal} (missing required label)`);

/** The constraints that one pod must keep in one cycle. Clones are for imagining changes. */
export class HardConstraints {
  readonly #pod: Pod;
  readonly #constraints: readonly SpreadConstraint[];
  /** By constraint. */
  readonly #skews: readonly DomainSkew[];

  private constructor(pod: Pod, constraints: readonly SpreadConstraint[], skews: readonly DomainSkew[]) {
    this.#pod = pod;
    this.#constraints = constraints;
    this.#skews = skews;
  }

  /** Looks up what was counted. */
  static find(pod: Pod, constraints: readonly SpreadConstraint[], placements: PlacementCounts): HardConstraints {
    const skews = constraints.map(({ topologyKey, selection, eligible }) => {
      const numbers = placements.numbersOf(topologyKey);
      const nodes = placements.nodeCounts.tally(numbers, eligible).view();
      return new DomainSkew(placements.selections.find(selection).counts.tally(numbers, eligible).view(), nodes);
    });
    return new HardConstraints(pod, constraints, skews);
  }

  /** Takes a pod to be on (1) or gone from (-1) a node. */
  change(other: Pod, node: Node, amount: 1 | -1): void {
    if (other.metadata.namespace !== this.#pod.metadata.namespace) return;
    for (const [index, { selector, eligible, topologyKey }] of this.#constraints.entries())
      if (selector.matches(other.metadata.labels) && eligible.admits(node)) this.#skews[index]!.change(labelOf(node, topologyKey)!, amount);
  }

  judge(node: Node): Status {
    for (const [index, { topologyKey }] of this.#constraints.entries()) {
      const domain = labelOf(node, topologyKey);
      if (domain === undefined) return missing;
      if (this.#skews[index]!.of(domain) > this.#mostIn(index)) return skewed;
    }
    return success;
  }

  /** Judges every node of the table. */
  judgeAll(table: NodeTable, verdicts: Verdicts): void {
    if (this.#skews.some(({ hasChanges }) => hasChanges)) {
      for (const [index, { node }] of table.nodes.entries()) {
        const status = verdicts.isRefused(index) ? success : this.judge(node);
        if (status !== success) verdicts.refuse(index, status);
      }
      return;
    }
    const marks = new NodeMarks(table);
    // The first constraint that a node does not keep decides; so it comes last.
    for (let index = this.#constraints.length - 1; index >= 0; index--) {
      const skew = this.#skews[index]!;
      const most = this.#mostIn(index);
      if (skew.isAnyAbove(most)) marks.put(skew.column(), most, { above: 1, unlabelled: 2 });
      else marks.putOnUnlabelled(2, this.#constraints[index]!.topologyKey);
    }
    marks.refuse(verdicts, [success, skewed, missing]);
  }

  clone(): HardConstraints {
    return new HardConstraints(
      this.#pod,
      this.#constraints,
      this.#skews.map((skew) => skew.clone()),
    );
  }

  /** How many selected pods a domain may have, before the pod. With fewer domains than asked for, those that are missing count as empty. */
  #mostIn(index: number): number {
    const { minDomains, maxSkew, selector } = this.#constraints[index]!;
    const skew = this.#skews[index]!;
    const least = skew.size < minDomains ? 0 : skew.least;
    return maxSkew + least - (selector.matches(this.#pod.metadata.labels) ? 1 : 0);
  }
}
