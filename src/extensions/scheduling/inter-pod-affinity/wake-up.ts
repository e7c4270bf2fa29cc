import type { Namespace, Node, Pod } from '../../../api/generated/core-v1.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import { matchesTerm } from '../../../extension-points/scheduling/topology/pod-selection.ts';
import { matchesAllTerms, termsOf, withNamespaces } from './affinity-terms.ts';

/**
 * Whether a change of another pod, or of the waiting pod itself, may let the waiting pod in. Says yes a little more often than upstream, which looks at neither
 * namespace selectors nor single anti-affinity terms here and leaves such pods to the five-minute flush.
 */
export function mayHelpAsPod(pod: Pod, old: Pod | undefined, current: Pod | undefined, namespaces: readonly Namespace[]): boolean {
  if (old && current && current.metadata.uid === pod.metadata.uid) return true;
  if ([old, current].some((other) => other && !other.spec?.nodeName && !other.status?.nominatedNodeName)) return false;
  const { requiredAffinity, requiredAntiAffinity } = termsOf(pod);
  const affinity = requiredAffinity.map((term) => withNamespaces(term, namespaces));
  const isWanted = (other: Pod | undefined): boolean => other !== undefined && matchesAllTerms(affinity, other);
  if (isWanted(current) && !isWanted(old)) return true;
  if (!old) return false;
  const antiAffinity = requiredAntiAffinity.map((term) => withNamespaces(term, namespaces));
  if (antiAffinity.some((term) => matchesTerm(term, old) && !(current && matchesTerm(term, current)))) return true;
  return !current && termsOf(old).requiredAntiAffinity.some((term) => matchesTerm(withNamespaces(term, namespaces), pod));
}

/** Whether a new or relabelled node may take the pod, or change the domains that its terms count in. */
export function mayHelpAsNode(pod: Pod, old: Node | undefined, current: Node): boolean {
  const { requiredAffinity, requiredAntiAffinity } = termsOf(pod);
  // Refused by what others want: any other domain may do.
  if (requiredAffinity.length === 0 && requiredAntiAffinity.length === 0) return true;
  const isHelpful = (key: string, isGone: boolean): boolean => {
    const [before, now] = [old && labelOf(old, key), labelOf(current, key)];
    return isGone ? before !== undefined && before !== now : now !== undefined && before !== now;
  };
  if (requiredAffinity.some(({ topologyKey }) => isHelpful(topologyKey, false))) return true;
  return requiredAntiAffinity.length > 0 && (!old || requiredAntiAffinity.some(({ topologyKey }) => isHelpful(topologyKey, true)));
}
