import type { Pod } from '../../../api/generated/core-v1.ts';
import type { NodeInfo, NodeScore } from '../../../extension-points/scheduling/contract.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import { maximumScore } from '../../../extension-points/scheduling/normalize-scores.ts';
import type { SpreadConstraint } from './spread-constraints.ts';
import { countSelected, hasAllKeys, hostnameKey, isCounted } from './spread-constraints.ts';

interface Weighed {
  readonly constraint: SpreadConstraint;
  /** The selected pods per domain among the fitting nodes; a node's own count is taken from it instead when the domain is the node. */
  readonly domains: ReadonlyMap<string, number>;
  /** Grows with the number of domains, so that pods in one of many weigh more. */
  readonly domainWeight: number;
}

/** What one scoring of a pod's soft constraints needs. */
export interface SoftConstraints {
  readonly weighed: readonly Weighed[];
  /** Nodes that lack a topology key; they score 0. */
  readonly ignored: ReadonlySet<string>;
}

/**
 * Counts the pods of each domain. `fitting` are the nodes to be scored, `nodes` all of the cluster. `needsAllKeys`: nodes that lack the key of one constraint are out
 * for all; not so under the system's default constraints, which must work on clusters without zones.
 */
export function weighSoftConstraints(
  pod: Pod,
  constraints: readonly SpreadConstraint[],
  { fitting, nodes, needsAllKeys }: { fitting: readonly NodeInfo[]; nodes: readonly NodeInfo[]; needsAllKeys: boolean },
): SoftConstraints {
  const isOut = ({ node }: NodeInfo): boolean => needsAllKeys && !hasAllKeys(node, constraints);
  const ignored = new Set(fitting.filter(isOut).map(({ name }) => name));
  const scored = fitting.filter(({ name }) => !ignored.has(name));
  const weighed = constraints.map((constraint) => {
    const { topologyKey } = constraint;
    const domains = new Map<string, number>();
    if (topologyKey !== hostnameKey) for (const { node } of scored) domains.set(labelOf(node, topologyKey) ?? '', 0);
    return { constraint, domains, domainWeight: Math.log((topologyKey === hostnameKey ? scored.length : domains.size) + 2) };
  });
  for (const info of nodes) {
    if (isOut(info)) continue;
    for (const { constraint, domains } of weighed) {
      const value = labelOf(info.node, constraint.topologyKey) ?? '';
      const count = domains.get(value);
      if (count === undefined || !isCounted(constraint, pod, info.node)) continue;
      domains.set(value, count + countSelected(info, constraint, pod));
    }
  }
  return { weighed, ignored };
}

/** The more pods in the node's domains, the more; upstream's formula. */
export function spreadScore({ weighed, ignored }: SoftConstraints, pod: Pod, info: NodeInfo): number {
  if (ignored.has(info.name)) return 0;
  let score = 0;
  for (const { constraint, domains, domainWeight } of weighed) {
    const value = labelOf(info.node, constraint.topologyKey);
    if (value === undefined) continue;
    const isOwnDomain = constraint.topologyKey === hostnameKey;
    const count = isOwnDomain ? countSelected(info, constraint, pod) : (domains.get(value) ?? 0);
    score += count * domainWeight + (constraint.maxSkew - 1);
  }
  return Math.round(score);
}

/** Turns the scores around: the emptiest becomes 100, ignored nodes 0. */
export function favourEmptiest({ ignored }: SoftConstraints, scores: readonly NodeScore[]): void {
  const counted = scores.filter(({ name }) => !ignored.has(name));
  let least = Infinity;
  let most = 0;
  for (const { score } of counted) {
    least = Math.min(least, score);
    most = Math.max(most, score);
  }
  for (const entry of scores) {
    if (ignored.has(entry.name)) entry.score = 0;
    else entry.score = most === 0 ? maximumScore : Math.trunc((maximumScore * (most + least - entry.score)) / most);
  }
}
