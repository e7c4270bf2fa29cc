import type { Pod, PodCondition, PodStatus } from '../../../api/generated/core-v1.ts';
import { type ObservedPod, podIpsOf } from '../pod/observed-pod.ts';
import { qosClassOf } from '../resources.ts';
import { podConditions } from './conditions.ts';
import { type ContainerFacts, containerStatuses } from './container-statuses.ts';
import { type PodPhase, podPhase } from './phase.ts';

export interface PodStatusInput extends ContainerFacts {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly hostIps: readonly string[];
  readonly nowText: string;
  /** Set when the agent itself ended the pod: refused, evicted, over its deadline. */
  readonly verdict?: { readonly phase: 'Failed'; readonly reason: string; readonly message: string } | undefined;
  readonly startTime: string;
  /** Conditions beside those every pod has; times are filled in. */
  readonly extraConditions?: readonly PodCondition[];
}

/** The status of a pod as upstream's kubelet reports it. Pure. `pod.status` is what was last reported (or read from the API). */
export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, observed, hostIps } = input;
  const old = pod.status ?? {};
  const statuses = containerStatuses(pod, observed, input);
  const phase = phaseOf(input, statuses);
  const ready = observed.sandboxes[0];
  const hasSandbox = ready?.state === 'ready' && (pod.spec.hostNetwork === true || ready.ips.length > 0);
  const ips = pod.spec.hostNetwork ? hostIps : podIpsOf(observed).length > 0 ? podIpsOf(observed) : (old.podIPs ?? []).map(({ ip }) => ip);
  const { reason, message } = input.verdict ?? (old.phase === 'Failed' ? old : {});
  return {
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: podConditions({ pod, phase, init: statuses.init, main: statuses.main, hasSandbox, nowText: input.nowText, extra: input.extraConditions ?? [] }),
    ...(message ? { message } : {}),
    ...(reason ? { reason } : {}),
    hostIP: hostIps[0] ?? '',
    hostIPs: hostIps.map((ip) => ({ ip })),
    ...(ips.length > 0 ? { podIP: ips[0]!, podIPs: ips.map((ip) => ({ ip })) } : {}),
    startTime: old.startTime ?? input.startTime,
    ...(statuses.init.length > 0 ? { initContainerStatuses: statuses.init } : {}),
    containerStatuses: statuses.main,
    qosClass: qosClassOf(pod),
    ...(statuses.ephemeral.length > 0 ? { ephemeralContainerStatuses: statuses.ephemeral } : {}),
  };
}

/**
 * A status as it is shown while something of the pod may still run: whoever sees a pod end takes its resources for free, so the phase that ends it, and why, waits until
 * everything was stopped (upstream's status manager).
 */
export function withPhaseHeldBack(status: PodStatus, shown: PodStatus | undefined): PodStatus {
  if (!isTerminalPhase(status.phase) || isTerminalPhase(shown?.phase)) return status;
  const { reason: _reason, message: _message, ...rest } = status;
  return {
    ...rest,
    phase: shown?.phase ?? 'Pending',
    ...(shown?.message ? { message: shown.message } : {}),
    ...(shown?.reason ? { reason: shown.reason } : {}),
  };
}

/** A phase that ended a pod never changes again. */
function phaseOf({ pod, verdict, isEnding }: PodStatusInput, { init, main }: ReturnType<typeof containerStatuses>): PodPhase {
  const old = pod.status?.phase;
  if (old === 'Failed' || old === 'Succeeded') return old;
  return verdict?.phase ?? podPhase(pod, init, main, isEnding);
}

/** What a pod that the agent refused looks like: no container was ever made. */
export function rejectedStatus(pod: Pod, verdict: { reason: string; message: string }, nowText: string): PodStatus {
  return {
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    phase: 'Failed',
    reason: verdict.reason,
    message: `Pod was rejected: ${verdict.message}`,
    startTime: pod.status?.startTime ?? nowText,
    qosClass: qosClassOf(pod),
    conditions: pod.status?.conditions ?? [],
  };
}

export const isTerminalPhase = (phase: string | undefined): boolean => phase === 'Failed' || phase === 'Succeeded';
