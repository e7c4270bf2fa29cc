import type { Pod } from '../../../api/generated/core-v1.ts';
import type { NodeInfo, NodeScore, NodeTable } from '../../../extension-points/scheduling/contract.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import { maximumScore } from '../../../extension-points/scheduling/normalize-scores.ts';
import type { PlacementCounts } from '../../../extension-points/scheduling/topology/placement-counts.ts';
import type { ScoredNodes } from './scored-nodes.ts';
import type { SpreadConstraint } from './spread-constraints.ts';
import { WeighedConstraint } from './weighed-constraint.ts';

export interface WeighingOptions {
  readonly placements: PlacementCounts;
  readonly scored: ScoredNodes;
  /** Whether nodes that lack the key of one constraint are out for all. */
  readonly needsAllKeys: boolean;
}

/** What one scoring of a pod's soft constraints needs. */
export class SoftConstraints {
  readonly #weighed: readonly WeighedConstraint[];
  readonly #needsAllKeys: boolean;
  /** Nodes that lack a required key; they score 0. */
  readonly #ignored: readonly NodeInfo[];

  constructor(pod: Pod, constraints: readonly SpreadConstraint[], { placements, scored, needsAllKeys }: WeighingOptions) {
    this.#weighed = constraints.map((constraint) => new WeighedConstraint(pod, constraint, placements, scored));
    this.#needsAllKeys = needsAllKeys;
    this.#ignored = scored.ignored;
  }

  /** The more pods in the node's domains, the more; upstream's formula. */
  scoreOf(info: NodeInfo): number {
    if (this.#needsAllKeys && this.#weighed.some(({ topologyKey }) => labelOf(info.node, topologyKey) === undefined)) return 0;
    let score = 0;
    for (const weighed of this.#weighed) score += weighed.scoreOf(info);
    return Math.round(score);
  }

  /** `scores[i]` is for the node `indexes[i]` of the table. */
  scoreAll(table: NodeTable, indexes: Int32Array, scores: Float64Array): void {
    const last = this.#weighed.length - 1;
    for (const [index, weighed] of this.#weighed.entries()) weighed.addScores(table, indexes, scores, { isFirst: index === 0, isLast: index === last });
    this.#zeroIgnored(table, indexes, scores);
  }

  /** Turns the scores around: the emptiest becomes 100, ignored nodes 0. */
  favourEmptiest(scores: readonly NodeScore[]): void {
    const ignored = new Set(this.#ignored.map(({ name }) => name));
    const counted = ignored.size === 0 ? scores : scores.filter(({ name }) => !ignored.has(name));
    const values = Float64Array.from(counted, ({ score }) => score);
    turnAround(values);
    for (const entry of scores) if (ignored.has(entry.name)) entry.score = 0;
    for (const [position, entry] of counted.entries()) entry.score = values[position]!;
  }

  /** The same for the table's nodes at `indexes`. */
  favourAllEmptiest(table: NodeTable, indexes: Int32Array, scores: Float64Array): void {
    // Ignored nodes scored 0, which would be the least.
    if (this.#ignored.length > 0) {
      const columns = this.#weighed.map(({ topologyKey }) => table.domains(topologyKey).ofNode);
      const counted = indexes.map((_, position) => position).filter((position) => columns.every((ofNode) => ofNode[indexes[position]!]! >= 0));
      const values = Float64Array.from(counted, (position) => scores[position]!);
      turnAround(values);
      scores.fill(0);
      for (const [place, position] of counted.entries()) scores[position] = values[place]!;
    } else turnAround(scores);
  }

  #zeroIgnored(table: NodeTable, indexes: Int32Array, scores: Float64Array): void {
    if (this.#ignored.length === 0) return;
    for (const { topologyKey } of this.#weighed) {
      const { ofNode } = table.domains(topologyKey);
      for (let position = 0; position < indexes.length; position++) if (ofNode[indexes[position]!]! < 0) scores[position] = 0;
    }
  }
}

function turnAround(scores: Float64Array): void {
  const { length } = scores;
  let least = Infinity;
  let most = 0;
  for (let position = 0; position < length; position++) {
    const score = scores[position]!;
    if (score < least) least = score;
    if (score > most) most = score;
  }
  const sum = most + least;
  if (most === 0) scores.fill(maximumScore);
  else for (let position = 0; position < length; position++) scores[position] = Math.trunc((maximumScore * (sum - scores[position]!)) / most);
}
