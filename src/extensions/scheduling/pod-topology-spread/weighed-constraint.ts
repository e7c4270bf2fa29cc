import type { Pod } from '../../../api/generated/core-v1.ts';
import type { NodeInfo, NodeTable } from '../../../extension-points/scheduling/contract.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
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

  addScores(table: NodeTable, indexes: Int32Array, scores: Float64Array): void {
    const domains = table.domains(this.topologyKey);
    const { ofNode } = domains;
    if (this.#isPerNode) {
      for (const [position, index] of indexes.entries()) if (ofNode[index]! >= 0) scores[position]! += this.#scoreFor(this.#countOn(table.nodes[index]!));
      return;
    }
    const { counts, numbers } = this.#counts;
    const ours = numbers.byTableNumber(domains);
    if (parts.length < domains.size) parts = new Float64Array(domains.size * 2);
    putParts(parts, counts.column(numbers.size), ours, { length: domains.size, weight: this.#domainWeight, bonus: this.#constraint.maxSkew - 1 });
    const empty = numbers.find('');
    if (empty > 0) parts[domains.idOf('')] = this.#scoreFor(this.#countIn(''));
    addParts(scores, parts, indexes, ofNode);
  }

  #scoreFor(count: number): number {
    return count * this.#domainWeight + (this.#constraint.maxSkew - 1);
  }

  #countIn(domain: string): number {
    const { counts, numbers, unlabelled } = this.#counts;
    // As upstream counts, nodes without the label are in the domain of the empty value.
    return counts.get(numbers.find(domain)) + (domain === '' && this.topologyKey !== hostnameKey ? unlabelled : 0);
  }

  #countOn({ pods }: NodeInfo): number {
    const { selector } = this.#constraint;
    if (selector.requirements.length === 0) return 0;
    const { namespace } = this.#pod.metadata;
    return pods.filter(({ metadata }) => !metadata.deletionTimestamp && metadata.namespace === namespace && selector.matches(metadata.labels)).length;
  }
}

interface Formula {
  readonly length: number;
  readonly weight: number;
  readonly bonus: number;
}

// The long loops stand alone: small functions are compiled best.

/** What a domain adds to the scores of its nodes, by the table's number. */
function putParts(target: Float64Array, column: Int32Array, ours: Int32Array, { length, weight, bonus }: Formula): void {
  for (let domain = 0; domain < length; domain++) target[domain] = column[ours[domain]!]! * weight + bonus;
}

function addParts(scores: Float64Array, summands: Float64Array, indexes: Int32Array, ofNode: Int32Array): void {
  for (let position = 0; position < indexes.length; position++) {
    const domain = ofNode[indexes[position]!]!;
    if (domain >= 0) scores[position]! += summands[domain]!;
  }
}

const isOneEach = ({ counts }: TallyView): boolean => counts.sum === counts.nonZero;
