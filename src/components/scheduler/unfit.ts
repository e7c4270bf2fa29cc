import type { Pod } from '../../api/generated/core-v1.ts';
import type { PostFilterResult } from '../../extension-points/scheduling/contract.ts';
import type { AttemptRecorder, PreemptionRecord } from '../../extension-points/scheduling/decision.ts';
import type { Diagnosis } from '../../extension-points/scheduling/fit-error.ts';
import { fitErrorMessage } from '../../extension-points/scheduling/fit-error.ts';
import type { PostFilterOptions, SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import type { SchedulingState } from '../../extension-points/scheduling/scheduling-state.ts';
import type { Failure } from './failure.ts';
import { faultOf, preemptionOf, verdictsOnWhole } from './failure.ts';

/** One cycle of one pod, as far as failing needs it. */
export interface UnfitCycle {
  readonly framework: Pick<SchedulingFramework, 'postFilter'>;
  readonly options?: PostFilterOptions;
  readonly state: SchedulingState;
  readonly pod: Pod;
  readonly recorder: AttemptRecorder | undefined;
  /** Told of a plugin that failed. */
  readonly onFault?: (error: unknown) => void;
}

/** Nothing fits: lets preemption and the like have a try, and words the result. A plugin that fails at that is named after the reasons; the pod fits nowhere all the same, as upstream has it. */
export async function explainUnfit({ framework, options, state, pod, recorder, onFault }: UnfitCycle, diagnosis: Diagnosis): Promise<Failure> {
  const { unschedulablePlugins, pendingPlugins } = diagnosis;
  if (diagnosis.preFilterMessage !== undefined) recorder?.verdicts(verdictsOnWhole(diagnosis));
  const { status, nominatedNodeName, preemption }: Partial<PostFilterResult> =
    diagnosis.nodeCount === 0
      ? {}
      : await framework.postFilter(state, pod, diagnosis.failures, options).catch((error: unknown) => (onFault?.(error), faulty(error)));
  const { extenders = [], ...found } = preemption ?? {};
  if (status) recorder?.preempted(preemptionOf(status, preemption && (found as PreemptionRecord)));
  for (const contribution of extenders) recorder?.extended(contribution);
  const message = fitErrorMessage(diagnosis, status?.reasons.join(', '));
  return { reason: 'Unschedulable', message, unschedulablePlugins, pendingPlugins, ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }) };
}

function faulty(error: unknown): PostFilterResult {
  const { message, plugin } = faultOf(error);
  return { status: { code: 'error', reasons: [message], ...(plugin === undefined ? {} : { plugin }) } };
}
