import type { Namespace, Node, Pod } from '../../../api/generated/core-v1.ts';
import * as resourceTypes from '../../../api/generated/resource-types.ts';
import type { CycleState, SchedulingHandle, SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { skip, success, unresolvable } from '../../../extension-points/scheduling/contract.ts';
import { termsOf } from './affinity-terms.ts';
import type { PreferenceOptions } from './preferred-terms.ts';
import { preferencesFor, spreadFromLeastToMost } from './preferred-terms.ts';
import { RequiredTerms } from './required-terms.ts';
import type { TopologyCounts } from './topology-counts.ts';
import { mayHelpAsNode, mayHelpAsPod } from './wake-up.ts';

/** `InterPodAffinityArgs`. */
export interface InterPodAffinityArgs {
  /** Default 1. */
  readonly hardPodAffinityWeight?: number;
  /** Default false. */
  readonly ignorePreferredTermsOfExistingPods?: boolean;
}

const filterKey = 'PreFilterInterPodAffinity';
const scoreKey = 'PreScoreInterPodAffinity';

/**
 * Keeps pods near those, and away from those, that they or the pods already running name: required terms refuse nodes, preferred ones score them. Throws for
 * arguments out of range.
 */
export default function interPodAffinity(args: unknown, handle: Pick<SchedulingHandle, 'snapshot' | 'informers'>): SchedulingPlugin {
  const options = optionsOf((args ?? {}) as InterPodAffinityArgs);
  const informer = handle.informers.informer(resourceTypes.namespaces);
  const namespaces = (): readonly Namespace[] => informer.list();

  return {
    preFilter(state, pod, nodes) {
      const { problem } = termsOf(pod);
      if (problem !== undefined) return { status: unresolvable(`parsing pod: ${problem}`) };
      const terms = RequiredTerms.count(pod, nodes, namespaces());
      if (terms.isIdle) return { status: skip };
      state.write(filterKey, terms);
      return { status: success };
    },
    addPod: (state, _pod, other, { node }) => (counted(state).change(other, node, 1), success),
    removePod: (state, _pod, other, { node }) => (counted(state).change(other, node, -1), success),
    filter: (state, _pod, { node }) => counted(state).judge(node),
    preScore(state, pod) {
      const preferences = preferencesFor(pod, handle.snapshot(), namespaces(), options);
      if (!preferences) return skip;
      state.write(scoreKey, preferences);
      return success;
    },
    score(state, _pod, { node }) {
      let sum = 0;
      for (const preference of state.read<TopologyCounts>(scoreKey)?.all(node) ?? []) sum += preference;
      return sum;
    },
    normalizeScores: (_state, _pod, scores) => spreadFromLeastToMost(scores),
    eventsToRegister: () => [
      {
        event: { resource: 'Pod', actions: ['Add', 'UpdatePodLabel', 'Delete'] },
        hint: (pod, old, current) => (mayHelpAsPod(pod, old as Pod | undefined, current as Pod | undefined, namespaces()) ? 'queue' : 'skip'),
      },
      {
        event: { resource: 'Node', actions: ['Add', 'UpdateNodeLabel'] },
        hint: (pod, old, current) => (mayHelpAsNode(pod, old as Node | undefined, current as Node) ? 'queue' : 'skip'),
      },
    ],
  };
}

function optionsOf({ hardPodAffinityWeight = 1, ignorePreferredTermsOfExistingPods = false }: InterPodAffinityArgs): PreferenceOptions {
  if (!Number.isInteger(hardPodAffinityWeight) || hardPodAffinityWeight < 0 || hardPodAffinityWeight > 100)
    throw new Error(`hardPodAffinityWeight: Invalid value: ${JSON.stringify(hardPodAffinityWeight)}: not in valid range [0, 100]`);
  return { hardPodAffinityWeight, ignorePreferredTermsOfExistingPods };
}

function counted(state: CycleState): RequiredTerms {
  const terms = state.read<RequiredTerms>(filterKey);
  if (!terms) throw new Error(`error reading "${filterKey}" from cycleState: not found`);
  return terms;
}
