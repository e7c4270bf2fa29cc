import type { SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';

/** Higher priority goes first; among equals, whoever waited longer. */
export default function prioritySort(): SchedulingPlugin {
  return {
    queueSort: (left, right) => (right.pod.spec?.priority ?? 0) - (left.pod.spec?.priority ?? 0) || left.queuedAtMs - right.queuedAtMs,
  };
}
