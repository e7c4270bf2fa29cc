import type { Namespace, Pod } from '../../../api/generated/core-v1.ts';
import type { NodeInfo, NodeScore } from '../../../extension-points/scheduling/contract.ts';
import { maximumScore } from '../../../extension-points/scheduling/normalize-scores.ts';
import { matchesTerm, termsOf, withNamespaces } from './affinity-terms.ts';
import { podsWithAffinity } from './pods-with-affinity.ts';
import { TopologyCounts } from './topology-counts.ts';

export interface PreferenceOptions {
  /** What a required affinity term of a pod that is there counts for; 0 to 100. */
  readonly hardPodAffinityWeight: number;
  /** Whether pods without preferences of their own are left alone by those of others. */
  readonly ignorePreferredTermsOfExistingPods: boolean;
}

/**
 * How much each domain is preferred: what the pod prefers of the pods that are there, and what those prefer of the pod. Undefined when nobody prefers anything.
 */
export function preferencesFor(
  pod: Pod,
  nodes: readonly NodeInfo[],
  namespaces: readonly Namespace[],
  { hardPodAffinityWeight, ignorePreferredTermsOfExistingPods }: PreferenceOptions,
): TopologyCounts | undefined {
  const own = termsOf(pod).preferred.map(({ weight, term }) => ({ weight, term: withNamespaces(term, namespaces) }));
  if (ignorePreferredTermsOfExistingPods && own.length === 0) return undefined;
  const namespaceLabels = namespaces.find(({ metadata }) => metadata.name === pod.metadata.namespace)?.metadata.labels;
  const preferences = new TopologyCounts();
  for (const info of nodes) {
    const { node, pods } = info;
    if (own.length > 0)
      for (const other of pods) for (const { weight, term } of own) if (matchesTerm(term, other)) preferences.add(node, term.topologyKey, weight);
    for (const other of podsWithAffinity(info).any) {
      const { requiredAffinity, preferred } = termsOf(other);
      if (hardPodAffinityWeight > 0) {
        for (const term of requiredAffinity) if (matchesTerm(term, pod, namespaceLabels)) preferences.add(node, term.topologyKey, hardPodAffinityWeight);
      }
      for (const { weight, term } of preferred) if (matchesTerm(term, pod, namespaceLabels)) preferences.add(node, term.topologyKey, weight);
    }
  }
  return preferences.isEmpty ? undefined : preferences;
}

/** Spreads scores, which may be below 0, over 0 to 100; all alike become 0. */
export function spreadFromLeastToMost(scores: readonly NodeScore[]): void {
  let least = Infinity;
  let most = -Infinity;
  for (const { score } of scores) {
    least = Math.min(least, score);
    most = Math.max(most, score);
  }
  const range = most - least;
  for (const entry of scores) entry.score = range > 0 ? Math.trunc(maximumScore * ((entry.score - least) / range)) : 0;
}
