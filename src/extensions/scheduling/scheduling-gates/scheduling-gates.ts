import type { Pod } from '../../../api/generated/core-v1.ts';
import type { SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable } from '../../../extension-points/scheduling/contract.ts';

/** Keeps a pod out of the queue while it has scheduling gates (`spec.schedulingGates`). */
export default function schedulingGates(): SchedulingPlugin {
  return {
    preEnqueue({ spec }) {
      const names = spec?.schedulingGates?.map(({ name }) => name) ?? [];
      return names.length === 0 ? success : unresolvable(`waiting for scheduling gates: [${names.join(' ')}]`);
    },
    eventsToRegister: () => [
      {
        event: { resource: 'UnscheduledPod', actions: ['UpdatePodSchedulingGatesEliminated'] },
        hint: (pod, _old, current) => ((current as Pod | undefined)?.metadata.uid === pod.metadata.uid ? 'queue' : 'skip'),
      },
    ],
  };
}
