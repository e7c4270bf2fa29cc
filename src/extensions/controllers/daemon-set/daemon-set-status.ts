import type { DaemonSet, DaemonSetStatus } from '../../../api/generated/apps-v1.ts';
import { isPodAvailable, isPodReady } from '../../../extension-points/controllers/pod-state.ts';
import { fitOf, isUpdated, oldestFirst } from './daemon-pods.ts';
import type { Observed } from './plan.ts';

/** The counts of a set. `isProcessed`: whether what it asks for now was acted on, so that `observedGeneration` may follow. */
export function statusOf(observed: Observed, isProcessed: boolean): DaemonSetStatus {
  const { daemonSet, nodes, podsByNode, hash, nowMs } = observed;
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 };
  for (const node of nodes) {
    const onNode = podsByNode.get(node.metadata.name!) ?? [];
    if (!fitOf(daemonSet, node).shouldRun) {
      if (onNode.length > 0) counts.misscheduled++;
      continue;
    }
    counts.desired++;
    const [pod] = oldestFirst(onNode);
    if (!pod) continue;
    counts.current++;
    if (isPodReady(pod)) counts.ready++;
    if (isPodAvailable(pod, daemonSet.spec.minReadySeconds ?? 0, nowMs)) counts.available++;
    if (isUpdated(pod, daemonSet, hash)) counts.updated++;
  }
  return withCounts(daemonSet, counts, isProcessed);
}

type Counts = Record<'desired' | 'current' | 'misscheduled' | 'ready' | 'updated' | 'available', number>;

/** Zeros that upstream leaves out are left out. */
function withCounts({ metadata, status }: DaemonSet, counts: Counts, isProcessed: boolean): DaemonSetStatus {
  const { updatedNumberScheduled: _updated, numberAvailable: _available, numberUnavailable: _unavailable, ...kept } = status ?? {};
  const { desired, current, misscheduled, ready, updated, available } = counts;
  const unavailable = desired - available;
  return {
    ...kept,
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: desired,
    numberReady: ready,
    ...(isProcessed && metadata.generation !== undefined ? { observedGeneration: metadata.generation } : {}),
    ...(updated ? { updatedNumberScheduled: updated } : {}),
    ...(available ? { numberAvailable: available } : {}),
    ...(unavailable ? { numberUnavailable: unavailable } : {}),
  };
}
