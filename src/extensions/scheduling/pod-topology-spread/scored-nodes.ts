import type { NodeInfo, NodeTable, TopologyDomains } from '../../../extension-points/scheduling/contract.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';

/** The fitting nodes of which the domains matter. Nodes that lack a required key are left out. */
export interface ScoredNodes {
  readonly count: number;
  /** Those left out. */
  readonly ignored: readonly NodeInfo[];
  /** How many domains of a key they are in; those without the label are in one together, which is also that of the empty value. */
  domainCount(topologyKey: string): number;
}

export function scoredNodes(fitting: readonly NodeInfo[], requiredKeys: readonly string[]): ScoredNodes {
  const isOut = ({ node }: NodeInfo): boolean => requiredKeys.some((key) => labelOf(node, key) === undefined);
  const ignored = fitting.filter(isOut);
  const scored = ignored.length === 0 ? fitting : fitting.filter((node) => !isOut(node));
  return { count: scored.length, ignored, domainCount: (key) => new Set(scored.map(({ node }) => labelOf(node, key) ?? '')).size };
}

/** The same for the table's nodes at `indexes`. For use at once. */
export function scoredNodesOfTable(table: NodeTable, indexes: Int32Array, requiredKeys: readonly string[]): ScoredNodes {
  // Usually none: then there is no need to look at each node.
  const partial = requiredKeys.map((key) => table.domains(key)).filter((domains) => inUse(domains).nodes < table.nodes.length);
  const isOut = (index: number): boolean => partial.some(({ ofNode }) => ofNode[index]! < 0);
  const scored = partial.length === 0 ? indexes : indexes.filter((index) => !isOut(index));
  const ignored = scored.length === indexes.length ? [] : Array.from(indexes.filter(isOut), (index) => table.nodes[index]!);
  return { count: scored.length, ignored, domainCount: (key) => countDomains(table.domains(key), scored, table.nodes.length) };
}

/** Which domains were seen in one count: those that have its number. */
let seen = new Int32Array(0);
let countNumber = 0;

function countDomains(domains: TopologyDomains, indexes: Int32Array, nodeTotal: number): number {
  const { ofNode, size } = domains;
  if (seen.length <= size) seen = new Int32Array(size * 2 + 1);
  const number = (countNumber = (countNumber + 1) | 0);
  const { domains: inAll, nodes: labelled } = inUse(domains);
  // Nodes without the label are seen as the domain of the empty value, or as one past the end when no node has that.
  const unlabelled = labelled < nodeTotal ? domains.idOf('') : -1;
  if (unlabelled >= seen.length) seen = new Int32Array(unlabelled * 2);
  const most = inAll + (unlabelled >= 0 && domains.nodeCounts[unlabelled] === 0 ? 1 : 0);
  let count = 0;
  for (let position = 0; position < indexes.length && count < most; position++) {
    const found = ofNode[indexes[position]!]!;
    const domain = found < 0 ? unlabelled : found;
    if (seen[domain] === number) continue;
    seen[domain] = number;
    count++;
  }
  return count;
}

/** How many domains have nodes, and how many nodes they have. */
function inUse({ nodeCounts, size }: TopologyDomains): { readonly domains: number; readonly nodes: number } {
  let [domains, nodes] = [0, 0];
  for (let domain = 0; domain < size; domain++) {
    const count = nodeCounts[domain]!;
    if (count > 0) domains++;
    nodes += count;
  }
  return { domains, nodes };
}
