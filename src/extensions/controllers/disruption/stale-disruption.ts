import { setCondition } from '../../../api/conditions.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import type { ObjectKey } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { isPodFinished, podCondition } from '../../../extension-points/controllers/pod-state.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';

/** A pod that was to be disrupted and is not deleted after so long stays. */
const staleMs = 2 * 60_000;

/** Whether a pod has the condition that says it is to go. */
export const isMarked = (pod: Pod): boolean => podCondition(pod, 'DisruptionTarget')?.status === 'True';

/** Sets the condition `DisruptionTarget` of a pod that stayed to false. The kubelet's own is never stale: a pod may take any time to end. */
export async function clearStaleDisruption(key: ObjectKey, { client, clock, informers }: ControllerDeps): Promise<WorkOutcome | void> {
  const pod = informers.informer(pods).get(key);
  const condition = pod && podCondition(pod, 'DisruptionTarget');
  if (condition?.status !== 'True' || condition.reason === 'TerminationByKubelet' || pod!.metadata.deletionTimestamp || isPodFinished(pod!)) return undefined;
  const leftMs = Date.parse(condition.lastTransitionTime ?? '') + staleMs - clock.now();
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  const { generation } = pod!.metadata;
  const cleared = { type: 'DisruptionTarget', status: 'False' as const, ...(generation === undefined ? {} : { observedGeneration: generation }) };
  const status = { ...pod!.status, conditions: [...setCondition(pod!.status?.conditions, cleared, new Date(clock.now()))] };
  await client.replace(pods, { ...pod!, status }, { subresource: 'status' }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  return undefined;
}
