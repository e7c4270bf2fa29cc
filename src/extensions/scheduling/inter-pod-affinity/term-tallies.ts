import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import type { Labels } from '../../../api/label-selector.ts';
import { DomainTally } from '../../../extension-points/scheduling/topology/domain-tally.ts';
import type { PlacementCounts } from '../../../extension-points/scheduling/topology/placement-counts.ts';
import { matchesTerm } from '../../../extension-points/scheduling/topology/pod-selection.ts';
import { SelectorIndex } from '../../../extension-points/scheduling/topology/selector-index.ts';
import type { AffinityTerm } from './affinity-terms.ts';

interface TermTally {
  readonly term: AffinityTerm;
  /** How many pods have the term, each as often as it has it. */
  owners: number;
  readonly tally: DomainTally;
}

/** Terms of one kind that pods on nodes have: each different one once, with an amount per topology domain. */
export class TermTallies {
  readonly #placements: PlacementCounts;
  readonly #tallies = new Map<string, TermTally>();
  readonly #index = new SelectorIndex<TermTally>();

  constructor(placements: PlacementCounts) {
    this.#placements = placements;
  }

  get isEmpty(): boolean {
    return this.#tallies.size === 0;
  }

  /** A pod with the term came to (1) or went from (-1) a node, which adds `amount` to the node's domain. */
  change(term: AffinityTerm, node: Node, owners: 1 | -1, amount: number): void {
    let found = this.#tallies.get(term.text);
    if (!found) {
      found = { term, owners: 0, tally: new DomainTally(this.#placements.numbersOf(term.topologyKey)) };
      this.#tallies.set(term.text, found);
      this.#index.add(found, term.selector);
    }
    found.owners += owners;
    found.tally.add(node, amount);
    if (found.owners === 0) this.#forget(found);
  }

  /** Forgets the terms of one topology key. */
  clear(topologyKey: string): void {
    for (const tally of this.#tallies.values()) if (tally.term.topologyKey === topologyKey) this.#forget(tally);
  }

  /** Visits the terms that mean a pod. `namespaceLabels` are those of its namespace. */
  eachMeaning(pod: Pod, namespaceLabels: Labels | undefined, visit: (term: AffinityTerm, tally: DomainTally) => void): void {
    if (this.isEmpty) return;
    this.#index.eachCandidate(pod.metadata.labels, ({ term, tally }) => {
      if (matchesTerm(term, pod, namespaceLabels)) visit(term, tally);
    });
  }

  #forget(tally: TermTally): void {
    this.#tallies.delete(tally.term.text);
    this.#index.delete(tally);
  }
}
