import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import type { NodeInfo } from '../../../extension-points/scheduling/contract.ts';
import type { DomainNumbers } from '../../../extension-points/scheduling/topology/domain-numbers.ts';
import type { PlacementCounts, PlacementFollower } from '../../../extension-points/scheduling/topology/placement-counts.ts';
import { termsOf } from './affinity-terms.ts';
import { TermTallies } from './term-tallies.ts';

const known = new WeakMap<PlacementCounts, ExistingTerms>();

/** The terms of the pods that are on nodes, each different one once, with the domains its owners are in. */
export class ExistingTerms implements PlacementFollower {
  readonly #placements: PlacementCounts;
  readonly requiredAffinity: TermTallies;
  readonly requiredAntiAffinity: TermTallies;
  /** Counts weights, not pods. */
  readonly preferred: TermTallies;

  /** Those of a cluster, kept from the first time they are asked for. */
  static of(placements: PlacementCounts): ExistingTerms {
    let terms = known.get(placements);
    if (!terms) known.set(placements, (terms = new ExistingTerms(placements)));
    return terms;
  }

  private constructor(placements: PlacementCounts) {
    this.#placements = placements;
    this.requiredAffinity = new TermTallies(placements);
    this.requiredAntiAffinity = new TermTallies(placements);
    this.preferred = new TermTallies(placements);
    placements.follow(this);
  }

  podChanged(pod: Pod, { node }: NodeInfo, amount: 1 | -1): void {
    this.#change(pod, node, amount);
  }

  nodeChanged({ node, pods }: NodeInfo, old: Node): void {
    for (const pod of pods) {
      this.#change(pod, old, -1);
      this.#change(pod, node, 1);
    }
  }

  renumbered({ key }: DomainNumbers): void {
    for (const tallies of [this.requiredAffinity, this.requiredAntiAffinity, this.preferred]) tallies.clear(key);
    this.#placements.eachPod((pod, { node }) => this.#change(pod, node, 1, key));
  }

  #change(pod: Pod, node: Node, amount: 1 | -1, onlyKey?: string): void {
    const { requiredAffinity, requiredAntiAffinity, preferred } = termsOf(pod);
    const isAsked = ({ topologyKey }: { topologyKey: string }): boolean => onlyKey === undefined || topologyKey === onlyKey;
    for (const term of requiredAffinity) if (isAsked(term)) this.requiredAffinity.change(term, node, amount, amount);
    for (const term of requiredAntiAffinity) if (isAsked(term)) this.requiredAntiAffinity.change(term, node, amount, amount);
    for (const { weight, term } of preferred) if (isAsked(term)) this.preferred.change(term, node, amount, amount * weight);
  }
}
