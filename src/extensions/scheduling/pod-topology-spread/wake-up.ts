import { isDeepStrictEqual } from 'node:util';
import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import type { SpreadConstraint } from './spread-constraints.ts';
import { hasAllDomains } from './spread-constraints.ts';

/** Whether a pod that came, went or changed may change the skew for a waiting pod with these constraints. */
export function mayHelpAsPod(pod: Pod, constraints: readonly SpreadConstraint[], old: Pod | undefined, current: Pod | undefined): boolean {
  if ([old, current].some((other) => other && !isInvolved(other, pod))) return false;
  const matchesOf = (other: Pod): boolean[] => constraints.map(({ selector }) => selector.matches(other.metadata.labels));
  if (!old || !current) return matchesOf((current ?? old)!).includes(true);
  const isTolerating = current.metadata.uid === pod.metadata.uid && !isDeepStrictEqual(old.spec?.tolerations, current.spec?.tolerations);
  if (isTolerating && constraints.some(({ honorsNodeTaints }) => honorsNodeTaints)) return true;
  return !isDeepStrictEqual(matchesOf(old), matchesOf(current));
}

/** Whether a node that came, went or changed may change the domains or what they count. */
export function mayHelpAsNode(constraints: readonly SpreadConstraint[], old: Node | undefined, current: Node | undefined): boolean {
  const wasCounted = old !== undefined && hasAllDomains(old, constraints);
  const isCounted = current !== undefined && hasAllDomains(current, constraints);
  if (!old || !current) return wasCounted || isCounted;
  if (wasCounted !== isCounted) return true;
  if (!isCounted) return false;
  return (
    constraints.some(({ topologyKey }) => labelOf(old, topologyKey) !== labelOf(current, topologyKey)) ||
    !isDeepStrictEqual(old.spec?.taints, current.spec?.taints)
  );
}

function isInvolved(other: Pod, pod: Pod): boolean {
  if (other.metadata.uid === pod.metadata.uid) return true;
  if (!other.spec?.nodeName && !other.status?.nominatedNodeName) return false;
  return other.metadata.namespace === pod.metadata.namespace;
}
