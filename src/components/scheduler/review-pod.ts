import type { Pod } from '../../api/generated/core-v1.ts';
import type { Status } from '../../extension-points/scheduling/contract.ts';
import type { AttemptRecorder, SchedulingAttempt } from '../../extension-points/scheduling/decision.ts';
import type { SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import type { Clock } from '../../kernel/clock.ts';
import { DecisionMemory } from './decision-recorder.ts';
import { faultOf, outcomeOf } from './failure.ts';
import type { NodeFinder } from './find-node.ts';
import { explainUnfit } from './unfit.ts';

export interface ReviewDeps {
  readonly framework: SchedulingFramework;
  readonly finder: NodeFinder;
  readonly preEnqueue: (pod: Pod) => Status;
  readonly clock: Clock;
}

/** Room for the record of one attempt, however large the cluster. */
const attemptBytes = 64 * 1_024 * 1_024;

/** One cycle up to the choice of a node, for a pod that need not exist: nothing is reserved, bound, queued or evicted. A plugin that fails is an answer. */
export async function reviewPod({ framework, finder, preEnqueue, clock }: ReviewDeps, pod: Pod): Promise<SchedulingAttempt> {
  const memory = new DecisionMemory({ clock, maximumBytes: attemptBytes });
  const gate = preEnqueue(pod);
  if (gate.code === 'success') await cycle({ framework, finder }, pod, memory.begin(pod, 1));
  else memory.gated(pod, { attempt: 1, status: gate });
  const [recorded] = memory.all();
  if (!recorded) throw new Error('the record of the attempt is too large');
  return recorded.attempt;
}

async function cycle({ framework, finder }: Pick<ReviewDeps, 'framework' | 'finder'>, pod: Pod, recorder: AttemptRecorder): Promise<void> {
  try {
    const state = framework.newState();
    const outcome = await finder.find(state, pod, recorder);
    if (outcome.kind === 'unfit')
      return recorder.end(outcomeOf(await explainUnfit({ framework, options: { method: 'reviewPostFilter' }, state, pod, recorder }, outcome.diagnosis)));
    recorder.chose(outcome.nodeName);
    recorder.end({ result: 'Scheduled' });
  } catch (error) {
    recorder.end(outcomeOf(faultOf(error)));
  }
}
