import type { Pod } from '../../../api/generated/core-v1.ts';
import type { NodeInfo, NodeTable } from '../../../extension-points/scheduling/contract.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import { unlabelled } from '../../../extension-points/scheduling/topology/domain-numbers.ts';
import type { TallyView } from '../../../extension-points/scheduling/topology/domain-tally.ts';
import { everyNode } from '../../../extension-points/scheduling/topology/domain-tally.ts';
import type { PlacementCounts } from '../../../extension-points/scheduling/topology/placement-counts.ts';
import type { ScoredNodes } from './scored-nodes.ts';
import type { SpreadConstraint } from './spread-constraints.ts';
import { hostnameKey } from './spread-constraints.ts';

/** Used for one constraint at a time. */
let parts = new Float64Array(64);

/** A soft constraint with what it counts and what that weighs in one cycle. */
export class WeighedConstraint {
  readonly #pod: Pod;
  readonly #constraint: SpreadConstraint;
  readonly #counts: TallyView;
  /** Whether a node's own pods must be looked at: the domain is the node, but several say to be the same host. */
  readonly #isPerNode: boolean;
  /** Grows with the number of domains, so that pods in one of many weigh more. */
  readonly #domainWeight: number;

  constructor(pod: Pod, constraint: SpreadConstraint, placements: PlacementCounts, scored: ScoredNodes) {
    const { topologyKey, selection, eligible } = constraint;
    this.#pod = pod;
    this.#constraint = constraint;
    const numbers = placements.numbersOf(topologyKey);
    const { counts } = placements.selections.find(selection);
    const isHost = topologyKey === hostnameKey;
    // A node's own pods count whether it takes part or not.
    this.#counts = counts.tally(numbers, isHost ? everyNode : eligible).view();
    this.#isPerNode = isHost && !isOneEach(placements.nodeCounts.tally(numbers, everyNode).view());
    this.#domainWeight = Math.log((isHost ? scored.count : scored.domainCount(topologyKey)) + 2);
  }

  get topologyKey(): string {
    return this.#constraint.topologyKey;
  }

  scoreOf(info: NodeInfo): number {
    const domain = labelOf(info.node, this.topologyKey);
    if (domain === undefined) return 0;
    return this.#scoreFor(this.#isPerNode ? this.#countOn(info) : this.#countIn(domain));
  }

  /** Adds to the scores of the table's nodes at `indexes`; what the first adds to is not read. The last rounds. */
  addScores(table: NodeTable, indexes: Int32Array, scores: Float64Array, { isFirst, isLast }: { isFirst: boolean; isLast: boolean }): void {
    const domains = table.domains(this.topologyKey);
    const { ofNode } = domains;
    if (isFirst) scores.fill(0);
    if (this.#isPerNode) {
      for (const [position, index] of indexes.entries()) if (ofNode[index]! >= 0) scores[position]! += this.#scoreFor(this.#countOn(table.nodes[index]!));
      if (isLast) for (let position = 0; position < scores.length; position++) scores[position] = Math.round(scores[position]!);
      return;
    }
    const { counts, numbers } = this.#counts;
    const empty = this.#othersInEmpty === 0 ? unlabelled : numbers.numberOf('');
    const { size } = numbers;
    if (parts.length < size) parts = new Float64Array(size * 2);
    putParts(parts.subarray(0, size), counts.column(size), this.#domainWeight, this.#constraint.maxSkew - 1);
    parts[empty] = this.#scoreFor(this.#countIn(''));
    parts[unlabelled] = 0;
    const add = isLast ? addPartsAndRound : addParts;
    add(scores, parts, numbers.byTableNumber(domains), { indexes, ofNode });
  }

  #scoreFor(count: number): number {
    return count * this.#domainWeight + (this.#constraint.maxSkew - 1);
  }

  #countIn(domain: string): number {
    const { counts, numbers } = this.#counts;
    return counts.get(numbers.find(domain)) + (domain === '' ? this.#othersInEmpty : 0);
  }

  /** As upstream counts, nodes without the label are in the domain of the empty value. */
  get #othersInEmpty(): number {
    return this.topologyKey === hostnameKey ? 0 : this.#counts.unlabelled;
  }

  #countOn({ pods }: NodeInfo): number {
    const { selector } = this.#constraint;
    if (selector.requirements.length === 0) return 0;
    const { namespace } = this.#pod.metadata;
    return pods.filter(({ metadata }) => !metadata.deletionTimestamp && metadata.namespace === namespace && selector.matches(metadata.labels)).length;
  }
}

interface NodesByDomain {
  readonly indexes: Int32Array;
  readonly ofNode: Int32Array;
}

// The long loops stand alone: small functions are compiled best.

/** What a domain adds to the scores of its nodes, by number. */
function putParts(target: Float64Array, column: Int32Array, weight: number, bonus: number): void {
  const { length } = target;
  for (let number = 0; number < length; number++) target[number] = column[number]! * weight + bonus;
}

function addParts(scores: Float64Array, partOf: Float64Array, ours: Int32Array, { indexes, ofNode }: NodesByDomain): void {
  const { length } = indexes;
  for (let position = 0; position < length; position++) scores[position]! += partOf[ours[ofNode[indexes[position]!]! + 1]!]!;
}

/** Adding 0.5 and cutting off is the same as Math.round for 0 and for numbers of 0.5 and more, and several times as fast. */
function addPartsAndRound(scores: Float64Array, partOf: Float64Array, ours: Int32Array, { indexes, ofNode }: NodesByDomain): void {
  const { length } = indexes;
  for (let position = 0; position < length; position++)
    scores[position] = Math.floor(scores[position]! + partOf[ours[ofNode[indexes[position]!]! + 1]!]! + 0.5);
}

const isOneEach = ({ counts }: TallyView): boolean => counts.sum === counts.nonZero;
