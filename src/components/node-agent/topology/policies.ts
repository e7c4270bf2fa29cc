import type { ResourceHints, TopologyHint } from './contract.ts';
import { hintLists, mergeHints, type NumaLayout } from './merge-hints.ts';
import { countOf, maskOf } from './numa-mask.ts';

export type TopologyPolicyName = 'none' | 'best-effort' | 'restricted' | 'single-numa-node';

/** Where a container's resources are to come from, and whether the container may run with that. */
export interface TopologyDecision {
  readonly hint: TopologyHint;
  readonly isAdmitted: boolean;
}

/** Decides from what the providers offer. */
export type TopologyPolicy = (providers: readonly ResourceHints[]) => TopologyDecision;

export function topologyPolicy(name: Exclude<TopologyPolicyName, 'none'>, layout: NumaLayout): TopologyPolicy {
  if (name === 'single-numa-node') return (providers) => onOneNode(providers, layout);
  return (providers) => {
    const hint = mergeHints(hintLists(providers), layout);
    return { hint, isAdmitted: name === 'best-effort' || hint.isPreferred };
  };
}

/** Only hints that are preferred and name at most one node count. */
function onOneNode(providers: readonly ResourceHints[], layout: NumaLayout): TopologyDecision {
  const lists = hintLists(providers).map((list) =>
    list.filter(({ affinity, isPreferred }) => isPreferred && (affinity === undefined || countOf(affinity) === 1)),
  );
  const { affinity, isPreferred } = mergeHints(lists, { ...layout, prefersClosest: false });
  return { hint: { affinity: affinity === maskOf(layout.nodeIds) ? undefined : affinity, isPreferred }, isAdmitted: isPreferred };
}
