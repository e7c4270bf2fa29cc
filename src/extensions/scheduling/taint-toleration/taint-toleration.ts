import type { Node, Pod, Toleration } from '../../../api/generated/core-v1.ts';
import type { SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable } from '../../../extension-points/scheduling/contract.ts';
import { scaleColumnToMaximum, scaleToMaximum } from '../../../extension-points/scheduling/normalize-scores.ts';
import { findUntolerated, isTolerated } from '../../../extension-points/scheduling/tolerations.ts';

const stateKey = 'PreScoreTaintToleration';

/** Leaves out nodes with a taint the pod does not tolerate, and prefers nodes with fewer such `PreferNoSchedule` taints. */
export default function taintToleration(): SchedulingPlugin {
  return {
    // Since 1.35 upstream keeps the taint itself out of the message: pods' owners need not know it.
    filter: (_state, pod, { node }) => (isRepelled(node, pod) ? unresolvable('node(s) had untolerated taint(s)') : success),
    preScore(state, { spec }) {
      state.write(
        stateKey,
        (spec?.tolerations ?? []).filter(({ effect }) => !effect || effect === 'PreferNoSchedule'),
      );
      return success;
    },
    score(state, _pod, { node }) {
      const tolerations = state.read<Toleration[]>(stateKey);
      return node.spec?.taints?.filter((taint) => taint.effect === 'PreferNoSchedule' && !isTolerated(taint, tolerations)).length ?? 0;
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

const isRepelled = (node: Node, pod: Pod): boolean => findUntolerated(node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute']) !== undefined;
