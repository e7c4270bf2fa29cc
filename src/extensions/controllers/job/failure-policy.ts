import type { Job, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule } from '../../../api/generated/batch-v1.ts';
import type { ContainerStatus, Pod } from '../../../api/generated/core-v1.ts';
import { nameOf } from '../../../api/object.ts';

/** What a pod failure policy says of a failed pod. */
export interface FailureVerdict {
  /** Of the first rule that matches; absent when none does. */
  readonly action?: PodFailurePolicyRule['action'];
  /** Whether the failure counts towards the back-off limits. */
  readonly isCounted: boolean;
  /** Why the whole job has failed, when the action says so. */
  readonly jobFailure?: string;
}

/** Whether pods are replaced only once they are in phase Failed, and not while they terminate. */
export const replacesOnlyFailed = ({ spec }: Job): boolean => spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined;

/** Whether a pod counts as failed. A pod being deleted does as well, unless the job waits until such pods are in phase Failed. */
export function hasPodFailed(pod: Pod, job: Job): boolean {
  if (pod.status?.phase === 'Failed') return true;
  return !replacesOnlyFailed(job) && pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== 'Succeeded';
}

/** Holds a failed pod against the rules of its job; the first that matches decides. */
export function judgeFailure({ spec }: Job, pod: Pod): FailureVerdict {
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const match = describeMatch(rule, pod);
    if (match === undefined) continue;
    const { action } = rule;
    if (action === 'FailJob') return { action, isCounted: true, jobFailure: `${match} matching FailJob rule at index ${index}` };
    return { action, isCounted: action !== 'Ignore' };
  }
  return { isCounted: true };
}

/** In what way a pod matches a rule, in the words of upstream's messages; undefined when it does not. */
function describeMatch({ onExitCodes, onPodConditions = [] }: PodFailurePolicyRule, pod: Pod): string | undefined {
  const podName = `${pod.metadata.namespace}/${nameOf(pod)}`;
  if (onExitCodes) {
    const matches = (status: ContainerStatus): boolean => matchesExitCode(status, onExitCodes);
    const found = pod.status?.containerStatuses?.find(matches) ?? pod.status?.initContainerStatuses?.find(matches);
    return found && `Container ${found.name} for pod ${podName} failed with exit code ${found.state?.terminated?.exitCode}`;
  }
  const condition = pod.status?.conditions?.find(({ type, status }) =>
    onPodConditions.some((pattern) => pattern.type === type && (pattern.status ?? 'True') === status),
  );
  return condition && `Pod ${podName} has condition ${condition.type}`;
}

function matchesExitCode({ name, state }: ContainerStatus, { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement): boolean {
  const exitCode = state?.terminated?.exitCode ?? 0;
  if (exitCode === 0 || (containerName !== undefined && containerName !== name)) return false;
  return values.includes(exitCode) === (operator === 'In');
}
