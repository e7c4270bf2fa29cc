import type { Pod } from '../../api/generated/core-v1.ts';
import type { PostFilterResult } from '../../extension-points/scheduling/contract.ts';
import type { AttemptRecorder } from '../../extension-points/scheduling/decision.ts';
import type { Diagnosis } from '../../extension-points/scheduling/fit-error.ts';
import { fitErrorMessage } from '../../extension-points/scheduling/fit-error.ts';
import type { SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import type { SchedulingState } from '../../extension-points/scheduling/scheduling-state.ts';
import type { Failure } from './failure.ts';
import { preemptionOf, verdictsOnWhole } from './failure.ts';

/** One cycle of one pod, as far as failing needs it. */
export interface UnfitCycle {
  readonly framework: Pick<SchedulingFramework, 'postFilter'>;
  /** `reviewPostFilter`: nothing is to be done. Default: `postFilter`. */
  readonly method?: 'postFilter' | 'reviewPostFilter';
  readonly state: SchedulingState;
  readonly pod: Pod;
  readonly recorder: AttemptRecorder | undefined;
}

/** Nothing fits: lets preemption and the like have a try, and words the result. Throws when a plugin fails. */
export async function explainUnfit({ framework, method, state, pod, recorder }: UnfitCycle, diagnosis: Diagnosis): Promise<Failure> {
  const { unschedulablePlugins, pendingPlugins } = diagnosis;
  if (diagnosis.preFilterMessage !== undefined) recorder?.verdicts(verdictsOnWhole(diagnosis));
  const { status, nominatedNodeName, preemption }: Partial<PostFilterResult> =
    diagnosis.nodeCount === 0 ? {} : await framework.postFilter(state, pod, diagnosis.failures, method);
  if (status) recorder?.preempted(preemptionOf(status, preemption));
  const message = fitErrorMessage(diagnosis, status?.reasons.join(', '));
  return { reason: 'Unschedulable', message, unschedulablePlugins, pendingPlugins, ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }) };
}
