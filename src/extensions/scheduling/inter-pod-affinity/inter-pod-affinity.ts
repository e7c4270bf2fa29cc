import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import * as resourceTypes from '../../../api/generated/resource-types.ts';
import type { Labels } from '../../../api/label-selector.ts';
import type { CycleState, SchedulingPlugin, Status } from '../../../extension-points/scheduling/contract.ts';
import { skip, success, unresolvable } from '../../../extension-points/scheduling/contract.ts';
import type { ObservingHandle } from '../../../extension-points/scheduling/topology/placement-counts.ts';
import { placementCountsOf } from '../../../extension-points/scheduling/topology/placement-counts.ts';
import { termsOf } from './affinity-terms.ts';
import { ExistingTerms } from './existing-terms.ts';
import type { PreferenceOptions } from './preferred-terms.ts';
import { Preferences, spreadAllFromLeastToMost, spreadFromLeastToMost } from './preferred-terms.ts';
import { RequiredTerms } from './required-terms.ts';
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
export default function interPodAffinity(args: unknown, handle: ObservingHandle): SchedulingPlugin {
  const options = optionsOf((args ?? {}) as InterPodAffinityArgs);
  const placements = placementCountsOf(handle);
  const existing = ExistingTerms.of(placements);
  const namespaces = handle.informers.informer(resourceTypes.namespaces);
  const namespaceLabelsOf = ({ metadata: { namespace = '' } }: Pod): Labels | undefined => namespaces.get({ name: namespace })?.metadata.labels;
  const preScore = (state: CycleState, pod: Pod): Status => {
    const preferences = Preferences.find(pod, placements, { existing, options, namespaceLabels: namespaceLabelsOf(pod) });
    if (!preferences) return skip;
    state.write(scoreKey, preferences);
    return success;
  };

  return {
    preFilter(state, pod) {
      const { problem } = termsOf(pod);
      if (problem !== undefined) return { status: unresolvable(`parsing pod: ${problem}`) };
      const terms = RequiredTerms.find(pod, placements, existing, namespaceLabelsOf(pod));
      if (!terms) return { status: skip };
      state.write(filterKey, terms);
      return { status: success };
    },
    addPod: (state, _pod, other, { node }) => (requiredIn(state).change(other, node, 1), success),
    removePod: (state, _pod, other, { node }) => (requiredIn(state).change(other, node, -1), success),
    filter: (state, _pod, { node }) => requiredIn(state).judge(node),
    filterAll: (state, _pod, table, verdicts) => requiredIn(state).judgeAll(table, verdicts),
    preScore,
    preScoreAll: preScore,
    score: (state, _pod, node) => state.read<Preferences>(scoreKey)?.scoreOf(node) ?? 0,
    scoreAll(state, _pod, table, indexes, scores) {
      const preferences = state.read<Preferences>(scoreKey);
      if (preferences) preferences.scoreAll(table, indexes, scores);
      else scores.fill(0);
    },
    normalizeScores: (_state, _pod, scores) => spreadFromLeastToMost(scores),
    normalizeAll: (_state, _pod, _table, _indexes, scores) => spreadAllFromLeastToMost(scores),
    eventsToRegister: () => [
      {
        event: { resource: 'Pod', actions: ['Add', 'UpdatePodLabel', 'Delete'] },
        hint: (pod, old, current) => (mayHelpAsPod(pod, old as Pod | undefined, current as Pod | undefined, namespaces.list()) ? 'queue' : 'skip'),
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

function requiredIn(state: CycleState): RequiredTerms {
  const terms = state.read<RequiredTerms>(filterKey);
  if (!terms) throw new Error(`error reading "${filterKey}" from cycleState: not found`);
  return terms;
}
