import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import type { SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable } from '../../../extension-points/scheduling/contract.ts';
import { isTolerated } from '../../../extension-points/scheduling/tolerations.ts';

/** Leaves out cordoned nodes (`spec.unschedulable`), unless the pod tolerates the taint that cordoning stands for. */
export default function nodeUnschedulable(): SchedulingPlugin {
  return {
    filter: (_state, pod, { node }) => (admits(node, pod) ? success : refusal),
    filterAll(_state, pod, table, verdicts) {
      for (const index of table.restricted()) if (!admits(table.nodes[index]!.node, pod)) verdicts.refuse(index, refusal);
    },
    sign: ({ spec }) => spec?.tolerations ?? [],
    eventsToRegister: () => [
      { event: { resource: 'Node', actions: ['Add', 'UpdateNodeTaint'] }, hint: (pod, _old, current) => (admits(current as Node, pod) ? 'queue' : 'skip') },
      {
        event: { resource: 'UnscheduledPod', actions: ['UpdatePodToleration'] },
        hint: (pod, _old, current) => ((current as Pod).metadata.uid === pod.metadata.uid ? 'queue' : 'skip'),
      },
    ],
  };
}

const refusal = unresolvable('node(s) were unschedulable');

const admits = (node: Node, pod: Pod): boolean =>
  !node.spec?.unschedulable || isTolerated({ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }, pod.spec?.tolerations);
