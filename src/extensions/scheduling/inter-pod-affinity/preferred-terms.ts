import type { Pod } from '../../../api/generated/core-v1.ts';
import type { Labels } from '../../../api/label-selector.ts';
import type { NodeInfo, NodeScore, NodeTable } from '../../../extension-points/scheduling/contract.ts';
import { maximumScore } from '../../../extension-points/scheduling/normalize-scores.ts';
import { everyNode } from '../../../extension-points/scheduling/topology/domain-tally.ts';
import type { PlacementCounts } from '../../../extension-points/scheduling/topology/placement-counts.ts';
import { termsOf } from './affinity-terms.ts';
import { DomainSums } from './domain-sums.ts';
import type { ExistingTerms } from './existing-terms.ts';

export interface PreferenceOptions {
  /** What a required affinity term of a pod that is there counts for; 0 to 100. */
  readonly hardPodAffinityWeight: number;
  /** Whether pods without preferences of their own are left alone by those of others. */
  readonly ignorePreferredTermsOfExistingPods: boolean;
}

/** How much each domain is preferred: what the pod prefers of the pods that are there, and what those prefer of the pod. */
export class Preferences {
  readonly #sums: DomainSums;

  private constructor(sums: DomainSums) {
    this.#sums = sums;
  }

  /** Undefined when nobody prefers anything. */
  static find(
    pod: Pod,
    placements: PlacementCounts,
    { existing, namespaceLabels, options }: { existing: ExistingTerms; namespaceLabels: Labels | undefined; options: PreferenceOptions },
  ): Preferences | undefined {
    const { preferred } = termsOf(pod);
    if (options.ignorePreferredTermsOfExistingPods && preferred.length === 0) return undefined;
    const sums = new DomainSums();
    for (const { weight, term } of preferred)
      sums.add(placements.selections.find(term.selection).counts.tally(placements.numbersOf(term.topologyKey), everyNode), weight);
    const weight = options.hardPodAffinityWeight;
    if (weight > 0) existing.requiredAffinity.eachMeaning(pod, namespaceLabels, (_term, tally) => sums.add(tally, weight));
    existing.preferred.eachMeaning(pod, namespaceLabels, (_term, tally) => sums.add(tally));
    return sums.isEmpty ? undefined : new Preferences(sums);
  }

  scoreOf({ node }: NodeInfo): number {
    let score = 0;
    for (const key of this.#sums.keys) score += this.#sums.of(node, key);
    return score;
  }

  /** `scores[i]` is for the node `indexes[i]` of the table. */
  scoreAll(table: NodeTable, indexes: Int32Array, scores: Float64Array): void {
    let isFirst = true;
    for (const key of this.#sums.keys) {
      const { numbers, column } = this.#sums.column(key)!;
      const domains = table.domains(key);
      const put = isFirst ? putColumn : addColumn;
      put(scores, column, numbers.byTableNumber(domains), { indexes, ofNode: domains.ofNode });
      isFirst = false;
    }
  }
}

interface NodesByDomain {
  readonly indexes: Int32Array;
  readonly ofNode: Int32Array;
}

// The long loops stand alone: small functions are compiled best.

function putColumn(scores: Float64Array, column: Int32Array, ours: Int32Array, { indexes, ofNode }: NodesByDomain): void {
  const { length } = indexes;
  for (let position = 0; position < length; position++) scores[position] = column[ours[ofNode[indexes[position]!]! + 1]!]!;
}

function addColumn(scores: Float64Array, column: Int32Array, ours: Int32Array, { indexes, ofNode }: NodesByDomain): void {
  const { length } = indexes;
  for (let position = 0; position < length; position++) scores[position]! += column[ours[ofNode[indexes[position]!]! + 1]!]!;
}

/** Spreads scores, which may be below 0, over 0 to 100; all alike become 0. */
export function spreadFromLeastToMost(scores: readonly NodeScore[]): void {
  const values = Float64Array.from(scores, ({ score }) => score);
  spreadAllFromLeastToMost(values);
  for (const [position, entry] of scores.entries()) entry.score = values[position]!;
}

export function spreadAllFromLeastToMost(scores: Float64Array): void {
  const { length } = scores;
  let least = Infinity;
  let most = -Infinity;
  for (let position = 0; position < length; position++) {
    const score = scores[position]!;
    if (score < least) least = score;
    if (score > most) most = score;
  }
  const range = most - least;
  if (!(range > 0)) scores.fill(0);
  else for (let position = 0; position < length; position++) scores[position] = Math.trunc(maximumScore * ((scores[position]! - least) / range));
}
