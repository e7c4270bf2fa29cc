import type { Node, Pod, Toleration } from '../../../api/generated/core-v1.ts';
import type { SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable } from '../../../extension-points/scheduling/contract.ts';
import { scaleColumnToMaximum, scaleToMaximum } from '../../../extension-points/scheduling/normalize-scores.ts';
import { findUntolerated, isTolerated } from '../../../extension-points/scheduling/tolerations.ts';

const stateKey = 'PreScoreTaintToleration';

/** Leaves out nodes with a taint the pod does not tolerate, and prefers nodes with fewer such `PreferNoSchedule` taints. */
export default function taintToleration(): SchedulingPlugin {
  return {
    filter: (_state, pod, { node }) => (isRepelled(node, pod) ? refusal : success),
    filterAll(_state, pod, table, verdicts) {
      for (const index of table.restricted()) {
        if (!verdicts.isRefused(index) && isRepelled(table.nodes[index]!.node, pod)) verdicts.refuse(index, refusal);
      }
    },
    preScore(state, { spec }) {
      state.write(
        stateKey,
        (spec?.tolerations ?? []).filter(({ effect }) => !effect || effect === 'PreferNoSchedule'),
      );
      return success;
    },
    score(state, _pod, { node }) {
      return countUnwelcome(node, state.read<Toleration[]>(stateKey));
    },
    scoreAll(state, _pod, { nodes }, indexes, scores) {
      const tolerations = state.read<Toleration[]>(stateKey);
      for (let position = 0; position < indexes.length; position++) scores[position] = countUnwelcome(nodes[indexes[position]!]!.node, tolerations);
    },
    normalizeScores: (_state, _pod, scores) => scaleToMaximum(scores, true),
    normalizeAll: (_state, _pod, _table, _indexes, scores) => scaleColumnToMaximum(scores, true),
    sign: ({ spec }) => spec?.tolerations ?? [],
    eventsToRegister: () => [
      { event: { resource: 'Node', actions: ['Add', 'UpdateNodeTaint'] }, hint: (pod, _old, current) => (isRepelled(current as Node, pod) ? 'skip' : 'queue') },
      {
        event: { resource: 'UnscheduledPod', actions: ['UpdatePodToleration'] },
        hint: (pod, _old, current) => ((current as Pod).metadata.uid === pod.metadata.uid ? 'queue' : 'skip'),
      },
    ],
  };
}

// Since 1.35 upstream keeps the taint itself out of the message: pods' owners need not know it.
const refusal = unresolvable('node(s) had untolerated taint(s)');

const countUnwelcome = ({ spec }: Node, tolerations: readonly Toleration[] | undefined): number =>
  spec?.taints?.filter((taint) => taint.effect === 'PreferNoSchedule' && !isTolerated(taint, tolerations)).length ?? 0;

const isRepelled = (node: Node, pod: Pod): boolean => findUntolerated(node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute']) !== undefined;
